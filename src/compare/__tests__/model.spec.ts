import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/failures';
import type { IComparison, IRun, IRunOutputs } from '../../api/types';
import { makeRun, notFound } from '../../experiments/run/__tests__/fixtures';
import type { IApiClient, IDsinfraApi, IRunsChanged } from '../../tokens';
import { ComparisonModel } from '../model';

/** A server that knows some runs. */
class Server {
  runs = new Map<string, IRun>();
  failure: Error | null = null;
  readonly asked: string[] = [];
  watchers = 0;
  readonly runsChanged = new Signal<object, IRunsChanged>(this);
  readonly missed = new Signal<object, void>(this);

  constructor() {
    for (const id of ['a', 'b', 'c']) {
      this.runs.set(id, makeRun({ id }));
    }
  }

  get api(): IDsinfraApi {
    const client: Partial<IApiClient> = {
      compare: async ids => this._compare(ids),
      run: async id => this._run(id),
      outputs: async id => {
        this.asked.push(`outputs ${id}`);
        return { items: [{ id }], truncated: false } as IRunOutputs;
      }
    };
    const events = {
      runsChanged: this.runsChanged,
      missed: this.missed,
      watch: () => {
        this.watchers += 1;
        return { isDisposed: false, dispose: () => (this.watchers -= 1) };
      }
    };
    return { client, events } as unknown as IDsinfraApi;
  }

  change(...runIds: string[]): void {
    this.runsChanged.emit({ runIds, experimentIds: [], isComplete: true });
  }

  private _run(id: string): IRun {
    const run = this.runs.get(id);
    if (run === undefined) {
      throw notFound();
    }
    return run;
  }

  private _compare(ids: readonly string[]): IComparison {
    this.asked.push(`compare ${ids.join(' ')}`);
    if (this.failure !== null) {
      throw this.failure;
    }
    return {
      runs: ids.map(id => this._run(id)),
      params: {},
      metrics: {},
      code_diff: [],
      environment_diff: { python: [], platform: [], git: [], packages: {} }
    };
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}

describe('ComparisonModel', () => {
  let server: Server;
  let model: ComparisonModel;

  beforeEach(() => {
    jest.useFakeTimers();
    server = new Server();
    model = new ComparisonModel({ api: server.api, ids: ['a', 'b', 'c'] });
  });

  afterEach(() => {
    model.dispose();
    jest.useRealTimers();
  });

  it('asks for nothing before somebody looks', async () => {
    await settle();
    expect(server.asked).toEqual([]);
    model.isActive = true;
    await settle();
    expect(server.asked).toEqual(['compare a b c']);
    expect(model.comparison?.runs).toHaveLength(3);
    expect(server.watchers).toBe(1);
  });

  it('compares each run once', () => {
    const twice = new ComparisonModel({
      api: server.api,
      ids: ['a', 'b', 'a']
    });
    expect(twice.ids).toEqual(['a', 'b']);
    twice.dispose();
  });

  it('takes another baseline, and fewer runs, but never one', async () => {
    model.isActive = true;
    await settle();
    const told: string[] = [];
    model.idsChanged.connect(() => told.push(model.ids.join(' ')));
    model.setBaseline('c');
    await settle();
    model.remove('a');
    await settle();
    model.remove('b');
    await settle();
    expect(told).toEqual(['c a b', 'c b']);
    expect(server.asked).toEqual([
      'compare a b c',
      'compare c a b',
      'compare c b'
    ]);
  });

  it('goes on without runs that are gone', async () => {
    server.runs.delete('b');
    model.isActive = true;
    await settle();
    expect(model.ids).toEqual(['a', 'c']);
    expect(model.goneCount).toBe(1);
    expect(model.comparison?.runs.map(({ id }) => id)).toEqual(['a', 'c']);
  });

  it('says so when too few are left', async () => {
    server.runs.delete('b');
    server.runs.delete('c');
    model.isActive = true;
    await settle();
    expect(model.comparison).toBeNull();
    expect(model.failure).toBe('There is no such run.');
  });

  it('keeps what it shows when the server fails', async () => {
    model.isActive = true;
    await settle();
    server.failure = new ApiError('away', 'unreachable', 0);
    await model.refresh();
    expect(model.failure).toBe('away');
    expect(model.comparison?.runs).toHaveLength(3);
  });

  it('asks again when one of its runs has changed, joined, and only if seen', async () => {
    model.isActive = true;
    await settle();
    server.asked.length = 0;
    server.change('other');
    jest.advanceTimersByTime(2000);
    await settle();
    expect(server.asked).toEqual([]);
    server.change('a');
    server.change('b');
    jest.advanceTimersByTime(2000);
    await settle();
    expect(server.asked).toEqual(['compare a b c']);
    model.isActive = false;
    server.change('a');
    jest.advanceTimersByTime(2000);
    await settle();
    expect(server.asked).toHaveLength(1);
    model.isActive = true;
    await settle();
    expect(server.asked).toHaveLength(2);
  });

  it('fetches outputs when asked to, and again for a run that went on', async () => {
    server.runs.set('b', makeRun({ id: 'b', status: 'running' }));
    model.isActive = true;
    await settle();
    expect(model.outputsOf('a')).toBeNull();
    model.loadOutputs();
    await settle();
    expect(model.outputsOf('a')?.value?.items).toEqual([{ id: 'a' }]);
    server.asked.length = 0;
    server.runs.set('b', makeRun({ id: 'b', status: 'ok' }));
    await model.refresh();
    await settle();
    expect(server.asked).toEqual(['compare a b c', 'outputs b']);
  });
});
