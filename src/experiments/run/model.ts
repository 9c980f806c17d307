import type { IDisposable } from '@lumino/disposable';

import { isNotFound, messageOf } from '../../api/failures';
import type {
  IEnvironment,
  IRun,
  IRunOutputs,
  IRunPatch,
  IRunSummary
} from '../../api/types';
import type { IDsinfraApi, IPage, IRunsChanged } from '../../tokens';
import type { ILoadable } from '../../ui/loadable';
import { NOTHING } from '../../ui/loadable';
import { Pace } from '../../ui/pace';
import { SeenModel } from '../../ui/seenModel';

/** Least time between two fetches that events cause: four a second. */
const REFRESH_INTERVAL_MS = 250;

/** Runs below this one that are fetched at a time. */
const CHILDREN_PAGE = 100;

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

/**
 * One run, kept up to date while somebody looks.
 */
export class RunModel extends SeenModel {
  constructor(options: RunModel.IOptions) {
    super();
    this.id = options.id;
    this._client = options.api.client;
    this._events = options.api.events;
    this._events.runsChanged.connect(this._onRunsChanged, this);
    this._events.healthChanged.connect(this._markStale, this);
    this._events.missed.connect(this._markStale, this);
  }

  readonly id: string;

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

  override dispose(): void {
    this._pace.dispose();
    super.dispose();
  }

  /** Fetch the run, and its outputs and children if they may have changed. */
  async refresh(): Promise<void> {
    this._pace.begin();
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
    this.emit();
    try {
      const value = await this._client.environment(this.id);
      this._environment = { ...NOTHING, value };
    } catch (error) {
      this._environment = { ...NOTHING, failure: messageOf(error) };
    }
    this.emit();
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
    this.emit();
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
    this.emit();
  }

  /** Take the run back out of the trash. */
  async restore(): Promise<void> {
    try {
      await this.patch({ is_deleted: false });
    } catch (error) {
      this._state = { kind: 'deleted', failure: messageOf(error) };
      this.emit();
      return;
    }
    await this.refresh();
  }

  private async _loadOutputs(turn: number): Promise<void> {
    if (this._outputs.value === null) {
      this._outputs = { ...NOTHING, isLoading: true };
      this.emit();
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
      this.emit();
    } else if (!this.isDisposed && this._outputs.isLoading) {
      // A newer fetch of the run did not ask for outputs, as these were on their way.
      this._outputs = outputs;
      this.emit();
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
        this.emit();
      }
    } catch (error) {
      if (this._isCurrent(turn)) {
        this._children = { ...this._children, failure: messageOf(error) };
        this.emit();
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
    this.emit();
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
    this.emit();
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

  protected override watch(): IDisposable {
    return this._events.watch('run');
  }

  protected override onSeen(): void {
    this._pace.ask();
  }

  private _markStale(): void {
    if (this.isActive) {
      this._pace.ask();
    }
  }

  private _isCurrent(turn: number): boolean {
    return !this.isDisposed && turn === this._turn;
  }

  private readonly _client: IDsinfraApi['client'];
  private _children: IChildren = { items: [], cursor: null, failure: null };
  private _environment: ILoadable<IEnvironment> = NOTHING;
  private readonly _events: IDsinfraApi['events'];
  private _outputs: ILoadable<IRunOutputs> = NOTHING;
  private readonly _pace = new Pace(() => {
    if (this.isActive) {
      void this.refresh();
    }
  }, REFRESH_INTERVAL_MS);
  private _run: IRun | null = null;
  private _state: RunState = { kind: 'loading' };
  /** Number of the newest fetch: replies to older ones come too late. */
  private _turn = 0;
}

/** What belongs to `RunModel`. */
export namespace RunModel {
  export interface IOptions {
    id: string;
    api: Pick<IDsinfraApi, 'client' | 'events'>;
  }
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
