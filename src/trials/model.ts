import type { IDisposable } from '@lumino/disposable';

import type { ITrial } from '../api/types';
import type { IDsinfraApi, IRunsChanged } from '../tokens';
import { SeenModel } from '../ui/seenModel';
import type { IColumn, Value, Versions } from './columns';
import { columnsOf, valueOf, versionsOf } from './columns';
import type { IFilterFailure } from './filter';
import type { ILayout, Layouts } from './layouts';
import { DEFAULT_LAYOUT } from './layouts';
import { RowFilter } from './rowFilter';
import { Selection } from './selection';
import type { IColumnStats, IRange } from './table';
import { differs, guessLessIsBetter, sortTrials, statsOf } from './table';
import type { TrialPhase } from './trialList';
import { TrialList, concerns } from './trialList';

/** Least time between two fetches that events cause, in milliseconds: four a second. */
const REFRESH_INTERVAL = 250;

/** What the trials are shown as: made anew when something of it has changed. */
interface IShown {
  readonly columns: readonly IColumn[];
  readonly rows: readonly ITrial[];
}

/**
 * The runs of one cell as a table: filtered, sorted, selected.
 *
 * Asks the server for nothing while it is not active.
 */
export class TrialsModel extends SeenModel {
  constructor(options: TrialsModel.IOptions) {
    super();
    this.cellId = options.cellId;
    this.notebookPath = options.notebookPath;
    this._api = options.api;
    this._layouts = options.layouts;
    const { client } = options.api;
    this._list = new TrialList({
      fetch: (cursor, limit, signal) =>
        client.trials(
          this.cellId,
          { notebook_path: this.notebookPath, limit, cursor },
          signal
        ),
      onChange: () => this._onTrials()
    });
    this.selection = new Selection(() => this.emit());
    const { events } = options.api;
    events.runsChanged.connect(this._onRunsChanged, this);
    events.missed.connect(this._onMissed, this);
    events.connectionChanged.connect(this._onConnectionChanged, this);
  }

  readonly cellId: string;
  readonly notebookPath: string;
  readonly selection: Selection;

  override dispose(): void {
    clearTimeout(this._timer);
    this._list.dispose();
    super.dispose();
  }

  /** All trials that were read, newest first. */
  get trials(): readonly ITrial[] {
    return this._list.items;
  }

  get phase(): TrialPhase {
    return this._layout === null ? 'loading' : this._list.phase;
  }

  /** What the last request failed with, else null. */
  get failure(): unknown {
    return this._list.failure;
  }

  /** Whether more trials are about to come by themselves. */
  get isFilling(): boolean {
    return this._list.isFilling && this._list.failure === null;
  }

  /** Whether there are older trials than those that were read. */
  get hasMore(): boolean {
    return this._list.hasMore;
  }

  readMore(): void {
    void this._list.readMore();
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  get versions(): Versions {
    // Numbers count from the first version, which is not known before all are read.
    this._versions ??= this.hasMore ? new Map() : versionsOf(this.trials);
    return this._versions;
  }

  /** All columns that the trials have. */
  get columns(): readonly IColumn[] {
    this._columns ??= columnsOf(this.trials);
    return this._columns;
  }

  /** The columns to show. */
  get shownColumns(): readonly IColumn[] {
    return this._derived.columns;
  }

  /** The trials to show, in their order. */
  get rows(): readonly ITrial[] {
    return this._derived.rows;
  }

  get layout(): ILayout {
    return this._layout ?? DEFAULT_LAYOUT;
  }

  /** Look at the trials in another way, and remember that. */
  changeLayout(change: Partial<ILayout>): void {
    this._layout = { ...this.layout, ...change };
    this._filtered();
    void this._layouts
      .save(`${this.notebookPath}\n${this.cellId}`, this._layout)
      .catch(() => {
        // Nothing is lost but the look: no reason to disturb.
      });
  }

  /** Show or hide a column. */
  toggleColumn(key: string, isShown: boolean): void {
    const { hidden } = this.layout;
    this.changeLayout({
      hidden: isShown
        ? hidden.filter(other => other !== key)
        : [...hidden.filter(other => other !== key), key]
    });
  }

  /** Sort by a column: ascending, then descending, then not. */
  cycleSort(key: string): void {
    const { sort } = this.layout;
    this.changeLayout({
      sort:
        sort?.key !== key
          ? { key, isDescending: false }
          : sort.isDescending
            ? null
            : { key, isDescending: true }
    });
  }

  /** What the user has written to choose rows. */
  get filter(): string {
    return this._filter.text;
  }

  set filter(filter: string) {
    if (filter !== this.filter) {
      this._filter.text = filter;
      this._filtered();
    }
  }

  /** Why the filter is not applied; the one before it still is. */
  get filterFailure(): IFilterFailure | null {
    return this._filter.failureIn(this);
  }

  /** What was chosen on the axes, by the key of a column. */
  get ranges(): ReadonlyMap<string, IRange> {
    return this._filter.ranges;
  }

  /** Show only what lies in a range of a column; null shows all. */
  setRange(key: string, range: IRange | null): void {
    this._filter.setRange(key, range);
    this._filtered();
  }

  /** Show all rows. */
  clearFilters(): void {
    this._filter.clear();
    this._filtered();
  }

  /** Whether not all trials are to be shown. */
  get isFiltered(): boolean {
    return this._filter.isSet;
  }

  /** What a trial has in a column. */
  valueAt(column: IColumn, trial: ITrial): Value {
    return valueOf(column, trial, this.versions);
  }

  /** Whether a column begins with a number, so that it is set to the right. */
  isNumeric(column: IColumn): boolean {
    if (column.kind === 'run' || column.kind === 'code') {
      return false;
    }
    for (const trial of this.trials) {
      const value = this.valueAt(column, trial);
      if (value !== null) {
        return typeof value === 'number';
      }
    }
    return false;
  }

  /** Whether less of a metric is better. */
  isLessBetter(column: IColumn): boolean {
    return (
      this.layout.lessIsBetter[column.name] ?? guessLessIsBetter(column.name)
    );
  }

  /** Ranks of a metric among the rows that are shown. */
  statsOf(column: IColumn): IColumnStats {
    const known = this._stats.get(column.key);
    if (known !== undefined) {
      return known;
    }
    const stats = statsOf(
      column,
      this.rows,
      this.versions,
      this.isLessBetter(column)
    );
    this._stats.set(column.key, stats);
    return stats;
  }

  /** Ask the server for everything again. */
  refresh(): Promise<void> {
    return this._list.refresh();
  }

  /** Star a run or take its star. Throws what the API throws. */
  async star(runId: string, isStarred: boolean): Promise<void> {
    const run = await this._api.client.patchRun(runId, {
      is_starred: isStarred
    });
    this._list.replace(runId, { is_starred: run.is_starred });
  }

  private async _begin(): Promise<void> {
    this._layout ??= await this._layouts
      .load(`${this.notebookPath}\n${this.cellId}`)
      .catch(() => DEFAULT_LAYOUT);
    this.emit();
    await this._list.refresh();
    await this._learnExperiments();
  }

  /** Find out whose events concern this cell. */
  private async _learnExperiments(): Promise<void> {
    const newest = this.trials[0];
    if (newest === undefined || this._experimentIds.size > 0) {
      return;
    }
    try {
      const run = await this._api.client.run(newest.run_id);
      this._experimentIds.add(run.experiment_id);
    } catch {
      // Then every event is taken for one that concerns us.
    }
  }

  private get _derived(): IShown {
    if (this._shown !== null) {
      return this._shown;
    }
    const { hidden, onlyDiffering, sort } = this.layout;
    const { columns, versions } = this;
    const rows = this._filter.apply(this.trials, this);
    const canDiffer = onlyDiffering && rows.length > 1;
    this._shown = {
      columns: columns.filter(
        column =>
          column.kind === 'run' ||
          (!hidden.includes(column.key) &&
            (!canDiffer || differs(column, rows, versions)))
      ),
      rows: sortTrials(rows, sort, columns, versions)
    };
    return this._shown;
  }

  private _onTrials(): void {
    this._columns = null;
    this._versions = null;
    this._filter.forget();
    this._filtered();
  }

  /** Show other rows: what was worked out from those before is forgotten. */
  private _filtered(): void {
    this._shown = null;
    this._stats.clear();
    this.emit();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    if (this.isActive && concerns(change, this._experimentIds, this.trials)) {
      this._waiting = join(this._waiting, change);
      this._timer ??= setTimeout(() => void this._drain(), REFRESH_INTERVAL);
    }
  }

  /** Fetch what events were about; those that come meanwhile are joined. */
  private async _drain(): Promise<void> {
    const change = this._waiting;
    this._waiting = null;
    if (this.isActive && change !== null) {
      await this._list.refresh(change);
      await this._learnExperiments();
    }
    this._timer = undefined;
    if (this._waiting !== null && !this.isDisposed) {
      this._timer = setTimeout(() => void this._drain(), REFRESH_INTERVAL);
    }
  }

  private _onMissed(): void {
    if (this.isActive) {
      void this._list.refresh();
    }
  }

  private _onConnectionChanged(_: unknown, isConnected: boolean): void {
    if (isConnected && this._list.failure !== null) {
      this._onMissed();
    }
  }

  protected override watch(): IDisposable {
    return this._api.events.watch('run');
  }

  protected override onSeen(): void {
    void this._begin();
  }

  private readonly _api: Pick<IDsinfraApi, 'client' | 'events'>;
  private _columns: readonly IColumn[] | null = null;
  private readonly _experimentIds = new Set<string>();
  private readonly _filter = new RowFilter();
  private _layout: ILayout | null = null;
  private readonly _layouts: Layouts;
  private readonly _list: TrialList;
  private _shown: IShown | null = null;
  private readonly _stats = new Map<string, IColumnStats>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _versions: Versions | null = null;
  private _waiting: IRunsChanged | null = null;
}

export namespace TrialsModel {
  export interface IOptions {
    api: Pick<IDsinfraApi, 'client' | 'events'>;
    cellId: string;
    layouts: Layouts;

    /** Contents path of the notebook; empty takes the cell wherever it was run. */
    notebookPath: string;
  }
}

function join(left: IRunsChanged | null, right: IRunsChanged): IRunsChanged {
  return left === null
    ? right
    : {
        runIds: [...left.runIds, ...right.runIds],
        experimentIds: [...left.experimentIds, ...right.experimentIds],
        isComplete: left.isComplete && right.isComplete
      };
}
