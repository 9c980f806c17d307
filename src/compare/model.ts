import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isNotFound, messageOf } from '../api/failures';
import type { IComparison, IRun, IRunOutputs } from '../api/types';
import { isOpen } from '../experiments/runs';
import type { IDsinfraApi, IRunsChanged } from '../tokens';
import { Pace } from '../ui/pace';
import { SeenModel } from '../ui/seenModel';

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
export class ComparisonModel extends SeenModel {
  constructor(options: ComparisonModel.IOptions) {
    super();
    this._api = options.api;
    this._ids = [...new Set(options.ids)].slice(0, RUNS_MAX);
    const { events } = options.api;
    events.runsChanged.connect(this._onRunsChanged, this);
    events.missed.connect(this._onMissed, this);
  }

  /** Emitted when other runs are compared than before, or in another order. */
  get idsChanged(): ISignal<this, void> {
    return this._idsChanged;
  }

  override dispose(): void {
    this._pace.dispose();
    super.dispose();
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
    this._pace.begin();
    try {
      const comparison = await this._api.client.compare(this._ids);
      if (this._isCurrent(turn)) {
        this._accept(comparison);
      }
    } catch (error) {
      if (this._isCurrent(turn) && !(await this._dropGone(error))) {
        this._failure = messageOf(error);
        this.emit();
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
    this.emit();
  }

  /** Go on without the runs that are gone; false if that is not what failed. */
  private async _dropGone(error: unknown): Promise<boolean> {
    if (!isNotFound(error)) {
      return false;
    }
    const asked = await Promise.allSettled(
      this._ids.map(id => this._api.client.run(id))
    );
    const left = this._ids.filter((_, index) => {
      const answer = asked[index];
      return answer?.status === 'fulfilled' || !isNotFound(answer?.reason);
    });
    if (
      this.isDisposed ||
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
    this.emit();
  }

  private _setIds(ids: readonly string[]): void {
    this._ids = ids;
    this.emit();
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

  protected override watch(): IDisposable {
    return this._api.events.watch('run');
  }

  protected override onSeen(): void {
    if (this._comparison === null || this._isStale) {
      void this.refresh();
    }
  }

  private _markStale(): void {
    this._isStale = true;
    if (this.isActive) {
      this._pace.ask();
    }
  }

  private _isCurrent(turn: number): boolean {
    return !this.isDisposed && turn === this._turn;
  }

  private readonly _api: Pick<IDsinfraApi, 'client' | 'events'>;
  private _comparison: IComparison | null = null;
  private _failure: string | null = null;
  private _goneCount = 0;
  private _ids: readonly string[];
  private readonly _idsChanged = new Signal<this, void>(this);
  private _isStale = false;
  private readonly _outputs = new Map<string, IOutputsState>();
  private readonly _pace = new Pace(() => {
    if (this.isActive) {
      void this.refresh();
    }
  }, REFRESH_INTERVAL);
  /** Number of the newest fetch: replies to older ones come too late. */
  private _turn = 0;
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
