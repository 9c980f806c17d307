import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { MOST, NewCount } from '../newCount';
import { MemoryErrors, makeGroup } from './memoryErrors';

describe('NewCount', () => {
  let api: MemoryApi;
  let client: MemoryErrors;
  let counts: number[];
  let news: NewCount;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryErrors();
    client.groupList = [
      makeGroup({ id: 'g2', state: 'new' }),
      makeGroup({ id: 'g1' })
    ];
    counts = [];
  });

  async function start(): Promise<void> {
    news = new NewCount({ api, client, interval: 5 });
    news.changed.connect((_, count) => counts.push(count));
    await settle();
  }

  function tell(): void {
    api.events.errorsChanged.emit({
      groupIds: [],
      runIds: [],
      isComplete: true
    });
  }

  const pass = (): Promise<void> =>
    new Promise(resolve => setTimeout(resolve, 30));

  it('counts the groups that are new, and follows', async () => {
    await start();
    expect(news.count).toBe(1);
    expect(api.events.watched).toEqual(['error']);

    client.groupList.push(makeGroup({ id: 'g3', state: 'new' }));
    tell();
    await pass();
    client.groupList = [];
    tell();
    await pass();
    expect(counts).toEqual([1, 2, 0]);
  });

  it('asks once for many events', async () => {
    await start();
    const asked = client.requests.length;
    for (let event = 0; event < 20; event++) {
      tell();
    }
    await pass();
    expect(client.requests).toHaveLength(asked + 1);
    expect(counts).toEqual([1]);
  });

  it('counts no further than anybody reads', async () => {
    client.groupList = Array.from({ length: 500 }, (_, index) =>
      makeGroup({ id: `g${index}`, state: 'new' })
    );
    await start();
    expect(news.count).toBe(MOST);
  });

  it('keeps its number while the server is away', async () => {
    await start();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    tell();
    await pass();
    expect(news.count).toBe(1);

    client.failure = null;
    client.groupList = [];
    api.events.connectionChanged.emit(true);
    await pass();
    expect(news.count).toBe(0);
  });
});
