import type { IPage } from '../../tokens';
import { PagedList } from '../pagedList';

interface IItem {
  id: string;
  state: string;
}

function item(id: string | number, state = 'old'): IItem {
  return { id: String(id), state };
}

/** A server with a list, newest first, and the list as read from it. */
class Bench {
  server: IItem[] = [];
  failure: Error | null = null;
  changes = 0;
  requests: { cursor: string | null; limit: number }[] = [];

  readonly list = new PagedList<IItem>({
    fetch: async (request): Promise<IPage<IItem>> => {
      this.requests.push(request);
      await Promise.resolve();
      if (this.failure !== null) {
        throw this.failure;
      }
      // A cursor names the last item that was sent, as keyset pages do.
      const begin =
        request.cursor === null
          ? 0
          : this.server.findIndex(({ id }) => id === request.cursor) + 1;
      const items = this.server.slice(begin, begin + request.limit);
      const isEnd = begin + request.limit >= this.server.length;
      return { items, next_cursor: isEnd ? null : items[items.length - 1]!.id };
    },
    onChange: () => (this.changes += 1)
  });

  get ids(): string[] {
    return this.list.items.map(({ id }) => id);
  }
}

function numbers(from: number, to: number): IItem[] {
  return Array.from({ length: from - to + 1 }, (_, index) =>
    item(from - index)
  );
}

describe('PagedList', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  it('reads page after page, each once, to the end', async () => {
    bench.server = numbers(1200, 1);

    expect(bench.list.hasMore).toBe(true);
    await bench.list.loadMore();
    expect(bench.list.items).toHaveLength(500);
    await bench.list.loadMore();
    await bench.list.loadMore();
    await bench.list.loadMore();

    expect(bench.ids).toEqual(bench.server.map(({ id }) => id));
    expect(bench.list.hasMore).toBe(false);
    expect(bench.requests).toHaveLength(3);
  });

  it('makes one request for two callers at the same time', async () => {
    bench.server = numbers(600, 1);

    await Promise.all([bench.list.loadMore(), bench.list.loadMore()]);

    expect(bench.requests).toHaveLength(1);
  });

  it('puts new items on top and keeps what was read below', async () => {
    bench.server = numbers(1200, 1);
    await bench.list.loadMore();
    await bench.list.loadMore();
    bench.server = [item(1202), item(1201), ...bench.server];
    bench.server[5] = item(1197, 'new');

    await bench.list.refresh();

    expect(bench.list.items).toHaveLength(1002);
    expect(bench.ids.slice(0, 3)).toEqual(['1202', '1201', '1200']);
    expect(bench.list.get('1197')?.state).toBe('new');
    expect(bench.requests[2]!.limit).toBeLessThan(100);
    await bench.list.loadMore();
    expect(bench.ids).toEqual(bench.server.map(({ id }) => id));
  });

  it('moves an item that came to the top, and does not repeat it', async () => {
    bench.server = numbers(100, 1);
    await bench.list.loadMore();
    bench.server = [
      item(3, 'new'),
      ...bench.server.filter(({ id }) => id !== '3')
    ];

    await bench.list.refresh();

    expect(bench.ids[0]).toBe('3');
    expect(new Set(bench.ids).size).toBe(100);
  });

  it('lets go of what the server no longer has', async () => {
    bench.server = numbers(80, 1);
    await bench.list.loadMore();
    bench.server = bench.server.filter(({ id }) => id !== '70');

    await bench.list.refresh();

    expect(bench.ids).not.toContain('70');
    expect(bench.ids).toHaveLength(79);
  });

  it('begins anew when more came than the head holds', async () => {
    bench.server = numbers(600, 1);
    await bench.list.loadMore();
    bench.server = [...numbers(2000, 601), ...bench.server];

    await bench.list.refresh();
    while (bench.list.hasMore) {
      await bench.list.loadMore();
    }

    expect(bench.ids).toEqual(bench.server.map(({ id }) => id));
  });

  it('becomes empty when everything is gone, and fills again', async () => {
    bench.server = numbers(3, 1);
    await bench.list.loadMore();
    bench.server = [];
    await bench.list.refresh();
    expect(bench.ids).toEqual([]);

    bench.server = numbers(2, 1);
    await bench.list.refresh();
    expect(bench.ids).toEqual(['2', '1']);
  });

  it('keeps what it has when a request fails, and can go on', async () => {
    bench.server = numbers(700, 1);
    await bench.list.loadMore();
    bench.failure = new Error('away');

    await bench.list.loadMore();
    expect(bench.list.phase).toBe('failed');
    expect(bench.list.failure).toBe(bench.failure);
    expect(bench.list.items).toHaveLength(500);

    bench.failure = null;
    await bench.list.loadMore();
    expect(bench.list.phase).toBe('ready');
    expect(bench.list.items).toHaveLength(700);
  });

  it('can be tried again when the very first request failed', async () => {
    bench.server = numbers(2, 1);
    bench.failure = new Error('away');
    await bench.list.loadMore();
    expect(bench.list.isLoaded).toBe(false);
    bench.failure = null;

    await bench.list.loadMore();

    expect(bench.ids).toEqual(['2', '1']);
  });

  it('says nothing more once it is disposed', async () => {
    bench.server = numbers(2, 1);
    const loading = bench.list.loadMore();
    const before = bench.changes;
    bench.list.dispose();

    await loading;
    await bench.list.refresh();

    expect(bench.changes).toBe(before);
    expect(bench.requests).toHaveLength(1);
  });

  it('replaces and removes only what is there', async () => {
    bench.server = numbers(2, 1);
    await bench.list.loadMore();

    expect(bench.list.replace(item(2, 'new'))).toBe(true);
    expect(bench.list.replace(item(9))).toBe(false);
    expect(bench.list.remove('1')).toBe(true);
    expect(bench.list.remove('1')).toBe(false);
    expect(bench.list.items).toEqual([item(2, 'new')]);
  });
});
