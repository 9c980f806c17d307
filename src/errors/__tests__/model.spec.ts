import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { ErrorsModel } from '../model';
import { MemoryErrors, makeGroup } from './memoryErrors';

const DOWN = new ApiError('The server does not answer.', 'unreachable', 0);

describe('ErrorsModel', () => {
  let api: MemoryApi;
  let client: MemoryErrors;
  let notebook: { path: string | null; changed: Signal<unknown, unknown> };
  let model: ErrorsModel;

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryErrors();
    client.groupList = [
      makeGroup({ id: 'g3', state: 'new' }),
      makeGroup({ id: 'g2', state: 'resolved' }),
      makeGroup({ id: 'g1', notebooks: ['b.ipynb'] })
    ];
    notebook = { path: 'b.ipynb', changed: new Signal<unknown, unknown>({}) };
    model = new ErrorsModel({ api, client, notebook });
  });

  afterEach(() => {
    model.dispose();
  });

  async function show(): Promise<void> {
    model.isActive = true;
    await settle();
  }

  const ids = (): string[] => model.groups.map(group => group.id);

  it('asks for nothing before somebody looks, then for what is open', async () => {
    model.restrict({ q: 'x' });
    model.restrict({ q: '' });
    await settle();
    expect(client.requests).toEqual([]);
    expect(model.phase).toBe('loading');

    await show();
    expect(client.requests).toEqual(['groups?is_open=true&limit=100']);
    expect(ids()).toEqual(['g3', 'g1']);
    expect(api.events.watched).toEqual(['error']);
  });

  it('is told nothing while nobody looks, and catches up afterwards', async () => {
    await show();
    model.isActive = false;
    expect(api.events.watched).toEqual([]);
    client.groupList.unshift(makeGroup({ id: 'g4' }));
    tell(['g4']);
    await settle();
    expect(ids()).toEqual(['g3', 'g1']);

    await show();
    expect(ids()).toEqual(['g4', 'g3', 'g1']);
  });

  function tell(groupIds: string[], isComplete = true): void {
    api.events.errorsChanged.emit({ groupIds, runIds: [], isComplete });
  }

  it('puts on top what happened again', async () => {
    await show();
    const again = makeGroup({ id: 'g1', count: 2 });
    client.groupList = [again, makeGroup({ id: 'g3' })];
    tell(['g1']);
    await settle();
    expect(ids()).toEqual(['g1', 'g3']);
    expect(model.find('g1')?.count).toBe(2);
  });

  it('asks for the head alone unless something below it changed', async () => {
    client.groupList = Array.from({ length: 80 }, (_, index) =>
      makeGroup({ id: `g${index}` })
    );
    await show();
    client.requests = [];
    tell(['g3', 'unseen']);
    await settle();
    tell(['g70']);
    await settle();
    tell([], false);
    await settle();
    expect(client.requests).toEqual([
      'groups?is_open=true&limit=50',
      'groups?is_open=true&limit=80',
      'groups?is_open=true&limit=80'
    ]);
  });

  it('reads further pages as they come into view', async () => {
    client.groupList = Array.from({ length: 150 }, (_, index) =>
      makeGroup({ id: `g${index}` })
    );
    await show();
    expect(model.hasMore).toBe(true);
    model.showRange(99);
    await settle();
    expect(model.groups).toHaveLength(100);

    model.showRange(100);
    model.showRange(100);
    await settle();
    expect(model.groups).toHaveLength(150);
    expect(model.hasMore).toBe(false);
    expect(client.requests).toHaveLength(2);
  });

  it('leaves what was shown standing until the new list is there', async () => {
    await show();
    let open: () => void = () => undefined;
    client.gate = new Promise(resolve => (open = resolve));
    model.restrict({ state: 'resolved' });
    await settle();
    expect(ids()).toEqual(['g3', 'g1']);
    expect(model.isBusy).toBe(true);

    open();
    await settle();
    expect(ids()).toEqual(['g2']);
    expect(model.isBusy).toBe(false);
  });

  it('shows what was asked for last, whatever is answered when', async () => {
    await show();
    let open: () => void = () => undefined;
    client.gate = new Promise(resolve => (open = resolve));
    model.restrict({ state: 'resolved' });
    await settle();
    model.restrict({ state: 'new' });
    await settle();
    open();
    await settle();
    expect(ids()).toEqual(['g3']);
    expect(model.isBusy).toBe(false);
  });

  it('follows the notebook in front where it is asked to', async () => {
    await show();
    model.restrict({ isHere: true });
    await settle();
    expect(ids()).toEqual(['g1']);

    notebook.path = 'work/train.ipynb';
    notebook.changed.emit(undefined);
    await settle();
    expect(ids()).toEqual(['g3']);
    expect(model.notebookName).toBe('train.ipynb');

    const asked = client.requests.length;
    notebook.path = null;
    notebook.changed.emit(undefined);
    await settle();
    expect(model.lacksNotebook).toBe(true);
    expect(model.groups).toEqual([]);
    expect(model.phase).toBe('ready');
    expect(client.requests).toHaveLength(asked);

    model.restrict({ isHere: false });
    await settle();
    expect(ids()).toEqual(['g3', 'g1']);
  });

  it('drops a group that no longer belongs here, and goes on from the next', async () => {
    await show();
    model.selectedId = 'g3';
    await model.patch('g3', { state: 'resolved' });
    expect(ids()).toEqual(['g1']);
    expect(model.selectedId).toBe('g1');

    await model.patch('g1', { state: 'ignored' });
    expect(model.selectedId).toBeNull();
  });

  it('brings a group back to its place', async () => {
    await show();
    await model.patch('g3', { state: 'resolved' });
    await model.patch('g3', { state: 'ongoing' });
    expect(ids()).toEqual(['g3', 'g1']);
  });

  it('keeps the changed group in a list that it still belongs to', async () => {
    await show();
    model.restrict({ state: 'all' });
    await settle();
    const asked = client.requests.length;
    await model.patch('g3', { state: 'resolved' });
    expect(model.find('g3')?.state).toBe('resolved');
    expect(client.requests).toHaveLength(asked + 1);
  });

  it('changes a group while nobody looks without reading the list', async () => {
    await model.patch('g3', { state: 'resolved' });
    expect(client.requests).toEqual(['patch?id=g3&state=resolved']);
    await show();
    expect(ids()).toEqual(['g1']);
  });

  it('says why there is nothing, and tries again', async () => {
    client.failure = DOWN;
    await show();
    expect(model.phase).toBe('failed');
    expect(model.failure).toBe('The server does not answer.');

    client.failure = null;
    await model.refresh();
    expect(model.phase).toBe('ready');
    expect(model.failure).toBeNull();
  });

  it('keeps what it had when the server goes away, and asks when it is back', async () => {
    await show();
    client.failure = DOWN;
    tell(['g3']);
    await settle();
    expect(ids()).toEqual(['g3', 'g1']);
    expect(model.phase).toBe('ready');
    expect(model.failure).not.toBeNull();

    client.failure = null;
    api.events.connectionChanged.emit(true);
    await settle();
    expect(model.failure).toBeNull();
  });

  it('asks again when events may have been missed', async () => {
    await show();
    client.groupList.unshift(makeGroup({ id: 'g9' }));
    api.events.missed.emit();
    await settle();
    expect(ids()).toEqual(['g9', 'g3', 'g1']);
  });

  it('is silent once it is disposed', async () => {
    await show();
    const asked = client.requests.length;
    model.dispose();
    tell(['g1']);
    await settle();
    expect(client.requests).toHaveLength(asked);
    expect(api.events.watched).toEqual([]);
  });
});
