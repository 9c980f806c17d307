import type { IDisposable } from '@lumino/disposable';

import type { IPage, IRunsChanged } from '../tokens';
import type { ITrial } from '../api/types';

/** Trials of a page: the server's maximum. */
export const PAGE_SIZE = 500;

/** Trials asked for when only the newest may have changed. */
export const HEAD_SIZE = 50;

/** Trials that are read by themselves; a browser sorts and draws these without delay. */
export const TRIALS_MAX = 10_000;

/** Where the list stands. */
export type TrialPhase = 'loading' | 'ready' | 'failed';

/**
 * The runs of a cell, newest first: page after page until all are there, then the
 * newest again whenever something has changed.
 */
export class TrialList implements IDisposable {
  constructor(options: TrialList.IOptions) {
    this._options = options;
  }

  get items(): readonly ITrial[] {
    return this._items;
  }

  /** `ready` as soon as there is something to show, be it nothing. */
  get phase(): TrialPhase {
    return this._isLoaded
      ? 'ready'
      : this.failure === null
        ? 'loading'
        : 'failed';
  }

  /** What the last request failed with, else null. */
  failure: unknown = null;

  /** Whether there are trials that were not read. */
  get hasMore(): boolean {
    return !this._isLoaded || this._cursor !== null;
  }

  /** Whether more trials are about to come by themselves. */
  get isFilling(): boolean {
    return this.hasMore && this._items.length < this._most;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
  }

  /**
   * Read again what may have changed, and all that was never read. Never rejects.
   *
   * @param change - What has changed; null if that is not known.
   */
  refresh(change: IRunsChanged | null = null): Promise<void> {
    return this._once(async () => {
      if (!this._isLoaded || change === null || this._touchesOlder(change)) {
        await this._reload();
      } else {
        await this._readHead();
      }
      await this._fill();
    });
  }

  /** Read as many trials again as are read by themselves. */
  readMore(): Promise<void> {
    this._most += TRIALS_MAX;
    return this._once(() => this._fill());
  }

  /** Put a trial in the place of its older self. */
  replace(runId: string, change: Partial<ITrial>): void {
    this._items = this._items.map(item =>
      item.run_id === runId ? { ...item, ...change } : item
    );
    this._options.onChange();
  }

  /** Read as much as was read before; what is shown stays until then. */
  private async _reload(): Promise<void> {
    const wanted = this._items.length;
    const items: ITrial[] = [];
    let cursor: string | null = null;
    do {
      const page = await this._request(cursor, PAGE_SIZE);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && items.length < wanted);
    this._accept(items, cursor);
  }

  private async _readHead(): Promise<void> {
    const page = await this._request(null, HEAD_SIZE);
    const cursor = page.next_cursor;
    const last = page.items[page.items.length - 1]?.run_id;
    const joint = this._items.findIndex(item => item.run_id === last);
    if (cursor === null || joint < 0) {
      // These are all, or so much is new that nothing of it is known.
      this._accept(page.items, cursor);
    } else {
      const older = this._items.slice(joint + 1);
      this._accept([...page.items, ...older], this._cursor);
    }
  }

  private async _fill(): Promise<void> {
    while (this.isFilling && !this.isDisposed) {
      const page = await this._request(this._cursor, PAGE_SIZE);
      this._accept([...this._items, ...page.items], page.next_cursor);
    }
  }

  /** Show these trials, each once: a page may have moved while it was asked for. */
  private _accept(items: readonly ITrial[], cursor: string | null): void {
    if (this.isDisposed) {
      return;
    }
    this._items = [...new Map(items.map(item => [item.run_id, item])).values()];
    this._cursor = cursor;
    this._isLoaded = true;
    this._options.onChange();
  }

  private _request(
    cursor: string | null,
    limit: number
  ): ReturnType<TrialList.IOptions['fetch']> {
    return this._options.fetch(cursor, limit, this._abort.signal);
  }

  /** Whether runs have changed that a look at the newest does not show. */
  private _touchesOlder(change: IRunsChanged): boolean {
    const changed = new Set(change.runIds);
    return this._items.slice(HEAD_SIZE).some(item => changed.has(item.run_id));
  }

  /** Do one thing after the other, and keep what it fails with. */
  private _once(act: () => Promise<void>): Promise<void> {
    this._pending = this._pending.then(async () => {
      if (this.isDisposed) {
        return;
      }
      try {
        await act();
        this.failure = null;
      } catch (error) {
        this.failure = error;
      }
      if (!this.isDisposed) {
        this._options.onChange();
      }
    });
    return this._pending;
  }

  private readonly _abort = new AbortController();
  private _cursor: string | null = null;
  private _isLoaded = false;
  private _items: readonly ITrial[] = [];
  private _most = TRIALS_MAX;
  private readonly _options: TrialList.IOptions;
  private _pending: Promise<void> = Promise.resolve();
}

export namespace TrialList {
  export interface IOptions {
    fetch: (
      cursor: string | null,
      limit: number,
      signal: AbortSignal
    ) => Promise<IPage<ITrial>>;
    onChange: () => void;
  }
}

/** Whether a change may concern the runs of one experiment. */
export function concerns(
  change: IRunsChanged,
  experimentIds: ReadonlySet<string>,
  trials: readonly ITrial[]
): boolean {
  if (!change.isComplete || experimentIds.size === 0) {
    return true;
  }
  if (change.experimentIds.some(id => experimentIds.has(id))) {
    return true;
  }
  const changed = new Set(change.runIds);
  return trials.some(trial => changed.has(trial.run_id));
}
