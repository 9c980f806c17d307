import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { JobBook } from '../jobs';
import { MemoryCompute, makeEnded, makeJob } from './memoryCompute';

describe('JobBook', () => {
  let api: MemoryApi;
  let client: MemoryCompute;
  let book: JobBook;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryCompute();
    book = new JobBook({ api, client, listInterval: 0 });
  });

  afterEach(() => book.dispose());

  function tell(ids: string[], isComplete = true): void {
    api.events.received.emit({
      type: 'job',
      job_ids: ids,
      is_complete: isComplete,
      seq: 1
    });
  }

  async function show(): Promise<void> {
    book.isActive = true;
    await settle();
  }

  it('asks for nothing before somebody looks, nor after', async () => {
    tell(['j1']);
    await settle();
    expect(client.requests).toEqual([]);
    await show();
    expect(api.events.watched).toEqual(['job']);
    book.isActive = false;
    client.requests = [];
    tell(['j1']);
    await book.refresh();
    await book.loadMore();
    expect(client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
  });

  it('puts what runs before what waits, and what waits in the order of the queue', async () => {
    client.jobList = [
      makeJob({ id: 'c', state: 'queued', queue_place: 1, started_at: null }),
      makeJob({ id: 'b', state: 'queued', queue_place: 0, started_at: null }),
      makeJob({
        id: 'later',
        state: 'queued',
        started_at: null,
        submitted_at: '2026-11-22T10:00:05.000Z'
      }),
      makeJob({ id: 'sooner', state: 'queued', started_at: null }),
      makeJob({ id: 'a', state: 'running' }),
      makeEnded({ id: 'old', submitted_at: '2026-11-20T10:00:00.000Z' }),
      makeEnded({ id: 'new', submitted_at: '2026-11-21T10:00:00.000Z' })
    ];
    await show();
    expect(book.open.map(({ id }) => id)).toEqual([
      'a',
      'b',
      'c',
      'sooner',
      'later'
    ]);
    expect(book.ended.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(book.isLoaded).toBe(true);
  });

  it('asks for a changed job alone, and moves it when it has ended', async () => {
    client.jobList = [makeJob(), makeJob({ id: 'j2' })];
    await show();
    client.requests = [];
    client.jobList = [makeEnded(), makeJob({ id: 'j2' })];
    tell(['j1']);
    await settle();
    expect(client.requests).toEqual(['job j1']);
    expect(book.open.map(({ id }) => id)).toEqual(['j2']);
    expect(book.ended.map(({ id }) => id)).toEqual(['j1']);
  });

  it('takes a job off that is no longer there', async () => {
    client.jobList = [makeEnded()];
    await show();
    client.jobList = [];
    tell(['j1']);
    await settle();
    expect(book.ended).toEqual([]);
    expect(book.failure).toBeNull();
  });

  it('reads the lists once for many changes', async () => {
    jest.useFakeTimers();
    try {
      await show();
      client.requests = [];
      client.jobList = Array.from({ length: 50 }, (_, index) =>
        makeJob({ id: `j${index}` })
      );
      for (const job of client.jobList) {
        tell([job.id]);
      }
      tell([], false);
      await jest.advanceTimersByTimeAsync(10);
      expect(
        client.requests.filter(asked => asked === 'jobs open')
      ).toHaveLength(1);
      expect(client.requests.length).toBeLessThan(12);
      expect(book.open).toHaveLength(50);
    } finally {
      jest.useRealTimers();
    }
  });

  it('reads all that is open, and what ended page by page', async () => {
    client.jobList = [
      ...Array.from({ length: 900 }, (_, index) =>
        makeJob({ id: `o${index}`, state: 'queued', started_at: null })
      ),
      ...Array.from({ length: 250 }, (_, index) =>
        makeEnded({
          id: `e${String(index).padStart(3, '0')}`,
          submitted_at: new Date(1e12 - index * 1000).toISOString()
        })
      )
    ];
    await show();
    expect(book.open).toHaveLength(900);
    expect(book.hasMoreOpen).toBe(false);
    expect(book.ended).toHaveLength(100);
    await book.loadMore();
    expect(book.ended).toHaveLength(200);
    // What was read beyond the first page stays when the lists are read again.
    await book.refresh();
    expect(book.ended).toHaveLength(200);
    await book.loadMore();
    expect(book.ended).toHaveLength(250);
    expect(book.hasMoreEnded).toBe(false);
  });

  it('says when more are open than it keeps', async () => {
    client.jobList = Array.from({ length: 2600 }, (_, index) =>
      makeJob({ id: `o${index}` })
    );
    await show();
    expect(book.open).toHaveLength(2000);
    expect(book.hasMoreOpen).toBe(true);
  });

  it('keeps what it knows when the server fails, and asks again once it is back', async () => {
    client.jobList = [makeJob()];
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
