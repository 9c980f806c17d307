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

/** How long other pages have to say that they look after the cells, in milliseconds. */
const ANSWER_MS = 1000;

/**
 * Keeps which cells of notebooks wait to be sent or have jobs that go on, over the end of
 * the page.
 *
 * In the browser's own storage: what is written there is there at once, also when the page
 * is closed in the next moment, and without saving the notebook.
 */
export class OpenCells {
  constructor(options: OpenCells.IOptions) {
    this._prefix = PREFIX + options.baseUrl;
    if (typeof BroadcastChannel !== 'undefined') {
      this._channel = new BroadcastChannel(this._prefix);
      this._channel.addEventListener('message', ({ data }) =>
        this._onMessage(data as IWord)
      );
    }
  }

  /** The cells of a notebook that an earlier page has left, in their order. */
  read(path: string): readonly IOpenCell[] {
    try {
      const found: unknown = JSON.parse(
        localStorage.getItem(this._prefix + path) ?? '[]'
      );
      return Array.isArray(found) ? found.filter(isOpenCell) : [];
    } catch {
      return [];
    }
  }

  /** Keep the cells of a notebook that this page looks after; none of them forgets it. */
  write(path: string, cells: readonly IOpenCell[]): void {
    try {
      if (cells.length === 0) {
        this._own.delete(path);
        localStorage.removeItem(this._prefix + path);
      } else {
        this._own.add(path);
        localStorage.setItem(this._prefix + path, JSON.stringify(cells));
      }
    } catch {
      // A browser that keeps nothing sends as well, as long as the page is open.
    }
  }

  /** Let go of the cells of a notebook that is closed; they are still kept. */
  leave(path: string): void {
    this._own.delete(path);
  }

  /** Whether this page or another one of the browser looks after the cells of a notebook. */
  async isHeld(path: string): Promise<boolean> {
    const channel = this._channel;
    if (this._own.has(path) || channel === null) {
      return this._own.has(path);
    }
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(false), ANSWER_MS);
      const hear = ({ data }: MessageEvent): void => {
        const word = data as IWord;
        if (word.held === path) {
          settle(true);
        }
      };
      const settle = (isHeld: boolean): void => {
        clearTimeout(timer);
        channel.removeEventListener('message', hear);
        resolve(isHeld);
      };
      channel.addEventListener('message', hear);
      channel.postMessage({ asked: path } satisfies IWord);
    });
  }

  private _onMessage({ asked }: IWord): void {
    if (asked !== undefined && this._own.has(asked)) {
      this._channel?.postMessage({ held: asked } satisfies IWord);
    }
  }

  private readonly _channel: BroadcastChannel | null = null;
  /** Notebooks whose cells this page looks after. */
  private readonly _own = new Set<string>();
  private readonly _prefix: string;
}

/** What pages say to each other. */
interface IWord {
  /** Who looks after the cells of this notebook? */
  asked?: string;

  /** I am. */
  held?: string;
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
