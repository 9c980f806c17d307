import type { IMetricSeries, IRunMetrics } from '../../api/types';
import { ScriptedEvents } from '../../experiments/__tests__/memoryApi';
import type { IMetricQuery } from '../../tokens';
import type { IChartRun } from '../model';
import { MetricsModel } from '../model';

/** A server with metrics of some runs, which counts what is asked of it. */
class MetricsServer {
  readonly asked: string[] = [];
  failure: Error | null = null;

  constructor(readonly series: Record<string, IMetricSeries[]>) {}

  readonly client = {
    metrics: async (id: string, query: IMetricQuery = {}) => {
      this.asked.push(
        query.key === undefined
          ? `counts of ${id}`
          : `${query.max_points} of ${query.key} of ${id}`
      );
      if (this.failure) {
        throw this.failure;
      }
      const items = this.series[id].filter(
        ({ key }) => query.key === undefined || key === query.key
      );
      return { items } as IRunMetrics;
    }
  };
}

function seriesOf(key: string, count: number): IMetricSeries {
  return {
    key,
    point_count: count,
    points: Array.from({ length: Math.min(count, 3) }, (_, step) => [
      step,
      '2026-11-22T10:00:00.000Z',
      step
    ])
  };
}

function runOf(id: string, ...keys: string[]): IChartRun {
  return {
    id,
    label: id,
    startedAt: null,
    metrics: Object.fromEntries(keys.map(key => [key, 1]))
  };
}

/** Let timers and answers of some time come. */
async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

describe('MetricsModel', () => {
  let events: ScriptedEvents;
  let server: MetricsServer;
  let model: MetricsModel;

  beforeEach(() => {
    jest.useFakeTimers();
    events = new ScriptedEvents();
    server = new MetricsServer({
      r1: [seriesOf('loss', 500), seriesOf('acc', 1)],
      r2: [seriesOf('loss', 5000)]
    });
    model = new MetricsModel({
      api: { client: server.client, events },
      runs: [runOf('r1', 'loss', 'acc'), runOf('r2', 'loss')]
    });
  });

  afterEach(() => {
    model.dispose();
    jest.useRealTimers();
  });

  it('asks for nothing while nobody looks', async () => {
    model.watch('loss');
    events.tell(['r1'], ['e1']);
    await pass(1000);

    expect(server.asked).toEqual([]);
    expect(events.watched).toEqual([]);
  });

  it('tells lines from single values', async () => {
    expect(model.shapeOf('loss')).toBe('unknown');
    model.isActive = true;
    await pass(300);

    expect(model.keys).toEqual(['acc', 'loss']);
    expect(model.shapeOf('loss')).toBe('line');
    expect(model.shapeOf('acc')).toBe('value');
  });

  it('fetches only the charts that are seen', async () => {
    model.isActive = true;
    model.watch('loss');
    await pass(300);

    expect(server.asked).not.toContain('1000 of acc of r1');
    expect(model.data('loss').isLoading).toBe(false);
    expect(model.data('loss').lines.map(line => line.pointCount)).toEqual([
      500, 5000
    ]);
  });

  it('fetches a run that changed again, and no other, four times a second at most', async () => {
    model.isActive = true;
    model.watch('loss');
    await pass(300);
    server.asked.length = 0;
    for (let i = 0; i < 50; i++) {
      events.tell(['r1'], ['e1']);
      await pass(20);
    }
    const loss = server.asked.filter(text => text.includes('loss'));

    expect(loss.length).toBeGreaterThanOrEqual(2);
    expect(loss.length).toBeLessThanOrEqual(5);
    expect(new Set(loss)).toEqual(new Set(['1000 of loss of r1']));
  });

  it('leaves a chart alone that is no longer seen', async () => {
    model.isActive = true;
    model.watch('loss').dispose();
    await pass(300);

    expect(server.asked.some(text => text.includes('loss'))).toBe(false);
  });

  it('asks for more points of what is zoomed into, only where there are more', async () => {
    model.isActive = true;
    model.watch('loss');
    await pass(300);
    server.asked.length = 0;
    server.series['r1'] = [{ ...seriesOf('loss', 3) }];
    events.tell(['r1'], ['e1']);
    await pass(300);
    server.asked.length = 0;
    model.refine('loss', 0.25);
    await pass(300);

    expect(server.asked).toEqual(['4000 of loss of r2']);
  });

  it('says what failed, and keeps what it had', async () => {
    model.isActive = true;
    model.watch('loss');
    await pass(300);
    server.failure = new Error('The store is away.');
    events.tell(['r1'], ['e1']);
    await pass(300);

    expect(model.data('loss').failure).toBe('The store is away.');
    expect(model.data('loss').lines[0].points).toHaveLength(3);

    server.failure = null;
    model.retry();
    await pass(600);
    expect(model.data('loss').failure).toBeNull();
  });

  it('shows runs in the order that was asked for', async () => {
    model.isActive = true;
    model.watch('loss');
    await pass(300);
    model.runs = [runOf('r2', 'loss'), runOf('r1', 'loss')];

    expect(model.data('loss').lines.map(line => line.pointCount)).toEqual([
      5000, 500
    ]);
  });
});
