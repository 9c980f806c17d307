import { ApiError } from '../../../api/failures';
import { MemoryApi, settle } from '../../../experiments/__tests__/memoryApi';
import {
  MemoryErrors,
  makeGroup,
  makeTrend
} from '../../__tests__/memoryErrors';
import { TrendsModel } from '../model';

describe('TrendsModel', () => {
  let api: MemoryApi;
  let client: MemoryErrors;
  let model: TrendsModel;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryErrors();
    client.groupList = [
      makeGroup({ id: 'old', last_at: '2026-11-21T10:00:00.000Z', count: 99 }),
      makeGroup({ id: 'few', count: 2 }),
      makeGroup({ id: 'many', count: 7 })
    ];
    model = new TrendsModel({ api, client, interval: 5 });
  });

  afterEach(() => {
    model.dispose();
  });

  const pass = (): Promise<void> =>
    new Promise(resolve => setTimeout(resolve, 30));

  it('asks for nothing before somebody looks', async () => {
    model.bucket = 'day';
    model.bucket = 'hour';
    await settle();
    model.isActive = true;
    await settle();
    expect(client.requests.at(-1)).toBe(
      'groups?since=2026-11-22T08%3A00%3A00.000Z&limit=200'
    );
    expect(api.events.watched).toEqual(['error']);
  });

  it('finds the most frequent among those seen in this time', async () => {
    model.isActive = true;
    await settle();
    expect(model.content?.trend).toEqual(makeTrend());
    expect(model.content?.top.map(group => group.id)).toEqual(['many', 'few']);
  });

  it('counts anew when errors happen, once for many events', async () => {
    model.isActive = true;
    await settle();
    client.requests = [];
    client.trendValue = makeTrend({ new_groups: [5, 5, 5] });
    for (let event = 0; event < 10; event++) {
      api.events.errorsChanged.emit({
        groupIds: [],
        runIds: [],
        isComplete: true
      });
    }
    await pass();
    expect(client.requests.filter(item => item.startsWith('trend'))).toEqual([
      'trend?bucket=hour'
    ]);
    expect(model.content?.trend.new_groups).toEqual([5, 5, 5]);
  });

  it('is told nothing while nobody looks', async () => {
    model.isActive = true;
    await settle();
    model.isActive = false;
    client.requests = [];
    api.events.missed.emit();
    await pass();
    expect(client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
  });

  it('shows what was asked for last', async () => {
    let open: () => void = () => undefined;
    client.gate = new Promise(resolve => (open = resolve));
    model.isActive = true;
    model.bucket = 'day';
    client.trendValue = makeTrend({ bucket_s: 86_400 });
    open();
    await settle();
    expect(model.content?.trend.bucket_s).toBe(86_400);
    expect(
      client.requests.filter(item => item.startsWith('groups'))
    ).toHaveLength(1);
  });

  it('keeps what it had when the server goes away', async () => {
    model.isActive = true;
    await settle();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await model.refresh();
    expect(model.failure).toBe('Away.');
    expect(model.content).not.toBeNull();

    client.failure = null;
    api.events.connectionChanged.emit(true);
    await pass();
    expect(model.failure).toBeNull();
  });
});
