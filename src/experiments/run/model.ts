import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type {
  IEnvironment,
  IRun,
  IRunOutputs,
  IRunPatch,
  IRunSummary
} from '../../api/types';
import type { IDsinfraApi, IPage, IRunsChanged } from '../../tokens';
import { messageOf } from '../runs';

/** Least time between two fetches that events cause: four a second. */
const REFRESH_INTERVAL_MS = 250;

/** Runs below this one that are fetched at a time. */
const CHILDREN_PAGE = 100;

/** Something fetched: what is there, what went wrong, whether more is on its way. */
export interface ILoadable<T> {
  readonly value: T | null;
  readonly failure: string | null;
  readonly isLoading: boolean;
}

/**
 * What can be shown of a run.
 *
 * `missing` was never seen here; `deleted` was, so it can be brought back.
 * `ready` with a failure shows what was last known.
 */
export type RunState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted'; readonly failure: string | null }
  | {
      readonly kind: 'ready';
      readonly run: IRun;
      readonly failure: string | null;
    };

/** The runs directly below the one shown. */
export interface IChildren {
  readonly items: readonly IRunSummary[];
  readonly cursor: string | null;
  readonly failure: string | null;
}

const NOTHING = { value: null, failure: null, isLoading: false } as const;

/**
 * One run, kept up to date while somebody looks.
 */
export class RunModel implements IDisposable {
  constructor(options: RunModel.IOptions) {
    this.id = options.id;
    this._client = options.api.client;
    this._events = options.api.events;
    this._events.runsChanged.connect(this._onRunsChanged, this);
    this._events.healthChanged.connect(this._markStale, this);
    this._events.missed.connect(this._markStale, this);
  }

  readonly id: string;

  /** Emitted after anything below has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get state(): RunState {
    return this._state;
  }

  /** The run, also the last one known of a deleted or unreachable one. */
  get run(): IRun | null {
    return this._run;
  }

  get outputs(): ILoadable<IRunOutputs> {
    return this._outputs;
  }

  get environment(): ILoadable<IEnvironment> {
    return this._environment;
  }

  get children(): IChildren {
    return this._children;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the view is on screen. Nothing is fetched while it is not. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(isActive: boolean) {
    if (this._isActive === isActive) {
      return;
    }
    this._isActive = isActive;
    this._watch?.dispose();
    this._watch = null;
    if (isActive) {
      this._watch = this._events.watch('run');
      // What happened while nobody looked was told to nobody.
      this._markStale();
    }
    this._changed();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._watch?.dispose();
    Signal.clearData(this);
  }

  /** Fetch the run, and its outputs and children if they may have changed. */
  async refresh(): Promise<void> {
    this._isStale = false;
    this._refreshedAt = Date.now();
    const turn = ++this._turn;
    let run: IRun;
    try {
      run = await this._client.run(this.id);
    } catch (error) {
      if (this._isCurrent(turn)) {
        this._setFailure(error);
      }
      return;
    }
    if (!this._isCurrent(turn)) {
      return;
    }
    const before = this._run;
    this._setRun(run);
    await Promise.all([
      needsOutputs(before, run) || this._outputs.value === null
        ? this._loadOutputs(turn)
        : undefined,
      run.child_count > 0 ? this._loadChildren(turn) : undefined
    ]);
  }

  /** Fetch the environment, once it is asked for. */
  async loadEnvironment(): Promise<void> {
    if (this._environment.isLoading || this._environment.value) {
      return;
    }
    this._environment = { ...NOTHING, isLoading: true };
    this._changed();
    try {
      const value = await this._client.environment(this.id);
      this._environment = { ...NOTHING, value };
    } catch (error) {
      this._environment = { ...NOTHING, failure: messageOf(error) };
    }
    this._changed();
  }

  /** Fetch the next stretch of the runs below this one. */
  async loadMoreChildren(): Promise<void> {
    const { cursor, items } = this._children;
    if (cursor === null) {
      return;
    }
    try {
      const page = await this._client.runs({
        parent_id: this.id,
        limit: CHILDREN_PAGE,
        cursor
      });
      const known = new Set(items.map(item => item.id));
      this._children = {
        items: [...items, ...page.items.filter(item => !known.has(item.id))],
        cursor: page.next_cursor,
        failure: null
      };
    } catch (error) {
      this._children = { ...this._children, failure: messageOf(error) };
    }
    this._changed();
  }

  /**
   * Change what a user may change.
   *
   * @throws what the API throws; the run shown stays as it was.
   */
  async patch(patch: IRunPatch): Promise<void> {
    const run = await this._client.patchRun(this.id, patch);
    this._turn++;
    this._setRun(run);
  }

  /** Put the run into the trash. Throws what the API throws. */
  async remove(): Promise<void> {
    await this._client.deleteRun(this.id);
    this._turn++;
    this._state = { kind: 'deleted', failure: null };
    this._changed();
  }

  /** Take the run back out of the trash. */
  async restore(): Promise<void> {
    try {
      await this.patch({ is_deleted: false });
    } catch (error) {
      this._state = { kind: 'deleted', failure: messageOf(error) };
      this._changed();
      return;
    }
    await this.refresh();
  }

  private async _loadOutputs(turn: number): Promise<void> {
    if (this._outputs.value === null) {
      this._outputs = { ...NOTHING, isLoading: true };
      this._changed();
    }
    let outputs: ILoadable<IRunOutputs>;
    try {
      const value = await this._client.outputs(this.id);
      outputs = { ...NOTHING, value };
    } catch (error) {
      outputs = {
        ...this._outputs,
        isLoading: false,
        failure: messageOf(error)
      };
    }
    if (this._isCurrent(turn)) {
      this._outputs = outputs;
      this._changed();
    } else if (!this._isDisposed && this._outputs.isLoading) {
      // A newer fetch of the run did not ask for outputs, as these were on their way.
      this._outputs = outputs;
      this._changed();
    }
  }

  private async _loadChildren(turn: number): Promise<void> {
    try {
      const page = await this._client.runs({
        parent_id: this.id,
        limit: CHILDREN_PAGE
      });
      if (this._isCurrent(turn)) {
        this._children = mergeNewest(this._children, page);
        this._changed();
      }
    } catch (error) {
      if (this._isCurrent(turn)) {
        this._children = { ...this._children, failure: messageOf(error) };
        this._changed();
      }
    }
  }

  private _setRun(run: IRun): void {
    if (this._run && this._run.environment_id !== run.environment_id) {
      // The kernel knows more than the server, and tells it later.
      this._environment = NOTHING;
    }
    this._run = run;
    this._state = { kind: 'ready', run, failure: null };
    this._changed();
  }

  private _setFailure(error: unknown): void {
    if (isNotFound(error)) {
      this._state = this._run
        ? { kind: 'deleted', failure: null }
        : { kind: 'missing' };
    } else {
      const failure = messageOf(error);
      this._state = this._run
        ? { kind: 'ready', run: this._run, failure }
        : { kind: 'failed', failure };
    }
    this._changed();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    const concerns =
      !change.isComplete ||
      change.runIds.includes(this.id) ||
      // The counts and the list of a session follow those of its runs.
      (this._run !== null &&
        this._run.kind !== 'cell' &&
        change.experimentIds.includes(this._run.experiment_id));
    if (concerns) {
      this._markStale();
    }
  }

  private _markStale(): void {
    this._isStale = true;
    if (this._isActive) {
      this._schedule();
    }
  }

  private _schedule(): void {
    if (this._isDisposed || this._timer !== undefined) {
      return;
    }
    const wait = this._refreshedAt + REFRESH_INTERVAL_MS - Date.now();
    this._timer = setTimeout(
      () => {
        this._timer = undefined;
        if (this._isActive && this._isStale) {
          void this.refresh();
        }
      },
      Math.max(0, wait)
    );
  }

  private _isCurrent(turn: number): boolean {
    return !this._isDisposed && turn === this._turn;
  }

  private _changed(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  private readonly _client: IDsinfraApi['client'];
  private _children: IChildren = { items: [], cursor: null, failure: null };
  private _environment: ILoadable<IEnvironment> = NOTHING;
  private readonly _events: IDsinfraApi['events'];
  private _isActive = false;
  private _isDisposed = false;
  private _isStale = true;
  private _outputs: ILoadable<IRunOutputs> = NOTHING;
  private _refreshedAt = 0;
  private _run: IRun | null = null;
  private _state: RunState = { kind: 'loading' };
  private readonly _stateChanged = new Signal<this, void>(this);
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of the newest fetch: replies to older ones come too late. */
  private _turn = 0;
  private _watch: IDisposable | null = null;
}

/** What belongs to `RunModel`. */
export namespace RunModel {
  export interface IOptions {
    id: string;
    api: Pick<IDsinfraApi, 'client' | 'events'>;
  }
}

/** Whether the API says that there is no such run. */
function isNotFound(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'not_found'
  );
}

/** Whether the outputs of a run may differ from those fetched with `before`. */
function needsOutputs(before: IRun | null, run: IRun): boolean {
  return (
    before === null ||
    before.status !== run.status ||
    run.status === 'running' ||
    before.ended_at !== run.ended_at
  );
}

/**
 * Return the newest page with the older runs that were fetched before.
 * Runs that have gone from the stretch of the page are gone.
 */
function mergeNewest(before: IChildren, page: IPage<IRunSummary>): IChildren {
  const last = page.items[page.items.length - 1];
  if (page.next_cursor === null || last === undefined) {
    return { items: page.items, cursor: null, failure: null };
  }
  const fetched = new Set(page.items.map(item => item.id));
  const older = before.items.filter(
    item => !fetched.has(item.id) && item.queued_at < last.queued_at
  );
  return older.length > 0
    ? { items: [...page.items, ...older], cursor: before.cursor, failure: null }
    : { items: page.items, cursor: page.next_cursor, failure: null };
}
