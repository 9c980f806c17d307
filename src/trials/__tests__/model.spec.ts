import { Signal } from '@lumino/signaling';

import type { IRun, ITrial, ITrials } from '../../api/types';
import type {
  IApiClient,
  IDsinfraApi,
  IRunsChanged,
  ITrialQuery
} from '../../tokens';
import { Layouts } from '../layouts';
import { TrialsModel } from '../model';
import { makeTrial } from './makeTrial';

/** A store of state in memory, as far as it is used. */
class MemoryState {
  readonly values = new Map<string, string>();

  async fetch(key: string): Promise<unknown> {
    return JSON.parse(this.values.get(key) ?? 'null');
  }

  async save(key: string, value: unknown): Promise<void> {
    this.values.set(key, JSON.stringify(value));
  }
}

/** A server that keeps trials in a list, newest first. */
class Server {
  trials: ITrial[] = [];
  failure: Error | null = null;
  readonly asked: string[] = [];
  readonly events = {
    isConnected: true,
    watchers: 0,
    runsChanged: new Signal<object, IRunsChanged>(this),
    missed: new Signal<object, void>(this),
    connectionChanged: new Signal<object, boolean>(this),
    watch: () => {
      this.events.watchers += 1;
      return { isDisposed: false, dispose: () => (this.events.watchers -= 1) };
    }
  };

  get api(): IDsinfraApi {
    const client: Partial<IApiClient> = {
      clockOffset: 0,
      patchRun: async (id, patch) => {
        this.asked.push(`patch ${id}`);
        return patch as IRun;
      },
      run: async () => ({ experiment_id: 'e1' }) as IRun,
      trials: async (cellId, query = {}) => this._page(cellId, query)
    };
    return { client, events: this.events } as unknown as IDsinfraApi;
  }

  private _page(cellId: string, query: ITrialQuery): ITrials {
    const { cursor, limit = 50, notebook_path: path } = query;
    this.asked.push(`${cellId} ${path} ${limit} ${cursor ?? '-'}`);
    if (this.failure !== null) {
      throw this.failure;
    }
    const begin = Number(cursor ?? 0);
    const end = begin + limit;
    return {
      columns: { params: [], metrics: [] },
      items: this.trials.slice(begin, end),
      next_cursor: end < this.trials.length ? String(end) : null
    };
  }
}

function makeTrials(from: number, to: number): ITrial[] {
  const trials: ITrial[] = [];
  for (let index = from; index >= to; index--) {
    trials.push(
      makeTrial({
        run_id: `r${index}`,
        execution_count: index,
        params: { lr: index / 10, seed: 1 },
        metrics: { acc: (index * 7) % 10 },
        code_sha256: `code${Math.floor(index / 2)}`
      })
    );
  }
  return trials;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) {
    await Promise.resolve();
  }
}

describe('TrialsModel', () => {
  let server: Server;
  let state: MemoryState;
  let model: TrialsModel;

  function open(): TrialsModel {
    return new TrialsModel({
      api: server.api,
      cellId: 'c1',
      layouts: new Layouts(state as never),
      notebookPath: 'train.ipynb'
    });
  }

  const ids = (): string[] => model.rows.map(row => row.run_id);

  beforeEach(() => {
    jest.useFakeTimers();
    server = new Server();
    state = new MemoryState();
    server.trials = makeTrials(5, 1);
    model = open();
  });

  afterEach(() => {
    model.dispose();
    jest.useRealTimers();
  });

  it('asks for nothing before somebody looks', async () => {
    await settle();
    expect(server.asked).toEqual([]);
    expect(model.phase).toBe('loading');
    model.isActive = true;
    await settle();
    expect(model.phase).toBe('ready');
    expect(ids()).toEqual(['r5', 'r4', 'r3', 'r2', 'r1']);
    expect(server.events.watchers).toBe(1);
    model.isActive = false;
    expect(server.events.watchers).toBe(0);
  });

  it('reads page after page, and numbers versions when all are there', async () => {
    server.trials = makeTrials(1200, 1);
    model.isActive = true;
    let between = -1;
    model.stateChanged.connect(() => {
      if (model.trials.length === 500) {
        between = model.versions.size;
      }
    });
    await settle();
    expect(between).toBe(0);
    expect(model.trials).toHaveLength(1200);
    expect(model.versions.get('code0')).toBe(1);
    expect(server.asked).toEqual([
      'c1 train.ipynb 500 -',
      'c1 train.ipynb 500 500',
      'c1 train.ipynb 500 1000'
    ]);
  });

  it('stops by itself at many, and goes on when asked to', async () => {
    server.trials = makeTrials(10_600, 1);
    model.isActive = true;
    await settle();
    await settle();
    await settle();
    await settle();
    expect(model.trials).toHaveLength(10_000);
    expect(model.isFilling).toBe(false);
    expect(model.hasMore).toBe(true);
    model.readMore();
    await settle();
    expect(model.trials).toHaveLength(10_600);
  });

  it('asks for the newest only when a run of its experiment changes', async () => {
    model.isActive = true;
    await settle();
    server.asked.length = 0;
    server.trials = makeTrials(6, 1);
    const tell = (experimentId: string): void =>
      server.events.runsChanged.emit({
        runIds: ['new'],
        experimentIds: [experimentId],
        isComplete: true
      });
    tell('other');
    jest.advanceTimersByTime(1000);
    await settle();
    expect(server.asked).toEqual([]);
    tell('e1');
    tell('e1');
    tell('e1');
    jest.advanceTimersByTime(1000);
    await settle();
    expect(server.asked).toEqual(['c1 train.ipynb 50 -']);
    expect(ids()[0]).toBe('r6');
  });

  it('asks for nothing while hidden, and for all when shown again', async () => {
    model.isActive = true;
    await settle();
    model.isActive = false;
    server.asked.length = 0;
    server.trials = makeTrials(7, 1);
    server.events.runsChanged.emit({
      runIds: ['r7'],
      experimentIds: ['e1'],
      isComplete: true
    });
    jest.advanceTimersByTime(5000);
    await settle();
    expect(server.asked).toEqual([]);
    model.isActive = true;
    await settle();
    expect(ids()[0]).toBe('r7');
  });

  it('keeps older pages when the newest is read again', async () => {
    server.trials = makeTrials(700, 1);
    model.isActive = true;
    await settle();
    server.trials = makeTrials(710, 1).filter(trial => trial.run_id !== 'r695');
    server.events.runsChanged.emit({
      runIds: ['r710'],
      experimentIds: ['e1'],
      isComplete: true
    });
    jest.advanceTimersByTime(1000);
    await settle();
    expect(model.trials).toHaveLength(709);
    expect(ids()).not.toContain('r695');
    expect(new Set(ids()).size).toBe(709);
  });

  it('shows what it has when the server fails, and says why', async () => {
    server.failure = new Error('away');
    model.isActive = true;
    await settle();
    expect(model.phase).toBe('failed');
    server.failure = null;
    await model.refresh();
    server.failure = new Error('away again');
    await model.refresh();
    expect(model.phase).toBe('ready');
    expect(model.trials).toHaveLength(5);
    expect(model.failure).toEqual(new Error('away again'));
  });

  it('filters, sorts and hides what is equal', async () => {
    model.isActive = true;
    await settle();
    model.filter = 'lr>=0.2';
    expect(ids()).toEqual(['r5', 'r4', 'r3', 'r2']);
    model.cycleSort('metric.acc');
    expect(ids()).toEqual(['r3', 'r2', 'r5', 'r4']);
    model.cycleSort('metric.acc');
    expect(ids()).toEqual(['r4', 'r5', 'r2', 'r3']);
    model.cycleSort('metric.acc');
    expect(ids()).toEqual(['r5', 'r4', 'r3', 'r2']);
    expect(model.shownColumns.map(({ key }) => key)).toContain('param.seed');
    model.changeLayout({ onlyDiffering: true });
    const keys = model.shownColumns.map(({ key }) => key);
    expect(keys).toContain('param.lr');
    expect(keys).not.toContain('param.seed');
  });

  it('keeps the last filter that made sense while one is typed', async () => {
    model.isActive = true;
    await settle();
    model.filter = 'lr>=0.4';
    expect(ids()).toEqual(['r5', 'r4']);
    model.filter = 'lr>=0.4 ac<';
    expect(model.filterFailure).toEqual({ kind: 'no-column', subject: 'ac' });
    expect(ids()).toEqual(['r5', 'r4']);
    model.filter = '';
    expect(model.filterFailure).toBeNull();
    expect(ids()).toHaveLength(5);
  });

  it('shows what lies in chosen ranges, and marks the best of that', async () => {
    model.isActive = true;
    await settle();
    const acc = model.columns.find(({ key }) => key === 'metric.acc')!;
    expect(model.statsOf(acc).best).toBe(8);
    model.setRange('param.lr', { low: 0.1, high: 0.3 });
    expect(ids()).toEqual(['r3', 'r2', 'r1']);
    expect(model.statsOf(acc).best).toBe(7);
    model.changeLayout({ lessIsBetter: { acc: true } });
    expect(model.statsOf(acc).best).toBe(1);
    model.clearFilters();
    expect(ids()).toHaveLength(5);
  });

  it('remembers how a cell is looked at', async () => {
    model.isActive = true;
    await settle();
    model.toggleColumn('param.seed', false);
    model.changeLayout({ mode: 'scatter', hasHeat: false });
    await settle();
    const again = open();
    again.isActive = true;
    await settle();
    expect(again.layout).toMatchObject({
      hidden: ['param.seed'],
      mode: 'scatter',
      hasHeat: false
    });
    again.dispose();
  });

  it('selects runs one by one and by stretches', async () => {
    model.isActive = true;
    await settle();
    const { selection } = model;
    selection.toggle('r4');
    selection.extendTo('r2', ids());
    expect([...selection.ids]).toEqual(['r4', 'r3', 'r2']);
    selection.toggle('r3');
    expect(selection.has('r3')).toBe(false);
    selection.toggleAll(ids());
    expect(selection.ids.size).toBe(5);
    selection.toggleAll(ids());
    expect(selection.ids.size).toBe(0);
  });

  it('shows a star at once', async () => {
    model.isActive = true;
    await settle();
    await model.star('r2', true);
    expect(server.asked).toContain('patch r2');
    expect(model.trials.find(({ run_id }) => run_id === 'r2')?.is_starred).toBe(
      true
    );
  });
});

describe('Layouts', () => {
  it('forgets the cell that was not looked at for longest', async () => {
    const state = new MemoryState();
    const layouts = new Layouts(state as never);
    const base = await layouts.load('any');
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        layouts.save(`cell ${index}`, { ...base, hidden: [`c${index}`] })
      )
    );
    expect((await layouts.load('cell 59')).hidden).toEqual(['c59']);
    expect((await layouts.load('cell 9')).hidden).toEqual([]);
    expect(JSON.parse([...state.values.values()][0] ?? '[]')).toHaveLength(50);
  });

  it('is not led astray by what another version has written', async () => {
    const state = new MemoryState();
    await state.save('dsinfra-jlab:trials', [null, 3, { cell: 'c' }]);
    expect((await new Layouts(state as never).load('c')).mode).toBe('table');
  });
});
