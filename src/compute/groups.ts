import type { IJob, IJobGroup, JobEvent } from '../api/types';
import type { IComputeClient, IDsinfraApi, IPage } from '../tokens';
import { Book } from './book';
import { isGroupOpen } from './states';

/** Groups of a page: the server's maximum for those that are open, a screen for others. */
const OPEN_PAGE = 200;
const ENDED_PAGE = 50;

/** Items of a page, and the most of an opened group that are read again when some change. */
const ITEM_PAGE = 100;
const ITEM_MAX = 500;

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
export class GroupBook extends Book<IJobGroup> {
  constructor(options: GroupBook.IOptions) {
    super(options.api, options.interval);
    this._client = options.client;
    this._isSingle = options.isSingle;
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
      void this.ask();
    } else {
      this._opened.delete(id);
      this._unread.delete(id);
      this._itemsVersion++;
    }
    this.emit();
  }

  /** Read on among the items of a group. Never rejects. */
  async loadItems(id: string): Promise<void> {
    const opened = this._opened.get(id);
    if (opened?.hasMore === true && !opened.isMoreWanted && this.isActive) {
      this._setOpened(id, { ...opened, isMoreWanted: true });
      await this.ask();
    }
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
    this.emit();
    this.readLater();
  }

  protected override readonly openMax = OPEN_PAGE;

  protected override isOpen(group: IJobGroup): boolean {
    return isGroupOpen(group);
  }

  protected override fetchPage(
    state: 'open' | 'ended',
    cursor: string | null
  ): Promise<IPage<IJobGroup>> {
    const limit = state === 'open' ? OPEN_PAGE : ENDED_PAGE;
    return this._client.jobGroups({ state, limit, cursor }, this.signal);
  }

  protected override async readChanged(areListsStale: boolean): Promise<void> {
    if (areListsStale) {
      await this.readLists();
      [...this._opened.keys()].forEach(id => this._unread.add(id));
    }
    const unread = [...this._unread];
    this._unread.clear();
    await Promise.all(unread.map(id => this._readItems(id)));
    for (const [id, opened] of [...this._opened]) {
      if (opened.isMoreWanted) {
        await this._readMoreItems(id, opened);
      }
    }
  }

  protected override onChanged(event: JobEvent): void {
    if (!event.is_complete || !event.job_ids.every(id => this._isSingle(id))) {
      this.readLater();
    }
  }

  /** Read the first items of a group again: as many as are shown, up to a limit. */
  private async _readItems(id: string): Promise<void> {
    const known = this._opened.get(id)?.items.length ?? 0;
    const limit = Math.min(ITEM_MAX, Math.max(ITEM_PAGE, known));
    const page = await this._client.groupItems(id, { limit }, this.signal);
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
      this.signal
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

  private readonly _client: GroupClient;
  private readonly _isSingle: (id: string) => boolean;
  private _itemsVersion = 0;
  private readonly _opened = new Map<string, IOpened>();
  private readonly _unread = new Set<string>();
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
