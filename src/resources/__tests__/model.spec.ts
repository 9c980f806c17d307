import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { AlertBook } from '../alerts';
import { SampleFeed } from '../feed';
import { ResourcesModel } from '../model';
import { sorted, turned } from '../sorting';
import { MemoryResources, makeKernel, makeSnapshot } from './memoryResources';

describe('ResourcesModel', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let feed: SampleFeed;
  let model: ResourcesModel;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryResources();
    feed = new SampleFeed({ api, client, pollInterval: 20 });
    model = new ResourcesModel({
      api,
      alerts: new AlertBook({ api, client, interval: 1 }),
      client,
      feed
    });
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  function tell(...kernels: ReturnType<typeof makeKernel>[]): void {
    api.events.received.emit({
      type: 'samples',
      seq: 2,
      snapshot: makeSnapshot({ kernels })
    });
  }

  const names = (): string[] => model.kernels.map(kernel => kernel.name);

  it('follows only while somebody looks', async () => {
    expect(api.events.watched).toEqual(['alert']);
    model.isActive = true;
    expect(api.events.watched).toContain('samples');
    await settle();
    expect(model.phase).toBe('ready');
    model.isActive = false;
    expect(api.events.watched).toEqual(['alert']);
  });

  it('is loading while the server has only just begun to look', async () => {
    client.snapshot = null;
    model.isActive = true;
    await settle();
    expect(model.phase).toBe('loading');
    await new Promise(go => setTimeout(go, 120));
    expect(model.phase).toBe('failed');
    expect(model.failure).toBe('Not looked at yet.');
    client.snapshot = makeSnapshot();
    model.refresh();
    await settle();
    expect(model.phase).toBe('ready');
  });

  it('has failed at once when nobody answers', async () => {
    client.failure = new ApiError('Away.', 'unreachable', 0);
    model.isActive = true;
    await settle();
    expect(model.phase).toBe('failed');
  });

  it('keeps lines in their places for a while, but not when kernels come and go', async () => {
    model.isActive = true;
    await settle();
    const [a, b, c] = ['a', 'b', 'c'].map(name =>
      makeKernel({ kernel_id: name, name })
    ) as [
      ReturnType<typeof makeKernel>,
      ReturnType<typeof makeKernel>,
      ReturnType<typeof makeKernel>
    ];
    tell({ ...a, rss_bytes: 3 }, { ...b, rss_bytes: 2 });
    expect(names()).toEqual(['a', 'b']);
    tell({ ...a, rss_bytes: 1 }, { ...b, rss_bytes: 2 });
    expect(names()).toEqual(['a', 'b']);
    expect(model.kernels[0]?.rss_bytes).toBe(1);
    tell({ ...a, rss_bytes: 1 }, { ...b, rss_bytes: 2 }, c);
    expect(names()).toEqual(['c', 'b', 'a']);
    model.sortBy('name');
    expect(names()).toEqual(['a', 'b', 'c']);
    model.sortBy('name');
    expect(names()).toEqual(['c', 'b', 'a']);
  });

  it('keeps lines in their places below a pointer, whatever comes', async () => {
    model.isActive = true;
    await settle();
    const of = (name: string, bytes: number): ReturnType<typeof makeKernel> =>
      makeKernel({ kernel_id: name, name, rss_bytes: bytes });
    tell(of('a', 3), of('b', 2));
    const clock = jest.spyOn(performance, 'now');
    clock.mockReturnValue(performance.now() + 60_000);
    model.isHeld = true;
    tell(of('a', 1), of('b', 2), of('d', 8), of('c', 9));
    expect(names()).toEqual(['a', 'b', 'c', 'd']);
    tell(of('b', 2), of('c', 9), of('d', 8));
    expect(names()).toEqual(['b', 'c', 'd']);
    model.sortBy('name');
    expect(names()).toEqual(['b', 'c', 'd']);
    model.sortBy('name');
    expect(names()).toEqual(['d', 'c', 'b']);
    model.sortBy('memory');
    expect(names()).toEqual(['c', 'd', 'b']);
    model.isHeld = false;
    clock.mockReturnValue(performance.now() + 120_000);
    tell(of('b', 20), of('c', 9), of('d', 8));
    expect(names()).toEqual(['b', 'c', 'd']);
    clock.mockRestore();
  });

  it('forgets the selection when its kernel is gone', async () => {
    model.isActive = true;
    await settle();
    model.selectedId = 'k1';
    expect(model.nameOf('k1')).toBe('train.ipynb');
    tell(makeKernel({ kernel_id: 'k2' }));
    expect(model.selectedId).toBeNull();
    expect(model.nameOf('k1')).toBe('');
  });
});

describe('sorting', () => {
  it('puts kernels without a figure last, either way', () => {
    const kernels = [null, 5, 9].map((rss_bytes, index) =>
      makeKernel({ kernel_id: String(index), name: `${index}`, rss_bytes })
    );
    const ids = (isDescending: boolean): string[] =>
      sorted(kernels, { column: 'memory', isDescending }).map(
        item => item.kernel_id
      );
    expect(ids(true)).toEqual(['2', '1', '0']);
    expect(ids(false)).toEqual(['1', '2', '0']);
  });

  it('begins with the largest figures, and with the first name', () => {
    const byName = { column: 'name', isDescending: false } as const;
    expect(turned(byName, 'cpu')).toEqual({
      column: 'cpu',
      isDescending: true
    });
    expect(turned(byName, 'name').isDescending).toBe(true);
    expect(
      turned({ column: 'cpu', isDescending: true }, 'name').isDescending
    ).toBe(false);
  });
});
