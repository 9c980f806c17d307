import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IDsinfraApi, IRunsChanged } from '../tokens';
import type { MetricShape } from './counts';
import { PointCounts } from './counts';
import type { Point } from './series';
import { BASE_POINTS, pointsFor } from './series';

/** Least time between two fetches that events cause: four a second. */
const REFRESH_INTERVAL_MS = 250;

/** A run whose metrics are drawn. */
export interface IChartRun {
  readonly id: string;
  /** What the legend calls it. */
  readonly label: string;
  readonly startedAt: string | null;
  /** The last value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** One metric of all runs. */
export interface IChartData {
  /** For each run, in their order. */
  readonly lines: readonly {
    readonly points: readonly Point[];
    /** How many were logged; more than `points` where they were thinned. */
    readonly pointCount: number;
  }[];
  readonly isLoading: boolean;
  readonly failure: string | null;
}

/** Something of which only one goes on at a time, and that may be wanted again. */
interface IChart {
  /** How many look at it. */
  watchers: number;
  points: number;
  data: IChartData;
  /** Runs whose points may have changed. */
  stale: Set<string>;
  isBusy: boolean;
  /** What is there of each run, by its id. */
  series: Map<string, { points: readonly Point[]; pointCount: number }>;
}

const NOTHING: IChartData = { lines: [], isLoading: true, failure: null };

/**
 * The metrics of some runs. Only the charts that are on screen are fetched, and
 * again when one of their runs says that it has changed.
 */
export class MetricsModel implements IDisposable {
  constructor(options: MetricsModel.IOptions) {
    this._client = options.api.client;
    this._events = options.api.events;
    this._runs = options.runs;
    this._counts = new PointCounts(options.api.client);
    this._uncounted = new Set(options.runs.map(run => run.id));
    this._events.runsChanged.connect(this._onRunsChanged, this);
    this._events.missed.connect(this._onMissed, this);
  }

  /** Emitted after anything below has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get runs(): readonly IChartRun[] {
    return this._runs;
  }
  set runs(runs: readonly IChartRun[]) {
    const before = this._runs;
    this._runs = runs;
    const isSame =
      runs.length === before.length &&
      runs.every((run, index) => run.id === before[index].id);
    if (!isSame) {
      for (const chart of this._charts.values()) {
        for (const run of runs) {
          if (!chart.series.has(run.id)) {
            chart.stale.add(run.id);
          }
        }
        this._assemble(chart, {});
      }
    }
    for (const run of runs) {
      if (this._counts.isOpen(run)) {
        this._uncounted.add(run.id);
      }
    }
    this._schedule();
    this._changed();
  }

  /** The names of all metrics that any of the runs has. */
  get keys(): readonly string[] {
    const keys = new Set(this._runs.flatMap(run => Object.keys(run.metrics)));
    return [...keys].sort((a, b) =>
      a.localeCompare(b, 'en', { numeric: true })
    );
  }

  /** Whether the view is on screen. Nothing is fetched while it is not. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(isActive: boolean) {
    if (isActive !== this._isActive) {
      this._isActive = isActive;
      this._watch?.dispose();
      this._watch = isActive ? this._events.watch('run') : null;
      if (isActive) {
        // What happened while nobody looked was told to nobody.
        this._onMissed();
      }
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Why it is not known which metrics are lines; null if nothing is wrong. */
  get failure(): string | null {
    return this._counts.failure;
  }

  /** Whether a metric is a line or a single value. */
  shapeOf(key: string): MetricShape {
    return this._counts.shapeOf(key, this._runs);
  }

  /** What is known of a metric. */
  data(key: string): IChartData {
    return this._charts.get(key)?.data ?? NOTHING;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._timer);
      this._watch?.dispose();
      Signal.clearData(this);
    }
  }

  /** Keep a metric up to date until the returned object is disposed. */
  watch(key: string): IDisposable {
    const chart = this._chart(key);
    chart.watchers += 1;
    this._schedule();
    return new DisposableDelegate(() => {
      chart.watchers -= 1;
    });
  }

  /** Fetch everything that is shown again, after something failed. */
  retry(): void {
    this._onMissed();
  }

  /**
   * Have as many points of a metric as a part of its axis needs.
   *
   * @param share - The part that is looked at, above 0 and at most 1.
   */
  refine(key: string, share: number): void {
    const chart = this._chart(key);
    const points = pointsFor(share);
    if (points <= chart.points) {
      return;
    }
    chart.points = points;
    for (const [id, { points: known, pointCount }] of chart.series) {
      if (known.length < pointCount) {
        chart.stale.add(id);
      }
    }
    this._schedule();
  }

  private _chart(key: string): IChart {
    let chart = this._charts.get(key);
    if (chart === undefined) {
      chart = {
        watchers: 0,
        points: BASE_POINTS,
        data: NOTHING,
        stale: new Set(this._runs.map(run => run.id)),
        isBusy: false,
        series: new Map()
      };
      this._charts.set(key, chart);
    }
    return chart;
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    if (!change.isComplete) {
      this._onMissed();
      return;
    }
    const own = this._runs.filter(run => change.runIds.includes(run.id));
    this._markStale(own);
  }

  private _onMissed(): void {
    this._markStale(this._runs);
  }

  private _markStale(runs: readonly IChartRun[]): void {
    if (runs.length === 0) {
      return;
    }
    for (const chart of this._charts.values()) {
      runs.forEach(run => chart.stale.add(run.id));
    }
    for (const run of runs) {
      if (this._counts.isOpen(run)) {
        this._uncounted.add(run.id);
      }
    }
    this._schedule();
  }

  private _schedule(): void {
    if (this._isDisposed || !this._isActive || this._timer !== undefined) {
      return;
    }
    const wait = this._fetchedAt + REFRESH_INTERVAL_MS - Date.now();
    this._timer = setTimeout(
      () => {
        this._timer = undefined;
        this._fetchStale();
      },
      Math.max(0, wait)
    );
  }

  private _fetchStale(): void {
    if (!this._isActive) {
      return;
    }
    this._fetchedAt = Date.now();
    if (this._uncounted.size > 0 && !this._isCounting) {
      void this._count();
    }
    for (const [key, chart] of this._charts) {
      if (chart.watchers > 0 && chart.stale.size > 0 && !chart.isBusy) {
        void this._fetch(key, chart);
      }
    }
  }

  private async _count(): Promise<void> {
    const ids = [...this._uncounted];
    this._uncounted.clear();
    this._isCounting = true;
    await Promise.all(ids.map(id => this._counts.fetch(id)));
    this._isCounting = false;
    this._changed();
    if (this._uncounted.size > 0) {
      this._schedule();
    }
  }

  private async _fetch(key: string, chart: IChart): Promise<void> {
    const runs = this._runs.filter(run => chart.stale.has(run.id));
    chart.stale.clear();
    chart.isBusy = true;
    let failure: string | null = null;
    await Promise.all(
      runs.map(async run => {
        try {
          const { items } = await this._client.metrics(run.id, {
            key,
            max_points: chart.points
          });
          chart.series.set(run.id, {
            points: items[0]?.points ?? [],
            pointCount: items[0]?.point_count ?? 0
          });
        } catch (error) {
          failure = error instanceof Error ? error.message : String(error);
        }
      })
    );
    chart.isBusy = false;
    this._assemble(chart, { failure });
    this._changed();
    if (chart.stale.size > 0) {
      this._schedule();
    }
  }

  private _assemble(chart: IChart, change: { failure?: string | null }): void {
    const { failure = chart.data.failure } = change;
    chart.data = {
      lines: this._runs.map(
        run => chart.series.get(run.id) ?? { points: [], pointCount: 0 }
      ),
      isLoading:
        failure === null && this._runs.some(run => !chart.series.has(run.id)),
      failure
    };
  }

  private _changed(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  private readonly _charts = new Map<string, IChart>();
  private readonly _client: MetricsModel.IOptions['api']['client'];
  private readonly _counts: PointCounts;
  private readonly _events: IDsinfraApi['events'];
  private _fetchedAt = 0;
  private _isActive = false;
  private _isCounting = false;
  private _isDisposed = false;
  private _runs: readonly IChartRun[];
  private readonly _stateChanged = new Signal<this, void>(this);
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _uncounted: Set<string>;
  private _watch: IDisposable | null = null;
}

/** What belongs to `MetricsModel`. */
export namespace MetricsModel {
  export interface IOptions {
    api: {
      client: Pick<IDsinfraApi['client'], 'metrics'>;
      events: IDsinfraApi['events'];
    };
    runs: readonly IChartRun[];
  }
}
