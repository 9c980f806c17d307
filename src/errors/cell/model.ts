import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ErrorKind, IErrorGroup } from '../../api/types';
import type { IErrorsClient, IEventStream } from '../../tokens';

/** Waiting for more to come before asking: what fails at once is asked for at once. */
const GATHER_MS = 100;

/** How long an error is waited for: what is not recorded by then is not recorded. */
export const GIVE_UP_MS = 10_000;

/** How far the clocks may be apart before an error counts as one of an earlier run. */
const SLACK_MS = 3000;

/** Groups asked for at a time: more cells than these do not fail at once. */
const GROUPS_LIMIT = 50;

/** What ends a run; warnings and logged errors do not. */
const ENDING: readonly ErrorKind[] = ['exception', 'kernel_death'];

/** A cell of a notebook. */
export interface ICellKey {
  readonly path: string;
  readonly cellId: string;
}

/** What a cell failed with; null if nothing is known of it. */
export interface ICellFinding extends ICellKey {
  readonly group: IErrorGroup | null;
}

interface IWaiting extends ICellKey {
  /** Milliseconds at which it was asked to run, by the server's clock. */
  readonly since: number;
  readonly hasFailed: boolean;
  /** Whether an error was told of it: one of the run before, if its own comes late. */
  readonly isTold: boolean;
}

/**
 * Finds out what cells failed with. Asks only while there are cells that run or
 * have failed, and for all cells of a notebook at once.
 */
export class FailedCells implements IDisposable {
  constructor(options: FailedCells.IOptions) {
    this._options = options;
    options.events.errorsChanged.connect(this._onErrorsChanged, this);
    options.events.missed.connect(this._onErrorsChanged, this);
  }

  /** Emitted when it is known what a cell failed with, or that it will not be. */
  get found(): ISignal<this, ICellFinding> {
    return this._found;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._timer);
      this._watch?.dispose();
      this._waiting.clear();
      Signal.clearData(this);
    }
  }

  /** Say that a cell was asked to run. */
  begin(key: ICellKey): void {
    // Kept for good: kernels die long after the cell was asked to run.
    this._watch ??= this._options.events.watch('error');
    const since = Date.now() + this._options.clockOffset();
    this._waiting.set(nameOf(key), {
      ...key,
      since,
      hasFailed: false,
      isTold: false
    });
  }

  /** Say that the run of a cell ended. */
  end(key: ICellKey, hasFailed: boolean): void {
    const name = nameOf(key);
    const waiting = this._waiting.get(name);
    if (!hasFailed || !waiting) {
      this._waiting.delete(name);
      return;
    }
    const failed = { ...waiting, hasFailed };
    this._waiting.set(name, failed);
    this._schedule();
    setTimeout(() => this._giveUp(failed), GIVE_UP_MS);
  }

  private _giveUp(failed: IWaiting): void {
    const name = nameOf(failed);
    const waiting = this._waiting.get(name);
    if (waiting?.hasFailed && waiting.since === failed.since) {
      this._waiting.delete(name);
      if (!waiting.isTold) {
        const { cellId, path } = failed;
        this._found.emit({ cellId, path, group: null });
      }
    }
  }

  private _onErrorsChanged(): void {
    if (this._waiting.size > 0) {
      this._schedule();
    }
  }

  private _schedule(): void {
    if (!this._isDisposed) {
      this._timer ??= setTimeout(() => {
        this._timer = undefined;
        void this._ask();
      }, GATHER_MS);
    }
  }

  /** Ask what the cells failed with. A failure is asked again with the next event. */
  private async _ask(): Promise<void> {
    const waiting = [...this._waiting.values()];
    for (const path of new Set(waiting.map(cell => cell.path))) {
      const here = waiting.filter(cell => cell.path === path);
      const since = Math.min(...here.map(cell => cell.since)) - SLACK_MS;
      let groups: readonly IErrorGroup[];
      try {
        const page = await this._options.errors.errorGroups({
          limit: GROUPS_LIMIT,
          notebook_path: path,
          since: new Date(since).toISOString()
        });
        groups = page.items;
      } catch {
        continue;
      }
      here.forEach(cell => this._match(cell, groups));
    }
  }

  private _match(cell: IWaiting, groups: readonly IErrorGroup[]): void {
    const name = nameOf(cell);
    const group = groups.find(
      ({ kind, last_at: at, last_cell_id: id, last_error_id: errorId }) =>
        id === cell.cellId &&
        // While it runs, an exception is that of the run before.
        (cell.hasFailed ? ENDING.includes(kind) : kind === 'kernel_death') &&
        Date.parse(at) >= cell.since - SLACK_MS &&
        this._told.get(name) !== errorId
    );
    // It may have been run again while the answer was on its way.
    const waiting = this._waiting.get(name);
    const isSame =
      waiting?.since === cell.since && waiting.hasFailed === cell.hasFailed;
    if (group && isSame) {
      if (cell.hasFailed) {
        // Still listened for: this may be the error of the run before.
        this._waiting.set(name, { ...cell, isTold: true });
      } else {
        this._waiting.delete(name);
      }
      this._told.set(name, group.last_error_id);
      this._found.emit({ path: cell.path, cellId: cell.cellId, group });
    }
  }

  private readonly _found = new Signal<this, ICellFinding>(this);
  private _isDisposed = false;
  private readonly _options: FailedCells.IOptions;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest error that was told of each cell. */
  private readonly _told = new Map<string, string>();
  private readonly _waiting = new Map<string, IWaiting>();
  private _watch: IDisposable | null = null;
}

/** What belongs to `FailedCells`. */
export namespace FailedCells {
  export interface IOptions {
    /** Milliseconds that the server's clock is ahead. */
    clockOffset: () => number;
    errors: Pick<IErrorsClient, 'errorGroups'>;
    events: IEventStream;
  }
}

function nameOf(key: ICellKey): string {
  return `${key.cellId} ${key.path}`;
}
