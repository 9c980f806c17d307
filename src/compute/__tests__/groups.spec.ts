import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { GroupBook } from '../groups';
import { MemoryCompute, makeGroup, makeJob } from './memoryCompute';

describe('GroupBook', () => {
  let api: MemoryApi;
  let client: MemoryCompute;
  let book: GroupBook;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryCompute();
    book = new GroupBook({
      api,
      client,
      isSingle: id => id.startsWith('single')
    });
    client.groupList = [makeGroup()];
    client.itemList = Array.from({ length: 250 }, (_, index) =>
      makeJob({ id: `i${index}`, group_id: 'g1' })
    );
  });

  afterEach(() => book.dispose());

  async function show(): Promise<void> {
    book.isActive = true;
    await settle();
  }

  function tell(ids: string[], isComplete = true): void {
    api.events.received.emit({
      type: 'job',
      job_ids: ids,
      is_complete: isComplete,
      seq: 1
    });
  }

  it('asks for nothing before somebody looks, nor after', async () => {
    tell(['i1']);
    await settle();
    await show();
    book.isActive = false;
    const { length } = client.requests;
    tell(['i1']);
    await book.refresh();
    await book.loadMore();
    await book.loadItems('g1');
    expect(client.requests).toHaveLength(length);
    expect(api.events.watched).toEqual([]);
  });

  it('reads once a second at most, however many items change', async () => {
    jest.useFakeTimers();
    try {
      book.isActive = true;
      await jest.advanceTimersByTimeAsync(0);
      book.toggle('g1', true);
      await jest.advanceTimersByTimeAsync(0);
      client.requests = [];
      for (let index = 0; index < 40; index++) {
        tell([`i${index}`, `i${index + 1}`]);
        await jest.advanceTimersByTimeAsync(100);
      }
      const asked = (what: string): number =>
        client.requests.filter(request => request === what).length;
      expect(asked('groups open')).toBeGreaterThan(2);
      expect(asked('groups open')).toBeLessThan(6);
      expect(asked('items g1')).toBe(asked('groups open'));
      expect(client.requests).toHaveLength(3 * asked('groups open'));
    } finally {
      jest.useRealTimers();
    }
  });

  it('lets jobs that are in no group alone', async () => {
    await show();
    client.requests = [];
    tell(['single 1', 'single 2']);
    await settle();
    expect(client.requests).toEqual([]);
  });

  it('reads the items of a group when it is opened, and on page by page', async () => {
    await show();
    expect(book.items('g1')).toBeNull();
    book.toggle('g1', true);
    expect(book.items('g1')?.isLoaded).toBe(false);
    await settle();
    expect(book.items('g1')?.items).toHaveLength(100);
    await Promise.all([book.loadItems('g1'), book.loadItems('g1')]);
    expect(book.items('g1')?.items).toHaveLength(200);
    // As many are read again as are shown.
    await book.refresh();
    expect(book.items('g1')?.items).toHaveLength(200);
    await book.loadItems('g1');
    expect(book.items('g1')?.items).toHaveLength(250);
    expect(book.items('g1')?.hasMore).toBe(false);
    expect(book.findItem('i249')?.id).toBe('i249');
    book.toggle('g1', false);
    expect(book.items('g1')).toBeNull();
    client.requests = [];
    await book.refresh();
    expect(client.requests).toEqual(['groups open', 'groups ended']);
  });

  it('moves a group whose last item has ended, and keeps older pages', async () => {
    client.groupList = [
      makeGroup(),
      ...Array.from({ length: 70 }, (_, index) =>
        makeGroup({
          id: `e${index}`,
          counts: { ok: 3 },
          submitted_at: new Date(1e12 - index * 1000).toISOString()
        })
      )
    ];
    await show();
    expect(book.open.map(({ id }) => id)).toEqual(['g1']);
    expect(book.ended).toHaveLength(50);
    await book.loadMore();
    expect(book.ended).toHaveLength(70);
    client.groupList = client.groupList.map(group =>
      group.id === 'g1' ? makeGroup({ counts: { ok: 3 } }) : group
    );
    await book.refresh();
    expect(book.open).toEqual([]);
    expect(book.ended[0]?.id).toBe('g1');
  });

  it('keeps what it knows when the server fails, and asks again once it is back', async () => {
    await show();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await book.refresh();
    expect(book.open).toHaveLength(1);
    expect(book.failure).toBe(client.failure);
    client.failure = null;
    api.events.connectionChanged.emit(true);
    await settle();
    expect(book.failure).toBeNull();
  });
});
