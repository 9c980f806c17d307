import type { IDsinfraApi } from '../tokens';
import type { IChartRun } from './model';

/** Whether a metric is a line or a single value; unknown until the server was asked. */
export type MetricShape = 'unknown' | 'value' | 'line';

/**
 * How many points the metrics of runs have, asked without the points themselves.
 */
export class PointCounts {
  constructor(client: Pick<IDsinfraApi['client'], 'metrics'>) {
    this._client = client;
  }

  /** Why the last question got no answer. */
  failure: string | null = null;

  /** What the metric of some runs is. */
  shapeOf(key: string, runs: readonly IChartRun[]): MetricShape {
    const having = runs.filter(run => key in run.metrics);
    const counts = having.map(run => this._counts.get(run.id)?.get(key));
    if (counts.some(count => count !== undefined && count > 1)) {
      return 'line';
    }
    return having.every(run => this._counts.has(run.id)) ? 'value' : 'unknown';
  }

  /** Whether asking again could tell anything new about a run. */
  isOpen(run: IChartRun): boolean {
    const known = this._counts.get(run.id);
    return (
      known === undefined ||
      Object.keys(run.metrics).some(key => (known.get(key) ?? 0) < 2)
    );
  }

  /** Ask about a run. Never rejects: a failure is kept in `failure`. */
  async fetch(runId: string): Promise<void> {
    try {
      const { items } = await this._client.metrics(runId, { max_points: 1 });
      this._counts.set(
        runId,
        new Map(items.map(item => [item.key, item.point_count]))
      );
      this.failure = null;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  private readonly _client: Pick<IDsinfraApi['client'], 'metrics'>;
  private readonly _counts = new Map<string, ReadonlyMap<string, number>>();
}
