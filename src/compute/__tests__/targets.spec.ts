import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { TargetBook } from '../targets';
import { MemoryCompute, makeTarget } from './memoryCompute';

describe('TargetBook', () => {
  let api: MemoryApi;
  let client: MemoryCompute;
  let book: TargetBook;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryCompute();
    book = new TargetBook({ api, client });
  });

  afterEach(() => book.dispose());

  function tell(): void {
    api.events.received.emit({
      type: 'target',
      names: ['local'],
      is_complete: true,
      seq: 1
    });
  }

  it('asks while somebody follows, once for all who do', async () => {
    tell();
    await settle();
    expect(client.requests).toEqual([]);
    const first = book.follow();
    const second = book.follow();
    await settle();
    expect(client.requests).toEqual(['targets']);
    expect(api.events.watched).toEqual(['target']);
    first.dispose();
    first.dispose();
    tell();
    await settle();
    expect(client.requests).toHaveLength(2);
    second.dispose();
    tell();
    await settle();
    expect(client.requests).toHaveLength(2);
    expect(api.events.watched).toEqual([]);
  });

  it('joins events that come while it asks', async () => {
    const following = book.follow();
    for (let count = 0; count < 10; count++) {
      tell();
    }
    await settle();
    expect(client.requests.length).toBeLessThanOrEqual(2);
    following.dispose();
  });

  it('has a default: the one that is wished for where it is there', async () => {
    client.targetList = [makeTarget(), makeTarget({ name: 'gpu-box' })];
    expect(book.defaultName).toBe('local');
    book.preferred = 'gpu-box';
    expect(book.defaultName).toBe('local');
    book.follow();
    await settle();
    expect(book.names).toEqual(['local', 'gpu-box']);
    expect(book.defaultName).toBe('gpu-box');
    book.remove('gpu-box');
    expect(book.defaultName).toBe('local');
  });

  it('keeps what it knows when the server fails', async () => {
    book.follow();
    await settle();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await book.refresh();
    expect(book.names).toEqual(['local']);
    expect(book.failure).toBe(client.failure);
    client.failure = null;
    api.events.connectionChanged.emit(true);
    await settle();
    expect(book.failure).toBeNull();
  });

  it('puts a newer state in its place', async () => {
    book.follow();
    await settle();
    book.put(makeTarget({ state: 'stopped', capacity: null }));
    book.put(makeTarget({ name: 'new' }));
    expect(book.find('local')?.state).toBe('stopped');
    expect(book.names).toEqual(['local', 'new']);
  });
});
