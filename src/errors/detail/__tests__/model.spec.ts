import type { IRun } from '../../../api/types';
import {
  ScriptedEvents,
  makeRun
} from '../../../experiments/run/__tests__/fixtures';
import { ErrorModel, OCCURRENCES_PAGE } from '../model';
import { ScriptedErrors, makeRecord } from './fixtures';

function makeModel(
  server: ScriptedErrors,
  wanted: { errorId?: string; runId?: string } = {}
): { events: ScriptedEvents; model: ErrorModel; runs: string[] } {
  const events = new ScriptedEvents();
  const runs: string[] = [];
  const model = new ErrorModel({
    ...wanted,
    errors: server.client,
    events,
    groupId: 'g1',
    runs: {
      run: (id: string): Promise<IRun> => {
        runs.push(id);
        return Promise.resolve(makeRun({ id }));
      }
    }
  });
  return { events, model, runs };
}

/** Return so many occurrences, the newest first, each of a run of its own. */
function occurrences(count: number) {
  return Array.from({ length: count }, (_, index) =>
    makeRecord({ id: `o${count - index}`, run_id: `r${count - index}` })
  );
}

const soon = (ms = 0): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, ms));

describe('ErrorModel', () => {
  it('asks for nothing while nobody looks', async () => {
    const server = new ScriptedErrors();
    const { events, model } = makeModel(server);
    events.errorsChanged.emit({
      groupIds: ['g1'],
      runIds: [],
      isComplete: true
    });
    await soon(10);

    expect(server.asked).toEqual([]);
    expect(events.watchers).toBe(0);
    model.isActive = true;
    await soon(10);
    expect(server.asked).toEqual(['group', 'occurrences']);
    expect(model.current?.id).toBe('o1');
    model.isActive = false;
    expect(events.watchers).toBe(0);
    model.dispose();
  });

  it('steps from the newest occurrence to the oldest, page by page', async () => {
    const server = new ScriptedErrors();
    const count = OCCURRENCES_PAGE + 2;
    server.records = occurrences(count);
    const { model } = makeModel(server);
    await model.refresh();

    const seen = [model.current?.id];
    for (let step = 1; step < count; step++) {
      await model.step(1);
      seen.push(model.current?.id);
    }
    expect(seen).toEqual(server.records.map(({ id }) => id));
    expect(model.index).toBe(count - 1);
    expect(model.total).toBe(count);

    await model.step(1);
    expect(model.index).toBe(count - 1);
    await model.step(-1);
    expect(model.index).toBe(count - 2);
  });

  it('follows the newest occurrence, but stays at one that was stepped to', async () => {
    const server = new ScriptedErrors();
    server.records = occurrences(2);
    const { model } = makeModel(server);
    await model.refresh();
    server.records = occurrences(3);
    await model.refresh();
    expect(model.current?.id).toBe('o3');

    await model.step(1);
    server.records = occurrences(4);
    await model.refresh();
    expect(model.current?.id).toBe('o2');
    expect(model.index).toBe(2);
  });

  it('starts over where more happened than a page holds', async () => {
    const server = new ScriptedErrors();
    server.records = occurrences(2);
    const { model } = makeModel(server);
    await model.refresh();
    server.records = occurrences(OCCURRENCES_PAGE + 5);
    await model.refresh();

    expect(model.index).toBe(0);
    for (let step = 1; step < OCCURRENCES_PAGE + 5; step++) {
      await model.step(1);
    }
    expect(model.current?.id).toBe('o1');
  });

  it('shows the occurrence of a run that is older than the first page', async () => {
    const server = new ScriptedErrors();
    server.records = occurrences(OCCURRENCES_PAGE + 3);
    const { model } = makeModel(server, { runId: 'r1' });
    await model.refresh();

    expect(model.current?.id).toBe('o1');
    expect(model.index).toBe(-1);
    await model.step(-1);
    expect(model.index).toBe(0);
  });

  it('shows the newest where the one asked for is gone', async () => {
    const server = new ScriptedErrors();
    const { model } = makeModel(server, { errorId: 'gone', runId: 'gone' });
    await model.refresh();

    expect(model.current?.id).toBe('o1');
  });

  it('tells a group that is gone from a server that fails', async () => {
    const server = new ScriptedErrors();
    const { model } = makeModel(server);
    server.failure = new Error('The disk is full.');
    await model.refresh();
    expect(model.state).toEqual({
      kind: 'failed',
      failure: 'The disk is full.'
    });

    server.failure = null;
    await model.refresh();
    server.failure = new Error('Away.');
    await model.refresh();
    expect(model.state).toMatchObject({ kind: 'ready', failure: 'Away.' });

    server.failure = null;
    server.group = null;
    await model.refresh();
    expect(model.state).toEqual({ kind: 'missing' });
  });

  it('has a group whose occurrences were erased', async () => {
    const server = new ScriptedErrors();
    server.records = [];
    const { model } = makeModel(server);
    await model.refresh();

    expect(model.state.kind).toBe('ready');
    expect(model.current).toBeNull();
    expect(model.isLoadingOccurrences).toBe(false);
  });

  it('fetches the run of the occurrence once, and anew for another one', async () => {
    const server = new ScriptedErrors();
    server.records = occurrences(2);
    const { model, runs } = makeModel(server);
    await model.refresh();
    await model.loadRun();
    await model.loadRun();
    expect(model.run.value?.id).toBe('r2');
    await model.step(1);
    expect(model.run.value).toBeNull();
    await model.loadRun();

    expect(runs).toEqual(['r2', 'r1']);
  });

  it('fetches the history when it is looked at, and again with the group', async () => {
    const server = new ScriptedErrors();
    const { model } = makeModel(server);
    await model.refresh();
    expect(server.asked).not.toContain('history');
    await model.showHistory();
    await model.showHistory();
    await model.refresh();

    expect(server.asked.filter(what => what === 'history')).toHaveLength(2);
  });

  it('takes over what the server made of a change', async () => {
    const server = new ScriptedErrors();
    const { model } = makeModel(server);
    await model.refresh();
    await model.patch({ state: 'resolved' });

    expect(model.group?.state).toBe('resolved');
  });
});
