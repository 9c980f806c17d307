import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { SampleFeed } from '../feed';
import { MemoryResources, makeKernel, makeSnapshot } from './memoryResources';

/** Longer than the pause between two questions below. */
const pass = (): Promise<void> => new Promise(go => setTimeout(go, 60));

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !isSo(); turn++) {
    await new Promise(go => setTimeout(go, 5));
  }
  expect(isSo()).toBe(true);
}

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

  it('asks for all names, for no more at once than the server takes', async () => {
    const kernels = Array.from({ length: 100 }, (_, index) =>
      makeKernel({ kernel_id: `00000000-0000-0000-0000-${index}` })
    );
    client.snapshot = makeSnapshot({ kernels });
    feed.follow();
    await settle();
    const requests = client.requests
      .filter(text => text.startsWith('samples '))
      .map(text => text.slice('samples '.length));
    expect(requests.length).toBeGreaterThan(1);
    for (const request of requests) {
      expect(request.length).toBeLessThanOrEqual(2000);
    }
    const names = requests.flatMap(request => request.split(','));
    expect(names).toHaveLength(103);
    for (const kernel of kernels) {
      expect(names).toContain(`kernel.${kernel.kernel_id}.rss_bytes`);
    }
  });

  it('draws no gaps where an idle machine is read each ten seconds', async () => {
    const now = Date.parse(client.snapshot?.at ?? '') / 1000;
    client.window = {
      seq: 1,
      step_s: 1,
      at_s: [100, 50, 30, 20, 10].map(age => now - age),
      series: { 'kernel.k1.rss_bytes': [9e6, 5e6, 3e6, 2e6, 1e6] },
      kernel_names: {}
    };
    feed.follow();
    await settle();
    const trail = feed.trail('kernel.k1.rss_bytes').slice(-21);
    const [first, ...rest] = trail.filter(
      (value, index) => value !== trail[index - 1]
    );
    expect(first).toBe(9e6);
    expect(rest).toEqual([null, 5e6, null, 3e6, 2e6, 1e6, 100e6]);
  });

  it('says and asks by itself when readings grow old on a line that is open', async () => {
    client.snapshot = makeSnapshot({ interval_s: 0.001 });
    feed.follow();
    await settle();
    let isOld = false;
    feed.changed.connect(() => {
      isOld ||= feed.age(Date.now()) !== null;
    });
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await until(() => feed.failure !== null);
    expect(isOld).toBe(true);
    expect(api.events.renewals).toBe(0);

    // It answers, and has not looked since: the line is as good as another one.
    client.failure = null;
    await until(() => feed.failure === null);
    await pass();
    expect(api.events.renewals).toBe(0);

    client.snapshot = makeSnapshot({ interval_s: 0.001, seq: 2 });
    await until(() => feed.snapshot?.seq === 2);
    await settle();
    expect(api.events.renewals).toBe(1);
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
