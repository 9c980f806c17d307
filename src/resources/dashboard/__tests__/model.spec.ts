import { nullTranslator } from '@jupyterlab/translation';

import { ApiError } from '../../../api/failures';
import { MemoryApi, settle } from '../../../experiments/__tests__/memoryApi';
import {
  AT,
  MemoryResources,
  makeHost,
  makeKernel,
  makeSnapshot
} from '../../__tests__/memoryResources';
import { SampleFeed } from '../../feed';
import { kernelsOf } from '../lines';
import { DashboardModel } from '../model';

const NOW = Date.parse(AT) / 1000;

describe('DashboardModel', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let feed: SampleFeed;
  let model: DashboardModel;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryResources();
    client.snapshot = makeSnapshot({ at: AT, kernels: [] });
    client.window = {
      seq: 1,
      step_s: 1,
      at_s: [NOW - 2, NOW - 1],
      series: {
        'host.cpu_ratio': [0.1, 0.2],
        'kernel.k9.rss_bytes': [5e6, null]
      },
      kernel_names: { k9: 'gone.ipynb' }
    };
    feed = new SampleFeed({ api, client, pollInterval: 20 });
    model = new DashboardModel({ api, client, feed, runsInterval: 1 });
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  function look(second: number, cpu: number): void {
    api.events.received.emit({
      type: 'samples',
      seq: second,
      snapshot: makeSnapshot({
        at: new Date((NOW + second) * 1000).toISOString(),
        host: makeHost({ cpu_ratio: cpu }),
        kernels: [makeKernel({ rss_bytes: 7e6 })]
      })
    });
  }

  const cpu = (): readonly (number | null)[] | undefined =>
    model.history?.series.get('host.cpu_ratio');

  it('asks for nothing while nobody looks', async () => {
    look(1, 0.5);
    await settle();
    expect(client.requests).toEqual([]);
    expect(model.history).toBeNull();

    model.isActive = true;
    expect(api.events.watched).toContain('run');
    await settle();
    expect(client.requests).toContain('samples 600');
    expect(cpu()?.slice(0, 2)).toEqual([0.1, 0.2]);

    model.isActive = false;
    expect(api.events.watched).not.toContain('run');
    const before = cpu();
    look(5, 0.5);
    expect(cpu()).toBe(before);
  });

  it('adds each look to what the server sent', async () => {
    model.isActive = true;
    await settle();
    look(3, 0.7);

    expect(cpu()?.slice(-1)).toEqual([0.7]);
    expect(model.history?.at.slice(-1)).toEqual([NOW + 3]);
    expect(model.now).toBe(NOW + 3);
  });

  it('asks anew for another stretch, and forgets the one before at once', async () => {
    model.isActive = true;
    await settle();
    model.windowS = 604_800;

    expect(model.history).toBeNull();
    await settle();
    expect(client.requests).toContain('samples 604800');
    expect(model.history).not.toBeNull();
    const count = client.requests.length;
    model.windowS = 604_800;
    await settle();
    expect(client.requests).toHaveLength(count);
  });

  it('names kernels that are gone as the server stored them', async () => {
    model.isActive = true;
    await settle();
    const { history, snapshot } = model;
    if (history === null) {
      throw new Error('There is no history.');
    }
    const trans = nullTranslator.load('');

    expect(kernelsOf(history, snapshot, [], 8, trans).shown).toContainEqual({
      id: 'k9',
      label: 'gone.ipynb'
    });
  });

  it('keeps what it shows and says why it is old, until there is an answer', async () => {
    model.isActive = true;
    await settle();
    client.failure = new ApiError('The store is away.', 'unavailable', 503);
    model.windowS = 86_400;
    await settle();
    expect(model.failure).toBe('The store is away.');
    expect(model.history).toBeNull();

    client.failure = null;
    model.refresh();
    await settle();
    expect(model.failure).toBeNull();
    expect(model.history).not.toBeNull();
  });

  it('takes no answer to a question that was given up', async () => {
    model.isActive = true;
    model.isActive = false;
    await settle();
    expect(model.history).toBeNull();

    model.isActive = true;
    model.dispose();
    await settle();
    expect(model.history).toBeNull();
  });

  it('marks the runs of the window and what goes on', async () => {
    model.isActive = true;
    await settle();
    api.events.received.emit({
      type: 'samples',
      seq: 9,
      snapshot: makeSnapshot({
        at: new Date((NOW + 9) * 1000).toISOString(),
        kernels: [
          makeKernel({
            running: {
              run_id: 'r9',
              cell_id: 'c',
              execution_count: 4,
              started_at: new Date(NOW * 1000).toISOString()
            }
          })
        ]
      })
    });

    expect(model.runs).toContainEqual({
      id: 'r9',
      kernelId: 'k1',
      kernelName: 'train.ipynb',
      label: 'train.ipynb [4]',
      min: NOW,
      max: NOW + 9
    });
    expect(model.hasMoreRuns).toBe(false);
  });
});
