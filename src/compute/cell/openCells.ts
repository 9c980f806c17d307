import type { IDestination } from './destination';

/** A cell that is to be sent, or whose job goes on. */
export interface IOpenCell {
  readonly id: string;
  readonly to: IDestination;

  /** When it was asked for, in milliseconds of the server's clock. */
  readonly at: number;

  /** Null if it was not sent yet. */
  readonly jobId: string | null;
}

/** Begins the names under which cells are kept. */
const PREFIX = 'dsinfra-jlab:open-cells:';

/** Between the parts of such a name: in no path. */
const BETWEEN = '\n';

/** How long other pages have to say that they look after the cells, in milliseconds. */
const ANSWER_MS = 1000;

/**
 * Keeps which cells of notebooks wait to be sent or have jobs that go on, over the end of
 * the page.
 *
 * In the browser's own storage: what is written there is there at once, also when the page
 * is closed in the next moment, and without saving the notebook. Several pages may show a
 * notebook, so each who looks after cells keeps them under a name of their own.
 */
export class OpenCells {
  constructor(options: OpenCells.IOptions) {
    this._prefix = `${PREFIX}${options.baseUrl}${BETWEEN}`;
    if (typeof BroadcastChannel !== 'undefined') {
      this._channel = new BroadcastChannel(this._prefix);
      this._channel.addEventListener('message', ({ data }) =>
        this._onMessage(data as IWord)
      );
    }
  }

  /**
   * Take over the cells of a notebook that nobody looks after any more.
   *
   * @param holder - Who looks after them from now on.
   */
  async adopt(path: string, holder: string): Promise<readonly IOpenCell[]> {
    const others = this._holdersOf(path);
    const alive = await this._alive(path, others);
    const cells = new Map<string, IOpenCell>();
    for (const other of others.filter(other => !alive.has(other))) {
      for (const cell of this._read(path, other)) {
        if (cell.at >= (cells.get(cell.id)?.at ?? 0)) {
          cells.set(cell.id, cell);
        }
      }
    }
    const adopted = [...cells.values()];
    if (adopted.length > 0) {
      // Kept under the new name first: the page may end in the next moment, too.
      const ids = new Set(cells.keys());
      const own = this._read(path, holder).filter(({ id }) => !ids.has(id));
      this.write(path, holder, [...own, ...adopted]);
    }
    for (const other of others.filter(other => !alive.has(other))) {
      this._remove(path, other);
    }
    return adopted;
  }

  /** Keep the cells of a notebook that somebody here looks after; none of them forgets it. */
  write(path: string, holder: string, cells: readonly IOpenCell[]): void {
    if (cells.length === 0) {
      this._own.delete(holder);
      this._remove(path, holder);
      return;
    }
    this._own.set(holder, path);
    try {
      localStorage.setItem(this._key(path, holder), JSON.stringify(cells));
    } catch {
      // A browser that keeps nothing sends as well, as long as the page is open.
    }
  }

  /** Look after no cells any more, as the notebook is closed; they are still kept. */
  leave(holder: string): void {
    this._own.delete(holder);
  }

  /** Those under whose names cells of a notebook are kept. */
  private _holdersOf(path: string): string[] {
    try {
      return Object.keys(localStorage).flatMap(key => {
        if (!key.startsWith(this._prefix)) {
          return [];
        }
        const [holder = '', ...rest] = key
          .slice(this._prefix.length)
          .split(BETWEEN);
        return rest.join(BETWEEN) === path ? [holder] : [];
      });
    } catch {
      return [];
    }
  }

  /** Which of some holders still look after the cells of a notebook, here or in another page. */
  private async _alive(
    path: string,
    holders: readonly string[]
  ): Promise<ReadonlySet<string>> {
    const channel = this._channel;
    const alive = new Set(holders.filter(holder => this._own.has(holder)));
    if (alive.size === holders.length || channel === null) {
      return alive;
    }
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(), ANSWER_MS);
      const hear = ({ data }: MessageEvent): void => {
        for (const holder of (data as IWord).held ?? []) {
          alive.add(holder);
        }
        if (holders.every(holder => alive.has(holder))) {
          settle();
        }
      };
      const settle = (): void => {
        clearTimeout(timer);
        channel.removeEventListener('message', hear);
        resolve(alive);
      };
      channel.addEventListener('message', hear);
      channel.postMessage({ asked: path } satisfies IWord);
    });
  }

  private _onMessage({ asked }: IWord): void {
    const held = [...this._own].flatMap(([holder, path]) =>
      path === asked ? [holder] : []
    );
    if (held.length > 0) {
      this._channel?.postMessage({ held } satisfies IWord);
    }
  }

  private _key(path: string, holder: string): string {
    return `${this._prefix}${holder}${BETWEEN}${path}`;
  }

  private _read(path: string, holder: string): readonly IOpenCell[] {
    try {
      const found: unknown = JSON.parse(
        localStorage.getItem(this._key(path, holder)) ?? '[]'
      );
      return Array.isArray(found) ? found.filter(isOpenCell) : [];
    } catch {
      return [];
    }
  }

  private _remove(path: string, holder: string): void {
    try {
      localStorage.removeItem(this._key(path, holder));
    } catch {
      // See `write`.
    }
  }

  private readonly _channel: BroadcastChannel | null = null;
  /** Who of this page looks after cells, and of which notebook. */
  private readonly _own = new Map<string, string>();
  private readonly _prefix: string;
}

/** What pages say to each other. */
interface IWord {
  /** Who looks after the cells of this notebook? */
  asked?: string;

  /** Those of this page who do. */
  held?: readonly string[];
}

function isOpenCell(value: unknown): value is IOpenCell {
  const { at, id, to } = (value ?? {}) as Partial<IOpenCell>;
  return (
    typeof id === 'string' &&
    typeof at === 'number' &&
    typeof to?.target === 'string'
  );
}

export namespace OpenCells {
  export interface IOptions {
    /** Where the server is: others have other notebooks at the same path. */
    baseUrl: string;
  }
}
