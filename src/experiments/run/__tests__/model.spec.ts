import { ApiError } from '../../../api/failures';
import { RunModel } from '../model';
import {
  ScriptedEvents,
  ScriptedServer,
  makeRun,
  makeSummary
} from './fixtures';

let server: ScriptedServer;
let events: ScriptedEvents;
let model: RunModel;

beforeEach(() => {
  jest.useFakeTimers();
  server = new ScriptedServer();
  events = new ScriptedEvents();
  model = new RunModel({ api: { client: server.client, events }, id: 'r1' });
});

afterEach(() => {
  model.dispose();
  jest.useRealTimers();
});

async function settle(milliseconds = 1000): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
}

describe('a model that nobody looks at', () => {
  it('asks the server for nothing, and is told nothing', async () => {
    events.change('r1');
    await settle();

    expect(server.asked).toEqual([]);
    expect(events.watchers).toBe(0);
  });

  it('asks once somebody looks, as it may have missed something', async () => {
    model.isActive = true;
    await settle();
    model.isActive = false;
    expect(events.watchers).toBe(0);
    server.run = makeRun({ name: 'renamed elsewhere' });

    model.isActive = true;
    await settle();

    expect(events.watchers).toBe(1);
    expect(model.run?.name).toBe('renamed elsewhere');
  });
});

describe('a model that is looked at', () => {
  beforeEach(async () => {
    server.run = makeRun({ status: 'running', ended_at: null });
    model.isActive = true;
    await settle();
    server.asked.length = 0;
  });

  it('follows the events of its run, with its outputs', async () => {
    server.run = makeRun({ status: 'ok' });
    server.outputs = { items: [{ output_type: 'stream' }], truncated: false };
    events.change('r1');
    await settle();

    expect(model.state).toMatchObject({ kind: 'ready', run: { status: 'ok' } });
    expect(model.outputs.value).toBe(server.outputs);
  });

  it('leaves the outputs of a run that has ended alone', async () => {
    server.run = makeRun();
    events.change('r1');
    await settle();
    server.asked.length = 0;
    server.run = makeRun({ is_starred: true });
    events.change('r1');
    await settle();

    expect(server.asked).toEqual(['run']);
  });

  it('does not ask because of other runs', async () => {
    events.change('another');
    await settle();

    expect(server.asked).toEqual([]);
  });

  it('asks at most four times a second', async () => {
    for (let i = 0; i < 100; i++) {
      events.change('r1');
      await settle(10);
    }
    await settle();

    const times = server.asked.filter(what => what === 'run').length;
    expect(times).toBeGreaterThanOrEqual(4);
    expect(times).toBeLessThanOrEqual(6);
  });

  it('keeps showing what it knows when the store is away', async () => {
    server.failure = new ApiError('The store is away.', 'unavailable', 503);
    events.change('r1');
    await settle();

    expect(model.state).toMatchObject({
      kind: 'ready',
      failure: 'The store is away.',
      run: { id: 'r1' }
    });

    server.failure = null;
    events.healthChanged.emit();
    await settle();
    expect(model.state).toMatchObject({ kind: 'ready', failure: null });
  });

  it('is deleted, and comes back by undo', async () => {
    await model.remove();
    events.change('r1');
    await settle();
    expect(model.state).toEqual({ kind: 'deleted', failure: null });

    await model.restore();
    expect(model.state).toMatchObject({ kind: 'ready', run: { id: 'r1' } });
  });

  it('sees that it was deleted elsewhere', async () => {
    server.run = null;
    events.change('r1');
    await settle();

    expect(model.state.kind).toBe('deleted');
  });

  it('says why undo failed', async () => {
    await model.remove();
    server.failure = new Error('The store is away.');
    await model.restore();

    expect(model.state).toEqual({
      kind: 'deleted',
      failure: 'The store is away.'
    });
  });

  it('shows a change of the user although an older answer comes later', async () => {
    const slow = model.refresh();
    await model.patch({ name: 'mine' });
    await slow;

    expect(model.run?.name).toBe('mine');
  });
});

describe('a run that was never there', () => {
  it('is missing, not deleted', async () => {
    server.run = null;
    model.isActive = true;
    await settle();

    expect(model.state).toEqual({ kind: 'missing' });
  });

  it('is failed, not missing, while the server does not answer', async () => {
    server.failure = new ApiError('Nobody answers.', 'unreachable', 0);
    model.isActive = true;
    await settle();
    expect(model.state).toEqual({ kind: 'failed', failure: 'Nobody answers.' });

    server.failure = null;
    await model.refresh();
    expect(model.state.kind).toBe('ready');
  });
});

describe('a session', () => {
  beforeEach(async () => {
    server.run = makeRun({ kind: 'session', child_count: 4 });
    server.children = {
      items: [makeSummary('c4', 4), makeSummary('c3', 3)],
      next_cursor: 'older'
    };
    model.isActive = true;
    await settle();
  });

  const ids = (): string[] => model.children.items.map(run => run.id);

  it('lists its newest runs, and older ones when asked', async () => {
    expect(ids()).toEqual(['c4', 'c3']);

    server.children = {
      items: [makeSummary('c2', 2), makeSummary('c1', 1)],
      next_cursor: null
    };
    await model.loadMoreChildren();

    expect(ids()).toEqual(['c4', 'c3', 'c2', 'c1']);
    expect(model.children.cursor).toBeNull();
  });

  it('takes in new runs and keeps the older ones that were asked for', async () => {
    server.children = { items: [makeSummary('c2', 2)], next_cursor: 'oldest' };
    await model.loadMoreChildren();
    server.children = {
      items: [makeSummary('c5', 5), makeSummary('c4', 4)],
      next_cursor: 'older'
    };
    events.change('c5');
    await settle();

    expect(ids()).toEqual(['c5', 'c4', 'c3', 'c2']);
    expect(model.children.cursor).toBe('oldest');
  });
});
