import { ApiError } from '../../api/failures';
import { ExperimentsModel } from '../model';
import type { Row } from '../rows';
import { MemoryApi, makeExperiment, makeRun, settle } from './memoryApi';

/** What a row is, and of what: `run:r1`. */
function labels(rows: readonly Row[]): string[] {
  return rows.map(row =>
    row.kind === 'end' ? `end:${row.state}` : `${row.kind}:${row.key}`
  );
}

const AWAY = new ApiError('The store is away.', 'unavailable', 503);

describe('ExperimentsModel', () => {
  let api: MemoryApi;
  let model: ExperimentsModel;

  beforeEach(() => {
    api = new MemoryApi();
    api.client.experimentList = [
      makeExperiment(),
      makeExperiment({ id: 'e0', name: 'old.ipynb' })
    ];
    api.client.runList = [
      makeRun({
        id: 's1',
        kind: 'session',
        parent_id: null,
        status: 'running'
      }),
      makeRun({ id: 'r2' }),
      makeRun({ id: 'r1', status: 'error' }),
      makeRun({
        id: 's0',
        kind: 'session',
        parent_id: null,
        experiment_id: 'e0'
      }),
      makeRun({ id: 'r0', parent_id: 's0', experiment_id: 'e0' })
    ];
    model = new ExperimentsModel({ api });
  });

  afterEach(() => {
    model.dispose();
  });

  async function activate(): Promise<void> {
    model.isActive = true;
    await settle();
    api.client.requests = [];
  }

  it('asks for nothing while nobody looks', async () => {
    api.events.tell(['r1'], ['e1']);
    api.events.missed.emit();
    await settle();

    expect(api.client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
    expect(model.phase).toBe('loading');
  });

  it('opens the newest experiment and its newest session', async () => {
    await activate();

    expect(labels(model.rows)).toEqual([
      'experiment:e1',
      'session:s1',
      'run:r2',
      'run:r1',
      'experiment:e0'
    ]);
    expect(model.phase).toBe('ready');
  });

  it('asks once for each list that it opens', async () => {
    model.isActive = true;
    await settle();

    const { requests } = api.client;
    expect(new Set(requests).size).toBe(requests.length);
    expect(requests.filter(text => text.startsWith('runs'))).toHaveLength(2);
  });

  it('leaves the newest closed where the user wants it so', async () => {
    model.expandsNewest = false;
    await activate();

    expect(labels(model.rows)).toEqual(['experiment:e1', 'experiment:e0']);
  });

  it('does not open again what the user closed', async () => {
    await activate();
    model.toggle('e1');
    api.client.experimentList[0] = makeExperiment({ run_count: 3 });

    api.events.tell(['r2'], ['e1']);
    await settle();

    expect(labels(model.rows)).toEqual(['experiment:e1', 'experiment:e0']);
  });

  it('shows a run that begins, on top', async () => {
    await activate();
    api.client.runList.splice(1, 0, makeRun({ id: 'r3', status: 'running' }));

    api.events.tell(['r3'], ['e1']);
    await settle();

    expect(labels(model.rows).slice(2, 4)).toEqual(['run:r3', 'run:r2']);
  });

  it('fetches nothing of what is closed', async () => {
    await activate();
    api.events.tell(['r0'], ['e0']);
    await settle();

    expect(api.client.requests).toEqual(['experiments?limit=50']);
  });

  it('opens a new experiment that came by itself', async () => {
    await activate();
    api.client.experimentList.unshift(makeExperiment({ id: 'e2' }));
    api.client.runList.unshift(
      makeRun({ id: 's2', kind: 'session', experiment_id: 'e2' }),
      makeRun({ id: 'r9', parent_id: 's2', experiment_id: 'e2' })
    );

    api.events.tell(['s2', 'r9'], ['e2']);
    await settle();

    expect(labels(model.rows).slice(0, 4)).toEqual([
      'experiment:e2',
      'session:s2',
      'run:r9',
      'experiment:e1'
    ]);
  });

  it('joins changes that come while it fetches', async () => {
    await activate();
    for (let count = 0; count < 50; count++) {
      api.events.tell(['r2'], ['e1']);
    }
    await settle();

    const lists = api.client.requests.filter(text =>
      text.startsWith('experiments')
    );
    expect(lists).toHaveLength(2);
  });

  it('fetches on return what changed while nobody looked', async () => {
    await activate();
    model.isActive = false;
    expect(api.events.watched).toEqual([]);
    api.client.runList[1] = makeRun({ id: 'r2', name: 'best' });

    model.isActive = true;
    await settle();

    expect(model.find('r2')?.name).toBe('best');
    expect(api.events.watched.sort()).toEqual(['health', 'run']);
  });

  it('follows a changed run far below the head of its list', async () => {
    const runs = Array.from({ length: 200 }, (_, index) =>
      makeRun({ id: `n${index}` })
    );
    api.client.runList = [api.client.runList[0]!, ...runs];
    await activate();
    api.client.runList[200] = makeRun({ id: 'n199', is_starred: true });

    api.events.tell(['n199'], ['e1']);
    await settle();

    expect(model.find('n199')?.is_starred).toBe(true);
    expect(api.client.requests).toContain('run?id=n199');
  });

  it('drops a run far below that was deleted elsewhere', async () => {
    const runs = Array.from({ length: 200 }, (_, index) =>
      makeRun({ id: `n${index}` })
    );
    api.client.runList = [api.client.runList[0]!, ...runs];
    await activate();
    api.client.runList.pop();

    api.events.tell(['n199'], ['e1']);
    await settle();

    expect(model.find('n199')).toBeNull();
  });

  it('loads the next page before its lines are seen', async () => {
    api.client.runList = [
      api.client.runList[0]!,
      ...Array.from({ length: 700 }, (_, index) => makeRun({ id: `n${index}` }))
    ];
    await activate();
    expect(model.rows).toHaveLength(504);

    model.showRange(0, 100);
    await settle();
    expect(api.client.requests).toEqual([]);

    model.showRange(420, 520);
    await settle();
    expect(model.rows).toHaveLength(703);
  });

  it('shows a search as a flat list with the names of experiments', async () => {
    await activate();

    model.query = 'fit';
    await settle();

    expect(model.isFlat).toBe(true);
    expect(labels(model.rows)).toEqual(['run:r2', 'run:r1', 'run:r0']);
    const names = model.rows.map(
      row => row.kind === 'run' && row.experimentName
    );
    expect(names).toEqual(['train.ipynb', 'train.ipynb', 'old.ipynb']);
  });

  it('keeps the OR of a query apart from the chips', async () => {
    await activate();
    model.query = 'fit OR train';
    model.toggleChip('starred');
    await settle();

    const last = api.client.requests.pop() ?? '';
    expect(new URLSearchParams(last.split('?')[1]).get('q')).toBe(
      '(fit OR train) is:starred'
    );
  });

  it('shows the tree again, up to date, after a search', async () => {
    await activate();
    model.toggleChip('starred');
    await settle();
    api.client.runList[1] = makeRun({ id: 'r2', name: 'best' });
    api.events.tell(['r2'], ['e1']);
    await settle();

    model.clearSearch();
    await settle();

    expect(model.isFlat).toBe(false);
    expect(model.chips.size).toBe(0);
    expect(model.find('r2')?.name).toBe('best');
  });

  it.each([
    ['without chips', false],
    ['with a chip', true]
  ])('names the place of a wrong query %s', async (_, hasChip) => {
    await activate();
    if (hasChip) {
      model.toggleChip('errors');
    }
    model.query = 'fit stauts:error';
    await settle();

    expect(model.queryFailure).toEqual({
      message: 'stauts is no field.',
      position: 4
    });
    expect(model.failure).toBeNull();
    expect(model.canSaveSearch).toBe(false);
  });

  it('tells a first failure from one that leaves old runs on show', async () => {
    api.client.failure = AWAY;
    await activate();
    expect(model.phase).toBe('failed');
    expect(model.failure).toBe('The store is away.');

    api.client.failure = null;
    await model.refresh();
    expect(model.phase).toBe('ready');
    expect(model.failure).toBeNull();

    api.client.failure = AWAY;
    await model.refresh();
    expect(model.phase).toBe('ready');
    expect(model.failure).toBe('The store is away.');
    expect(labels(model.rows)).toContain('run:r2');
  });

  it('tries again when the connection is back', async () => {
    api.client.failure = AWAY;
    await activate();
    api.client.failure = null;

    api.events.connectionChanged.emit(true);
    await settle();

    expect(model.phase).toBe('ready');
  });

  it('shows a change of the user at once', async () => {
    await activate();

    await model.patch('r2', { is_starred: true });

    expect(model.find('r2')?.is_starred).toBe(true);
  });

  it('takes a deleted run out, and back in when restored', async () => {
    await activate();
    const [, deleted] = api.client.runList;

    await model.remove('r2');
    expect(labels(model.rows)).not.toContain('run:r2');

    api.client.runList.splice(1, 0, deleted!);
    await model.patch('r2', { is_deleted: false });
    expect(labels(model.rows)).toContain('run:r2');
  });

  it('goes on from the next line when the selected run is deleted', async () => {
    await activate();
    model.selectedKey = 'r2';
    await model.remove('r2');
    expect(model.selectedKey).toBe('r1');
  });

  it('says once that the server is away, not below every list', async () => {
    await activate();
    api.client.failure = AWAY;
    await model.refresh();

    expect(labels(model.rows)).not.toContain('end:failed');
    expect(api.client.requests).toEqual(['experiments?limit=50', 'health']);
  });

  it('keeps a run that could not be deleted', async () => {
    await activate();
    api.client.failure = AWAY;

    await expect(model.remove('r2')).rejects.toBe(AWAY);
    expect(labels(model.rows)).toContain('run:r2');
  });

  it('says that a session without runs is empty', async () => {
    api.client.runList = [api.client.runList[0]!];
    await activate();

    expect(labels(model.rows)).toEqual([
      'experiment:e1',
      'session:s1',
      'end:empty',
      'experiment:e0'
    ]);
  });

  it('knows the selected run, and that an experiment is none', async () => {
    await activate();
    model.selectedKey = 'r1';
    expect(model.selected?.id).toBe('r1');
    model.selectedKey = 'e1';
    expect(model.selected).toBeNull();
  });

  it('emits nothing after it is disposed', async () => {
    await activate();
    let emitted = 0;
    model.stateChanged.connect(() => (emitted += 1));
    model.dispose();

    api.events.tell(['r1'], ['e1']);
    await settle();

    expect(emitted).toBe(0);
    expect(api.events.watched).toEqual([]);
  });
});
