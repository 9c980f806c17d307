import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { SampleFeed } from '../feed';
import { statusDetails, statusText } from '../statusItem';
import { StatusModel } from '../statusModel';
import {
  MemoryResources,
  makeHost,
  makeKernel,
  makeSnapshot
} from './memoryResources';

const trans = nullTranslator.load('dsinfra_jlab');

describe('StatusModel', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let feed: SampleFeed;
  let model: StatusModel;
  let current: { id: string | null; changed: Signal<object, void> };

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryResources();
    feed = new SampleFeed({ api, client });
    current = { id: null, changed: new Signal<object, void>({}) };
    model = new StatusModel({ feed, current });
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  async function turnTo(id: string | null): Promise<void> {
    current.id = id;
    current.changed.emit();
    await settle();
  }

  it('reads nothing until it is wanted and a kernel is in front', async () => {
    await turnTo('k1');
    expect(client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
    await turnTo(null);
    model.isWanted = true;
    await settle();
    expect(client.requests).toEqual([]);
    await turnTo('k1');
    expect(api.events.watched).toEqual(['samples']);
    expect(model.isShown).toBe(true);
    expect(model.kernel?.kernel_id).toBe('k1');
  });

  it('ceases when it is hidden or no kernel is in front', async () => {
    model.isWanted = true;
    await turnTo('k1');
    model.isWanted = false;
    expect(api.events.watched).toEqual([]);
    expect(model.isShown).toBe(false);
    model.isWanted = true;
    await settle();
    expect(api.events.watched).toEqual(['samples']);
    await turnTo(null);
    expect(api.events.watched).toEqual([]);
    expect(model.isShown).toBe(false);
  });

  it('shows nothing of kernels that cannot be read', async () => {
    client.snapshot = makeSnapshot({
      kernels: [makeKernel({ rss_bytes: null })]
    });
    model.isWanted = true;
    await turnTo('k1');
    expect(model.isShown).toBe(false);
    await turnTo('k2');
    expect(model.isShown).toBe(false);
  });
});

describe('statusText', () => {
  it('says of a GPU that is open alone what is held at most', () => {
    const kernel = makeKernel({ gpu_memory_at_most_bytes: 5e9 });
    expect(statusText(kernel, trans)).toMatch(/GPU ≤ 5.0 GB$/);
  });

  it('names memory and CPU, and the GPU where some is held', () => {
    const kernel = makeKernel({ rss_bytes: 1.2e9, cpu_ratio: 0.85 });
    expect(statusText(kernel, trans)).toBe('Mem 1.2 GB · CPU 85 %');
    expect(statusText({ ...kernel, gpu_memory_bytes: 0 }, trans)).toBe(
      'Mem 1.2 GB · CPU 85 %'
    );
    expect(statusText({ ...kernel, gpu_memory_bytes: 4.2e9 }, trans)).toBe(
      'Mem 1.2 GB · CPU 85 % · GPU 4.2 GB'
    );
  });

  it('says how much there may be, and who says so', () => {
    const text = statusDetails(makeKernel(), makeHost(), trans);
    expect(text).toContain('at most 8.0 GB');
    expect(text).toContain('/sys/fs/cgroup/user.slice');
    expect(text).toContain('2 may be used');
    expect(statusDetails(makeKernel(), null, trans)).toContain('train.ipynb');
  });
});
