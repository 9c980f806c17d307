import type { IDisposable } from '@lumino/disposable';

import { isNotFound, messageOf } from '../../api/failures';
import type {
  IErrorGroup,
  IErrorGroupPatch,
  IErrorHistory,
  IErrorRecord,
  IRun
} from '../../api/types';
import type {
  IApiClient,
  IErrorsChanged,
  IErrorsClient,
  IEventStream
} from '../../tokens';
import type { ILoadable } from '../../ui/loadable';
import { NOTHING } from '../../ui/loadable';
import { Pace } from '../../ui/pace';
import { SeenModel } from '../../ui/seenModel';

/** Least time between two fetches that events cause: four a second. */
const REFRESH_INTERVAL_MS = 250;

/** Occurrences fetched at a time: each is whole, with its frames and variables. */
export const OCCURRENCES_PAGE = 10;

/** What can be shown of a group; `ready` with a failure shows what was last known. */
export type ErrorState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'ready';
      readonly group: IErrorGroup;
      readonly failure: string | null;
    };

/**
 * A group of errors with the occurrence that is looked at, kept up to date while
 * somebody looks.
 */
export class ErrorModel extends SeenModel {
  constructor(options: ErrorModel.IOptions) {
    super();
    this.groupId = options.groupId;
    this._client = options.errors;
    this._events = options.events;
    this._runs = options.runs;
    this._wanted = { errorId: options.errorId, runId: options.runId };
    this._events.errorsChanged.connect(this._onErrorsChanged, this);
    this._events.missed.connect(this._markStale, this);
  }

  readonly groupId: string;

  get state(): ErrorState {
    return this._state;
  }

  get group(): IErrorGroup | null {
    return this._state.kind === 'ready' ? this._state.group : null;
  }

  /** The occurrence that is looked at; null if there is none, or none yet. */
  get current(): IErrorRecord | null {
    return this._current;
  }

  /** Where it stands, the newest being 0; -1 if it is older than what was fetched. */
  get index(): number {
    const id = this._current?.id;
    return this._items.findIndex(item => item.id === id);
  }

  /** How many occurrences can be stepped through, as far as that is known. */
  get total(): number {
    const known = this._items.length;
    return this._cursor === null
      ? known
      : Math.max(known + 1, this.group?.count ?? 0);
  }

  get isLoadingOccurrences(): boolean {
    return this._isStepping || !this._isListed;
  }

  /** Why the occurrences could not be fetched. */
  get occurrencesFailure(): string | null {
    return this._occurrencesFailure;
  }

  /** Where the group was seen, and what changed; fetched when it is looked at. */
  get history(): ILoadable<IErrorHistory> {
    return this._history;
  }

  /** The run of the occurrence that is looked at; fetched when it is looked at. */
  get run(): ILoadable<IRun> {
    return this._run;
  }

  override dispose(): void {
    this._pace.dispose();
    super.dispose();
  }

  /** Fetch the group and its newest occurrences. Never rejects. */
  async refresh(): Promise<void> {
    this._pace.begin();
    const turn = ++this._turn;
    try {
      const group = await this._client.errorGroup(this.groupId);
      if (turn !== this._turn || this.isDisposed) {
        return;
      }
      this._state = { kind: 'ready', group, failure: null };
      this.emit();
      await this._loadNewest(turn);
    } catch (error) {
      if (turn === this._turn) {
        this._setFailure(error);
      }
    }
    if (this._isHistoryShown) {
      await this._loadHistory();
    }
  }

  /** Look at the occurrence that is so many older; negative is newer. */
  async step(by: number): Promise<void> {
    const target = Math.max(0, this.index + by);
    if (target >= this._items.length && this._cursor !== null) {
      await this._loadOlder();
    }
    this._look(this._items[Math.min(target, this._items.length - 1)] ?? null);
  }

  /** Look at one occurrence: by its id, or that of a run. */
  async show(errorId?: string, runId?: string): Promise<void> {
    this._wanted = { errorId, runId };
    if (this._isListed) {
      await this._findWanted();
    }
  }

  /** Fetch the history, now and whenever the group changes. */
  async showHistory(): Promise<void> {
    if (!this._isHistoryShown) {
      this._isHistoryShown = true;
      await this._loadHistory();
    }
  }

  /** Fetch the history again, after a failure. */
  async retryHistory(): Promise<void> {
    await this._loadHistory();
  }

  /** Fetch the run of the occurrence that is looked at, if that was not done. */
  async loadRun(): Promise<void> {
    const id = this._current?.run_id;
    if (!id || this._run.value?.id === id || this._run.isLoading) {
      return;
    }
    this._run = { ...NOTHING, isLoading: true };
    this.emit();
    let run: ILoadable<IRun>;
    try {
      run = { ...NOTHING, value: await this._runs.run(id) };
    } catch (error) {
      run = { ...NOTHING, failure: messageOf(error) };
    }
    if (this._current?.run_id === id) {
      this._run = run;
      this.emit();
    }
  }

  /** Change the group; rejects with an error for the user. */
  async patch(patch: IErrorGroupPatch): Promise<void> {
    const group = await this._client.patchErrorGroup(this.groupId, patch);
    if (!this.isDisposed) {
      this._state = { kind: 'ready', group, failure: null };
      this.emit();
    }
  }

  private async _loadNewest(turn: number): Promise<void> {
    const wasNewest = this._current === null || this.index === 0;
    try {
      const page = await this._client.occurrences(this.groupId, {
        limit: OCCURRENCES_PAGE
      });
      if (turn !== this._turn || this.isDisposed) {
        return;
      }
      this._join(page);
      this._occurrencesFailure = null;
    } catch (error) {
      this._occurrencesFailure = messageOf(error);
    }
    this._isListed = true;
    if (this._wanted.errorId || this._wanted.runId) {
      await this._findWanted();
    } else if (wasNewest) {
      this._look(this._items[0] ?? null);
    }
    this.emit();
  }

  /** Put a newest page before what was fetched, or instead of it if they do not meet. */
  private _join(page: {
    items: IErrorRecord[];
    next_cursor: string | null;
  }): void {
    const known = new Set(this._items.map(item => item.id));
    const isMeeting = page.items.some(item => known.has(item.id));
    if (!isMeeting || page.next_cursor === null) {
      this._items = page.items;
      this._cursor = page.next_cursor;
    } else {
      const fresh = page.items.filter(item => !known.has(item.id));
      this._items = [...fresh, ...this._items];
    }
  }

  private async _loadOlder(): Promise<void> {
    if (this._isStepping) {
      return;
    }
    this._isStepping = true;
    this.emit();
    try {
      const page = await this._client.occurrences(this.groupId, {
        limit: OCCURRENCES_PAGE,
        cursor: this._cursor
      });
      const known = new Set(this._items.map(item => item.id));
      this._items = [
        ...this._items,
        ...page.items.filter(item => !known.has(item.id))
      ];
      this._cursor = page.next_cursor;
      this._occurrencesFailure = null;
    } catch (error) {
      this._occurrencesFailure = messageOf(error);
    }
    this._isStepping = false;
  }

  /** Look at the occurrence that was asked for; where it is gone, at the newest. */
  private async _findWanted(): Promise<void> {
    const { errorId, runId } = this._wanted;
    this._wanted = {};
    const isIt = (item: IErrorRecord): boolean =>
      errorId ? item.id === errorId : item.run_id === runId;
    let found = this._items.find(isIt);
    if (!found && runId) {
      // Older than the first page: its run knows it.
      try {
        const { items } = await this._client.runErrors(runId);
        found = items.find(
          item => item.group_id === this.groupId && isIt(item)
        );
      } catch {
        // The run was erased, and its errors with it.
      }
    }
    this._look(found ?? this._items[0] ?? null);
  }

  private async _loadHistory(): Promise<void> {
    if (this._history.isLoading) {
      return;
    }
    this._history = { ...this._history, isLoading: true };
    this.emit();
    try {
      const value = await this._client.errorHistory(this.groupId);
      this._history = { ...NOTHING, value };
    } catch (error) {
      this._history = {
        ...this._history,
        failure: messageOf(error),
        isLoading: false
      };
    }
    this.emit();
  }

  private _look(record: IErrorRecord | null): void {
    if (record?.run_id !== this._current?.run_id) {
      this._run = NOTHING;
    }
    this._current = record;
    this.emit();
  }

  private _setFailure(error: unknown): void {
    if (isNotFound(error)) {
      this._state = { kind: 'missing' };
    } else if (this._state.kind === 'ready') {
      this._state = { ...this._state, failure: messageOf(error) };
    } else {
      this._state = { kind: 'failed', failure: messageOf(error) };
    }
    this.emit();
  }

  private _onErrorsChanged(_: unknown, change: IErrorsChanged): void {
    if (!change.isComplete || change.groupIds.includes(this.groupId)) {
      this._markStale();
    }
  }

  protected override watch(): IDisposable {
    return this._events.watch('error');
  }

  protected override onSeen(): void {
    this._pace.ask();
  }

  private _markStale(): void {
    if (this.isActive) {
      this._pace.ask();
    }
  }

  private readonly _client: IErrorsClient;
  private _current: IErrorRecord | null = null;
  private _cursor: string | null = null;
  private readonly _events: IEventStream;
  private _history: ILoadable<IErrorHistory> = NOTHING;
  private _isHistoryShown = false;
  private _isListed = false;
  private _isStepping = false;
  private _items: readonly IErrorRecord[] = [];
  private _occurrencesFailure: string | null = null;
  private readonly _pace = new Pace(() => {
    if (this.isActive) {
      void this.refresh();
    }
  }, REFRESH_INTERVAL_MS);
  private _run: ILoadable<IRun> = NOTHING;
  private readonly _runs: Pick<IApiClient, 'run'>;
  private _state: ErrorState = { kind: 'loading' };
  private _turn = 0;
  private _wanted: {
    errorId?: string | undefined;
    runId?: string | undefined;
  };
}

/** What belongs to `ErrorModel`. */
export namespace ErrorModel {
  export interface IOptions {
    errors: IErrorsClient;
    events: IEventStream;
    groupId: string;
    /** The occurrence to look at first; the newest if neither is given. */
    errorId?: string | undefined;
    /** Look at the occurrence of this run first. */
    runId?: string | undefined;
    runs: Pick<IApiClient, 'run'>;
  }
}
