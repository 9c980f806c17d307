import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/client';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { SampleFeed } from '../feed';
import { MemoryResources, makeKernel, makeSnapshot } from './memoryResources';

/** Longer than the pause between two questions below. */
const pass = (): Promise<void> => new Promise(go => setTimeout(go, 60));

describe('SampleFeed', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let feed: SampleFeed;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryResources();
    feed = new SampleFeed({ api, client, pollInterval: 20 });
  });

  afterEach(() => {
    feed.dispose();
    Signal.clearData(api.events);
  });

  function connect(isConnected: boolean): void {
    Object.assign(api.events, { isConnected });
    api.events.connectionChanged.emit(isConnected);
  }

  function tell(seq: number): void {
    api.events.received.emit({
      type: 'samples',
      seq,
      snapshot: makeSnapshot({ seq })
    });
  }

  const asked = (): number =>
    client.requests.filter(request => request === 'latest').length;

  it('asks for nothing until somebody follows, nor afterwards', async () => {
    tell(1);
    await pass();
    expect(client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
    expect(feed.snapshot).toBeNull();

    const first = feed.follow();
    const second = feed.follow();
    await settle();
    expect(api.events.watched).toEqual(['samples']);
    first.dispose();
    expect(api.events.watched).toEqual(['samples']);
    second.dispose();
    expect(api.events.watched).toEqual([]);

    const count = client.requests.length;
    connect(false);
    tell(9);
    await pass();
    expect(client.requests).toHaveLength(count);
    expect(feed.snapshot?.seq).toBe(1);
  });

  it('asks once, and then takes what the server sends', async () => {
    feed.follow();
    await pass();
    expect(asked()).toBe(1);
    tell(5);
    expect(feed.snapshot?.seq).toBe(5);
    await pass();
    expect(asked()).toBe(1);
  });

  it('asks every few seconds while the event stream is away', async () => {
    feed.follow();
    await settle();
    connect(false);
    await pass();
    await pass();
    expect(asked()).toBeGreaterThan(2);

    connect(true);
    await pass();
    const count = asked();
    await pass();
    expect(asked()).toBe(count);
  });

  it('says what fails and goes on asking', async () => {
    client.failure = new ApiError('Away.', 'unreachable', 0);
    feed.follow();
    await settle();
    expect(feed.failure).toBe(client.failure);

    client.failure = null;
    await pass();
    await pass();
    expect(feed.failure).toBeNull();
    expect(feed.snapshot?.seq).toBe(1);
  });

  it('fetches the last minutes of what was read, and of nothing else', async () => {
    client.snapshot = makeSnapshot({
      kernels: [
        makeKernel(),
        makeKernel({ kernel_id: 'far', rss_bytes: null, absent: 'Far away.' })
      ]
    });
    const now = Date.parse(client.snapshot.at) / 1000;
    client.window = {
      seq: 1,
      step_s: 1,
      at_s: [now - 20, now - 10],
      series: { 'kernel.k1.rss_bytes': [40e6, null] },
      kernel_names: {}
    };
    feed.follow();
    await settle();
    const [request] = client.requests.filter(text =>
      text.startsWith('samples')
    );
    expect(request).toContain('kernel.k1.rss_bytes');
    expect(request).not.toContain('far');
    const trail = feed.trail('kernel.k1.rss_bytes');
    expect(trail).toHaveLength(60);
    expect(trail[59]).toBe(100e6);
    expect(trail.filter(value => value === 40e6)).toHaveLength(1);
  });

  it('asks for no more names than the server takes', async () => {
    const kernels = Array.from({ length: 100 }, (_, index) =>
      makeKernel({ kernel_id: `00000000-0000-0000-0000-${index}` })
    );
    client.snapshot = makeSnapshot({ kernels });
    feed.follow();
    await settle();
    const [request = ''] = client.requests.filter(text =>
      text.startsWith('samples')
    );
    expect(request.length).toBeLessThanOrEqual('samples '.length + 2000);
  });

  it('tells how old readings are once looks are missing', async () => {
    feed.follow();
    await settle();
    const at = Date.parse(feed.snapshot?.at ?? '');
    expect(feed.age(at + 2000)).toBeNull();
    expect(feed.age(at + 60_000)).toBe(60);
  });

  it('lets go of kernels that are gone', async () => {
    feed.follow();
    await settle();
    client.snapshot = makeSnapshot({ kernels: [] });
    feed.refresh();
    await settle();
    expect(feed.trail('kernel.k1.rss_bytes').every(item => item === null)).toBe(
      true
    );
  });
});
