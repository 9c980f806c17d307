import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import { messageOf } from '../api/failures';
import type { IErrorGroup, IErrorGroupPatch } from '../api/types';
import type {
  IDsinfraApi,
  IErrorsChanged,
  IErrorsClient,
  ServerState
} from '../tokens';
import { HEAD_SIZE, PagedList } from '../ui/pagedList';
import { SeenModel } from '../ui/seenModel';
import type { IErrorFilter } from './filter';
import { OPEN_ERRORS, isSame, passes, toQuery } from './filter';

/** Groups of a page: a screen or two, so that the first is there at once. */
const PAGE_SIZE = 100;

/** Where the current notebook can be read. */
export interface ICurrentNotebook {
  /** Its contents path; null if there is none. */
  readonly path: string | null;
  readonly changed: ISignal<unknown, unknown>;
}

/**
 * The groups of errors as the section shows them, the one seen last first.
 *
 * Asks the server for nothing while it is not active.
 */
export class ErrorsModel extends SeenModel {
  constructor(options: ErrorsModel.IOptions) {
    super();
    const { api, client, notebook = null } = options;
    this._api = api;
    this._client = client;
    this._notebook = notebook;
    this._list = this._makeList();
    api.events.errorsChanged.connect(this._onErrorsChanged, this);
    api.events.missed.connect(this._onMissed, this);
    api.events.connectionChanged.connect(this._onConnectionChanged, this);
    api.changed.connect(this.emit, this);
    notebook?.changed.connect(this._onNotebookChanged, this);
  }

  override dispose(): void {
    this._list.dispose();
    this._former?.dispose();
    super.dispose();
  }

  get filter(): IErrorFilter {
    return this._filter;
  }

  /** Restrict the list; what is absent stays as it is. */
  restrict(changes: Partial<IErrorFilter>): void {
    const filter = { ...this._filter, ...changes };
    if (!isSame(filter, this._filter)) {
      this._filter = filter;
      this._restart();
    }
  }

  /** Show what is shown unless somebody says otherwise. */
  clearFilter(): void {
    this.restrict(OPEN_ERRORS);
  }

  /** Whether the list is restricted in another way than it is at first. */
  get isFiltered(): boolean {
    return !isSame(this._filter, OPEN_ERRORS);
  }

  /** Whether the list waits for a notebook to be opened. */
  get lacksNotebook(): boolean {
    return this._filter.isHere && this._path === null;
  }

  /** The name of the current notebook; null if there is none. */
  get notebookName(): string | null {
    return this._path?.split('/').pop() ?? null;
  }

  /** The groups to show: those of the former filter until the new ones are there. */
  get groups(): readonly IErrorGroup[] {
    return this.lacksNotebook ? [] : this._shown.items;
  }

  get phase(): 'loading' | 'ready' | 'failed' {
    const { isLoaded, phase } = this._shown;
    return this.lacksNotebook || isLoaded
      ? 'ready'
      : phase === 'failed'
        ? 'failed'
        : 'loading';
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    const { failure } = this._shown;
    return failure === null ? null : messageOf(failure);
  }

  /** Whether what is shown is no longer what is asked for. */
  get isBusy(): boolean {
    return this._former !== null;
  }

  /** Whether more groups are on their way. */
  get hasMore(): boolean {
    return !this.lacksNotebook && this._shown.isLoaded && this._shown.hasMore;
  }

  get serverState(): ServerState {
    return this._api.state;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  /** The id of the group that commands act on. */
  get selectedId(): string | null {
    return this._selectedId;
  }

  set selectedId(id: string | null) {
    if (id !== this._selectedId) {
      this._selectedId = id;
      this.emit();
    }
  }

  get selected(): IErrorGroup | null {
    return this._selectedId === null ? null : this.find(this._selectedId);
  }

  /** A group that was loaded. */
  find(id: string): IErrorGroup | null {
    return this._shown.get(id) ?? null;
  }

  /** Say which lines are seen or soon will be, so that more is loaded in time. */
  showRange(last: number): void {
    const { items, hasMore, phase } = this._shown;
    if (last >= items.length && hasMore && phase === 'ready') {
      void this._shown.loadMore();
    }
  }

  /** Ask the server for everything that is shown. */
  async refresh(): Promise<void> {
    await this._flush(EVERYTHING);
  }

  /** Change a group; one that no longer belongs into the list leaves it. */
  async patch(id: string, patch: IErrorGroupPatch): Promise<IErrorGroup> {
    const group = await this._client.patchErrorGroup(id, patch);
    const index = this.groups.findIndex(item => item.id === id);
    if (!this.isActive) {
      this._isStale = true;
    } else if (passes(group.state, this._filter.state)) {
      if (!this._shown.replace(group)) {
        // It comes back, and only the server knows where it stands.
        await this.refresh();
      }
    } else if (this._shown.remove(id) && this._selectedId === id) {
      // Whoever works by keyboard goes on from the next line.
      const { groups } = this;
      this._selectedId = groups[Math.min(index, groups.length - 1)]?.id ?? null;
    }
    this.emit();
    return group;
  }

  private get _path(): string | null {
    return this._notebook?.path ?? null;
  }

  private get _shown(): PagedList<IErrorGroup> {
    return this._former ?? this._list;
  }

  private _makeList(): PagedList<IErrorGroup> {
    const filter = this._filter;
    const path = this._path;
    const list: PagedList<IErrorGroup> = new PagedList({
      pageSize: PAGE_SIZE,
      fetch: (page, signal) => {
        const now = Date.now() + this.clockOffset;
        return this._client.errorGroups(
          { ...toQuery(filter, path, now), ...page },
          signal
        );
      },
      onChange: () => {
        if (list === this._list && list.phase !== 'loading') {
          this._former?.dispose();
          this._former = null;
        }
        this.emit();
      }
    });
    return list;
  }

  /** Begin the list anew, with what was shown left standing until it is there. */
  private _restart(): void {
    const { _list: list } = this;
    this._list = this._makeList();
    if (list.isLoaded && this._former === null) {
      this._former = list;
    } else {
      list.dispose();
    }
    this._isStale = true;
    if (this.isActive && !this.lacksNotebook) {
      void this.refresh();
    }
    this.emit();
  }

  private _onNotebookChanged(): void {
    if (this._filter.isHere) {
      this._restart();
    } else {
      this.emit();
    }
  }

  private _onErrorsChanged(_: unknown, change: IErrorsChanged): void {
    if (this.isActive) {
      void this._flush(change);
    }
  }

  private _onMissed(): void {
    this._onErrorsChanged(null, EVERYTHING);
  }

  private _onConnectionChanged(_: unknown, isConnected: boolean): void {
    if (isConnected && this._shown.failure !== null) {
      this._onMissed();
    }
  }

  /** Fetch what a change concerns; changes that come meanwhile are joined. */
  private async _flush(change: IErrorsChanged): Promise<void> {
    this._waiting = join(this._waiting, change);
    this._flushing ??= this._drain();
    await this._flushing;
  }

  private async _drain(): Promise<void> {
    while (this._waiting !== null && !this.isDisposed && !this.lacksNotebook) {
      const change = this._waiting;
      this._waiting = null;
      this._isStale = false;
      const list = this._list;
      // What happened again is now at the top; other changes may be anywhere.
      const isWhole =
        !change.isComplete ||
        change.groupIds.some(
          id => list.items.findIndex(group => group.id === id) >= HEAD_SIZE
        );
      await list.refresh(isWhole);
    }
    this._flushing = null;
  }

  protected override watch(): IDisposable {
    return this._api.events.watch('error');
  }

  protected override onSeen(): void {
    if (this._isStale) {
      void this.refresh();
    }
  }

  protected override onUnseen(): void {
    // Without a watch the server tells us nothing.
    this._isStale = true;
  }

  private _api: IDsinfraApi;
  private _client: IErrorsClient;
  private _notebook: ICurrentNotebook | null;
  private _filter: IErrorFilter = OPEN_ERRORS;
  private _list: PagedList<IErrorGroup>;
  private _former: PagedList<IErrorGroup> | null = null;
  private _selectedId: string | null = null;
  private _isStale = true;
  private _flushing: Promise<void> | null = null;
  private _waiting: IErrorsChanged | null = null;
}

export namespace ErrorsModel {
  export interface IOptions {
    api: IDsinfraApi;
    client: IErrorsClient;

    /** Without it the list cannot be restricted to the current notebook. */
    notebook?: ICurrentNotebook | null;
  }
}

const EVERYTHING: IErrorsChanged = {
  groupIds: [],
  runIds: [],
  isComplete: false
};

function join(
  left: IErrorsChanged | null,
  right: IErrorsChanged
): IErrorsChanged {
  return left === null
    ? right
    : {
        groupIds: [...left.groupIds, ...right.groupIds],
        runIds: [...left.runIds, ...right.runIds],
        isComplete: left.isComplete && right.isComplete
      };
}
