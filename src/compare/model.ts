import type { VDomRenderer } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IComparison, IRun, IRunOutputs } from '../api/types';
import { isOpen, messageOf } from '../experiments/runs';
import type { IDsinfraApi, IRunsChanged } from '../tokens';

/** Fewest and most runs that the server compares. */
export const RUNS_MIN = 2;
export const RUNS_MAX = 20;

/** Least time between two fetches that events cause, in milliseconds: two a second. */
const REFRESH_INTERVAL = 500;

/** Outputs of one run: what is there, or why not. */
export interface IOutputsState {
  readonly value: IRunOutputs | null;
  readonly failure: string | null;
}

/**
 * Runs side by side; the first one is what the others are compared with.
 *
 * Asks the server for nothing while it is not active.
 */
export class ComparisonModel implements VDomRenderer.IModel {
  constructor(options: ComparisonModel.IOptions) {
    this._api = options.api;
    this._ids = [...new Set(options.ids)].slice(0, RUNS_MAX);
    const { events } = options.api;
    events.runsChanged.connect(this._onRunsChanged, this);
    events.missed.connect(this._onMissed, this);
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Emitted when other runs are compared than before, or in another order. */
  get idsChanged(): ISignal<this, void> {
    return this._idsChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
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

  /** Whether somebody looks. What changed before is fetched on becoming active. */
  get isActive(): boolean {
    return this._watch !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    this._watch?.dispose();
    this._watch = isActive ? this._api.events.watch('run') : null;
    if (isActive && (this._comparison === null || this._isStale)) {
      void this.refresh();
    }
    this._emit();
  }

  /** The runs that are compared, the baseline first. */
  get ids(): readonly string[] {
    return this._ids;
  }

  /** What was last known; null before the first answer. */
  get comparison(): IComparison | null {
    return this._comparison;
  }

  /** Why what is shown is not up to date, else null. */
  get failure(): string | null {
    return this._failure;
  }

  /** Runs that were left out because they are gone. */
  get goneCount(): number {
    return this._goneCount;
  }

  /** What a run printed and showed; null until it was asked for. */
  outputsOf(id: string): IOutputsState | null {
    return this._outputs.get(id) ?? null;
  }

  /** Compare the others with this run. */
  setBaseline(id: string): void {
    this._setIds([id, ...this._ids.filter(other => other !== id)]);
  }

  /** Compare this run no longer. */
  remove(id: string): void {
    if (this._ids.length > RUNS_MIN) {
      this._setIds(this._ids.filter(other => other !== id));
    }
  }

  /** Fetch the comparison again. Never rejects. */
  async refresh(): Promise<void> {
    const turn = ++this._turn;
    this._isStale = false;
    try {
      const comparison = await this._api.client.compare(this._ids);
      if (this._isCurrent(turn)) {
        this._accept(comparison);
      }
    } catch (error) {
      if (this._isCurrent(turn) && !(await this._dropGone(error))) {
        this._failure = messageOf(error);
        this._emit();
      }
    }
  }

  /** Fetch the outputs of all runs, once they are asked for. */
  loadOutputs(): void {
    for (const id of this._ids) {
      if (!this._outputs.has(id)) {
        void this._loadOutputs(id);
      }
    }
  }

  private _accept(comparison: IComparison): void {
    const before = this._comparison;
    this._comparison = comparison;
    this._failure = null;
    for (const run of comparison.runs) {
      const old = before?.runs.find(({ id }) => id === run.id);
      if (this._outputs.has(run.id) && mayShowMore(old, run)) {
        void this._loadOutputs(run.id);
      }
    }
    this._emit();
  }

  /** Go on without the runs that are gone; false if that is not what failed. */
  private async _dropGone(error: unknown): Promise<boolean> {
    if ((error as { code?: unknown }).code !== 'not_found') {
      return false;
    }
    const asked = await Promise.allSettled(
      this._ids.map(id => this._api.client.run(id))
    );
    const left = this._ids.filter((_, index) => {
      const answer = asked[index];
      return (
        answer?.status === 'fulfilled' ||
        (answer?.reason as { code?: unknown } | undefined)?.code !== 'not_found'
      );
    });
    if (
      this._isDisposed ||
      left.length < RUNS_MIN ||
      left.length === this._ids.length
    ) {
      return false;
    }
    this._goneCount += this._ids.length - left.length;
    this._setIds(left);
    return true;
  }

  private async _loadOutputs(id: string): Promise<void> {
    const known = this._outputs.get(id)?.value ?? null;
    this._outputs.set(id, { value: known, failure: null });
    let state: IOutputsState;
    try {
      state = { value: await this._api.client.outputs(id), failure: null };
    } catch (error) {
      state = { value: known, failure: messageOf(error) };
    }
    this._outputs.set(id, state);
    this._emit();
  }

  private _setIds(ids: readonly string[]): void {
    this._ids = ids;
    this._emit();
    this._idsChanged.emit();
    void this.refresh();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    const changed = new Set(change.runIds);
    const concerns = change.isComplete
      ? this._ids.some(id => changed.has(id))
      : (this._comparison?.runs ?? []).some(isOpen);
    if (concerns) {
      this._markStale();
    }
  }

  private _onMissed(): void {
    this._markStale();
  }

  private _markStale(): void {
    this._isStale = true;
    if (this.isActive) {
      this._timer ??= setTimeout(() => {
        this._timer = undefined;
        if (this.isActive) {
          void this.refresh();
        }
      }, REFRESH_INTERVAL);
    }
  }

  private _isCurrent(turn: number): boolean {
    return !this._isDisposed && turn === this._turn;
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  private readonly _api: Pick<IDsinfraApi, 'client' | 'events'>;
  private _comparison: IComparison | null = null;
  private _failure: string | null = null;
  private _goneCount = 0;
  private _ids: readonly string[];
  private readonly _idsChanged = new Signal<this, void>(this);
  private _isDisposed = false;
  private _isStale = false;
  private readonly _outputs = new Map<string, IOutputsState>();
  private readonly _stateChanged = new Signal<this, void>(this);
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of the newest fetch: replies to older ones come too late. */
  private _turn = 0;
  private _watch: IDisposable | null = null;
}

export namespace ComparisonModel {
  export interface IOptions {
    api: Pick<IDsinfraApi, 'client' | 'events'>;
    ids: readonly string[];
  }
}

/** Whether the outputs of a run may differ from those fetched when it was `before`. */
function mayShowMore(before: IRun | undefined, run: IRun): boolean {
  return (
    before === undefined ||
    isOpen(before) ||
    before.status !== run.status ||
    before.ended_at !== run.ended_at
  );
}
