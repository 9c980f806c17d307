import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IJob, IJobGroup } from '../api/types';
import type { IComputeClient, IDsinfraApi, ReceivedEvent } from '../tokens';
import { OneAtATime } from './oneAtATime';
import { isGroupOpen } from './states';

/** Groups of a page: the server's maximum for those that are open, a screen for others. */
const OPEN_PAGE = 200;
const ENDED_PAGE = 50;

/** Items of a page, and the most of an opened group that are read again when some change. */
const ITEM_PAGE = 100;
const ITEM_MAX = 500;

/** Shortest time between two readings, in milliseconds. */
const INTERVAL = 1000;

type GroupClient = Pick<
  IComputeClient,
  'jobGroups' | 'jobGroup' | 'groupItems'
>;

/** What is known of the items of a group that was opened. */
export interface IGroupItems {
  /** Those that failed first. */
  readonly items: readonly IJob[];
  readonly hasMore: boolean;
  readonly isLoaded: boolean;
}

interface IOpened extends IGroupItems {
  cursor: string | null;
  isMoreWanted: boolean;
}

const UNREAD: IOpened = {
  items: [],
  hasMore: false,
  isLoaded: false,
  cursor: null,
  isMoreWanted: false
};

/**
 * The groups of jobs: all that are open, those that ended as far as was read, and the items
 * of those that somebody has opened.
 *
 * However many items change, no more than one reading a second asks the server: for two lists
 * of groups, and for one page of each opened group.
 */
export class GroupBook implements IDisposable {
  constructor(options: GroupBook.IOptions) {
    this._api = options.api;
    this._client = options.client;
    this._isSingle = options.isSingle;
    this._interval = options.interval ?? INTERVAL;
    this._api.events.received.connect(this._onReceived, this);
    this._api.events.missed.connect(this.refresh, this);
    this._api.events.connectionChanged.connect(this._onConnection, this);
  }

  /** Groups of which something is open, newest first. */
  get open(): readonly IJobGroup[] {
    return this._open;
  }

  /** Groups that have ended, newest first. */
  get ended(): readonly IJobGroup[] {
    return this._ended;
  }

  /** Whether the server has more that ended. */
  get hasMoreEnded(): boolean {
    return this._cursor !== null;
  }

  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** What the last question failed with, else null. What is known stays. */
  get failure(): unknown {
    return this._failure;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch?.dispose();
      this._abort.abort();
      clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  get isActive(): boolean {
    return this._watch !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    if (isActive) {
      this._watch = this._api.events.watch('job');
      void this.refresh();
    } else {
      this._watch?.dispose();
      this._watch = null;
    }
  }

  find(id: string): IJobGroup | null {
    return this._groups.get(id) ?? null;
  }

  /** An item of an opened group. */
  findItem(id: string): IJob | null {
    for (const { items } of this._opened.values()) {
      const item = items.find(job => job.id === id);
      if (item !== undefined) {
        return item;
      }
    }
    return null;
  }

  /** The items of a group as far as they were read; null if nobody has opened it. */
  items(id: string): IGroupItems | null {
    return this._opened.get(id) ?? null;
  }

  /** Rises whenever what is known of items changes, or which groups are open. */
  get itemsVersion(): number {
    return this._itemsVersion;
  }

  /** Open a group to its items, or close it. */
  toggle(id: string, isExpanded: boolean): void {
    if (isExpanded === this._opened.has(id)) {
      return;
    }
    if (isExpanded) {
      this._setOpened(id, UNREAD);
      this._unread.add(id);
      void this._asking.ask();
    } else {
      this._opened.delete(id);
      this._unread.delete(id);
      this._itemsVersion++;
    }
    this._changed.emit();
  }

  /** Read everything again. Never rejects. */
  async refresh(): Promise<void> {
    if (this.isActive && !this._isDisposed) {
      this._isStale = true;
      await this._asking.ask();
    }
  }

  /** Read on among the groups that ended. Never rejects. */
  async loadMore(): Promise<void> {
    if (this._cursor !== null && this.isActive) {
      this._isMoreWanted = true;
      await this._asking.ask();
    }
  }

  /** Read on among the items of a group. Never rejects. */
  async loadItems(id: string): Promise<void> {
    const opened = this._opened.get(id);
    if (opened?.hasMore === true && !opened.isMoreWanted && this.isActive) {
      this._setOpened(id, { ...opened, isMoreWanted: true });
      await this._asking.ask();
    }
  }

  /** Put a newer state of a group in its place. */
  put(group: IJobGroup): void {
    this._groups.set(group.id, group);
    this._arrange();
  }

  /** Put a newer state of an item in its place; what follows from it is read. */
  putItem(job: IJob): void {
    for (const [id, opened] of this._opened) {
      if (opened.items.some(item => item.id === job.id)) {
        const items = opened.items.map(item =>
          item.id === job.id ? job : item
        );
        this._setOpened(id, { ...opened, items });
      }
    }
    this._changed.emit();
    this._readLater();
  }

  private async _ask(): Promise<void> {
    try {
      if (this._isStale) {
        await this._readLists();
        [...this._opened.keys()].forEach(id => this._unread.add(id));
      }
      const unread = [...this._unread];
      this._unread.clear();
      await Promise.all(unread.map(id => this._readItems(id)));
      if (this._isMoreWanted) {
        this._isMoreWanted = false;
        await this._readMore();
      }
      for (const [id, opened] of [...this._opened]) {
        if (opened.isMoreWanted) {
          await this._readMoreItems(id, opened);
        }
      }
      this._failure = null;
    } catch (error) {
      this._failure = error;
    }
    if (!this._isDisposed) {
      this._arrange();
    }
  }

  private async _readLists(): Promise<void> {
    this._isStale = false;
    this._readAt = Date.now();
    clearTimeout(this._timer);
    this._timer = undefined;
    const { signal } = this._abort;
    const [open, ended] = await Promise.all([
      this._client.jobGroups({ state: 'open', limit: OPEN_PAGE }, signal),
      this._client.jobGroups({ state: 'ended', limit: ENDED_PAGE }, signal)
    ]);
    const groups = new Map<string, IJobGroup>();
    const last = ended.items[ended.items.length - 1];
    const at = this._ended.findIndex(({ id }) => id === last?.id);
    // What was read beyond the newest page stays, where the page meets it.
    const tail =
      ended.next_cursor === null || at < 0 ? [] : this._ended.slice(at + 1);
    if (tail.length === 0) {
      this._cursor = ended.next_cursor;
    }
    for (const group of [...tail, ...open.items, ...ended.items]) {
      groups.set(group.id, group);
    }
    this._groups = groups;
    this._isLoaded = true;
  }

  private async _readMore(): Promise<void> {
    if (this._cursor !== null) {
      const page = await this._client.jobGroups(
        { state: 'ended', limit: ENDED_PAGE, cursor: this._cursor },
        this._abort.signal
      );
      for (const group of page.items) {
        this._groups.set(group.id, group);
      }
      this._cursor = page.next_cursor;
    }
  }

  /** Read the first items of a group again: as many as are shown, up to a limit. */
  private async _readItems(id: string): Promise<void> {
    const known = this._opened.get(id)?.items.length ?? 0;
    const limit = Math.min(ITEM_MAX, Math.max(ITEM_PAGE, known));
    const page = await this._client.groupItems(
      id,
      { limit },
      this._abort.signal
    );
    const opened = this._opened.get(id);
    if (opened !== undefined) {
      this._setOpened(id, {
        ...opened,
        items: page.items,
        cursor: page.next_cursor,
        hasMore: page.next_cursor !== null,
        isLoaded: true
      });
    }
  }

  private async _readMoreItems(id: string, opened: IOpened): Promise<void> {
    this._setOpened(id, { ...opened, isMoreWanted: false });
    if (opened.cursor === null) {
      return;
    }
    const page = await this._client.groupItems(
      id,
      { limit: ITEM_PAGE, cursor: opened.cursor },
      this._abort.signal
    );
    if (this._opened.has(id)) {
      // One that has changed meanwhile may be on both pages.
      const ids = new Set(opened.items.map(job => job.id));
      this._setOpened(id, {
        ...opened,
        items: [...opened.items, ...page.items.filter(job => !ids.has(job.id))],
        cursor: page.next_cursor,
        hasMore: page.next_cursor !== null,
        isMoreWanted: false
      });
    }
  }

  private _setOpened(id: string, opened: IOpened): void {
    this._opened.set(id, opened);
    this._itemsVersion++;
  }

  private _arrange(): void {
    const groups = [...this._groups.values()].sort(byAge);
    this._open = groups.filter(isGroupOpen);
    this._ended = groups.filter(group => !isGroupOpen(group));
    this._changed.emit();
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type !== 'job' || !this.isActive) {
      return;
    }
    if (!event.is_complete || !event.job_ids.every(id => this._isSingle(id))) {
      this._readLater();
    }
  }

  private _readLater(): void {
    const wait = this._readAt + this._interval - Date.now();
    this._timer ??= setTimeout(
      () => {
        this._timer = undefined;
        void this.refresh();
      },
      Math.max(0, wait)
    );
  }

  private _onConnection(_: unknown, isConnected: boolean): void {
    if (isConnected && this._failure !== null) {
      void this.refresh();
    }
  }

  private _api: IDsinfraApi;
  private _client: GroupClient;
  private _isSingle: (id: string) => boolean;
  private _interval: number;
  private _asking = new OneAtATime(() => this._ask());
  private _groups = new Map<string, IJobGroup>();
  private _open: readonly IJobGroup[] = [];
  private _ended: readonly IJobGroup[] = [];
  private _opened = new Map<string, IOpened>();
  private _itemsVersion = 0;
  private _unread = new Set<string>();
  private _cursor: string | null = null;
  private _isLoaded = false;
  private _isStale = false;
  private _isMoreWanted = false;
  private _readAt = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _failure: unknown = null;
  private _watch: IDisposable | null = null;
  private _abort = new AbortController();
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

export namespace GroupBook {
  export interface IOptions {
    api: IDsinfraApi;
    client: GroupClient;

    /** Whether a job is known to be in no group. */
    isSingle: (id: string) => boolean;

    /** Milliseconds between two readings at least. */
    interval?: number;
  }
}

/** Newest first, as the server has them. */
function byAge(left: IJobGroup, right: IJobGroup): number {
  return left.submitted_at === right.submitted_at
    ? compare(right.id, left.id)
    : compare(right.submitted_at, left.submitted_at);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
