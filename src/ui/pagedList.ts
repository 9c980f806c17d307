import type { IDisposable } from '@lumino/disposable';

import type { IPage } from '../tokens';

/** Items of the first page and of each further one at most: the server's maximum. */
export const PAGE_SIZE = 500;

/** Items asked for when only the newest may have changed. */
export const HEAD_SIZE = 50;

/** Where a list stands. */
export type ListPhase = 'new' | 'loading' | 'ready' | 'failed';

/**
 * A list that the server gives in pages, newest first, kept as far as it was read.
 *
 * The head is refreshed without forgetting what was read beyond it.
 */
export class PagedList<
  T extends { readonly id: string }
> implements IDisposable {
  constructor(options: PagedList.IOptions<T>) {
    this._fetch = options.fetch;
    this._pageSize = options.pageSize ?? PAGE_SIZE;
    this._onChange = options.onChange;
  }

  get items(): readonly T[] {
    return this._items;
  }

  get phase(): ListPhase {
    return this._phase;
  }

  /** What the last request failed with, else null. Older items stay. */
  get failure(): unknown {
    return this._failure;
  }

  /** Whether a first page was read, be it empty. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** Whether the server has more than was read. */
  get hasMore(): boolean {
    return !this._isLoaded || this._cursor !== null;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
  }

  get(id: string): T | undefined {
    return this._items.find(item => item.id === id);
  }

  /** Read the next page; the first if nothing was read. Never rejects. */
  async loadMore(): Promise<void> {
    if (this._pending === null && this.hasMore) {
      await this._run(() => this._loadNext());
    }
    await this._pending;
  }

  /**
   * Read the newest items again; reads the first page if nothing was read.
   *
   * @param isWhole - Whether older items may have changed too.
   */
  async refresh(isWhole = false): Promise<void> {
    while (this._pending !== null) {
      await this._pending;
    }
    if (this.isDisposed) {
      return;
    }
    if (this._items.length === 0) {
      this._cursor = null;
      await this._run(() => this._loadNext());
      return;
    }
    const most = isWhole ? PAGE_SIZE : HEAD_SIZE;
    const limit = Math.min(Math.max(this._items.length, HEAD_SIZE), most);
    await this._run(async () => {
      this._mergeHead(await this._request(null, limit));
    });
  }

  /** Put a newer state of an item in its place; ignored if it is not here. */
  replace(item: T): boolean {
    const index = this._items.findIndex(other => other.id === item.id);
    if (index < 0) {
      return false;
    }
    const items = [...this._items];
    items[index] = item;
    this._items = items;
    return true;
  }

  remove(id: string): boolean {
    const kept = this._items.filter(item => item.id !== id);
    const isRemoved = kept.length < this._items.length;
    this._items = kept;
    return isRemoved;
  }

  private async _run(action: () => Promise<void>): Promise<void> {
    this._phase = 'loading';
    this._pending = this._settle(action);
    this._onChange();
    await this._pending;
  }

  private async _settle(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this._failure = null;
      this._phase = 'ready';
    } catch (error) {
      this._failure = error;
      this._phase = 'failed';
    }
    this._pending = null;
    if (!this.isDisposed) {
      this._onChange();
    }
  }

  private async _loadNext(): Promise<void> {
    const page = await this._request(this._cursor, this._pageSize);
    const known = new Set(this._items.map(item => item.id));
    this._items = [
      ...this._items,
      ...page.items.filter(item => !known.has(item.id))
    ];
    this._cursor = page.next_cursor;
    this._isLoaded = true;
  }

  /** Lay a new head over the items: what lay under it and is not in it is gone. */
  private _mergeHead(head: IPage<T>): void {
    const last = head.items[head.items.length - 1];
    const end =
      last === undefined
        ? -1
        : this._items.findIndex(item => item.id === last.id);
    const isAll = head.next_cursor === null;
    const ids = new Set(head.items.map(item => item.id));
    const tail =
      isAll || end < 0
        ? []
        : this._items.slice(end + 1).filter(item => !ids.has(item.id));
    this._items = [...head.items, ...tail];
    if (tail.length === 0) {
      this._cursor = head.next_cursor;
    }
  }

  private _request(cursor: string | null, limit: number): Promise<IPage<T>> {
    return this._fetch({ cursor, limit }, this._abort.signal);
  }

  private _fetch: PagedList.IOptions<T>['fetch'];
  private _onChange: () => void;
  private _pageSize: number;
  private _items: readonly T[] = [];
  private _cursor: string | null = null;
  private _isLoaded = false;
  private _phase: ListPhase = 'new';
  private _failure: unknown = null;
  private _pending: Promise<void> | null = null;
  private _abort = new AbortController();
}

export namespace PagedList {
  export interface IOptions<T> {
    fetch: (
      request: { cursor: string | null; limit: number },
      signal: AbortSignal
    ) => Promise<IPage<T>>;

    /** Items of each page; `PAGE_SIZE` if absent. */
    pageSize?: number;

    /** Called after each change that came from the server. */
    onChange: () => void;
  }
}
