import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/failures';
import type {
  IExperiment,
  IHealth,
  IRun,
  IRunSummary,
  ISettings
} from '../../api/types';
import type {
  IApiClient,
  IDsinfraApi,
  IErrorsChanged,
  IEventStream,
  IPage,
  IRunQuery,
  IRunsChanged,
  ReceivedEvent,
  ServerState
} from '../../tokens';

/** Return a cell run that ended well, but for what is said otherwise. */
export function makeRun(changes: Partial<IRunSummary> = {}): IRunSummary {
  return {
    id: 'r1',
    kind: 'cell',
    name: '',
    experiment_id: 'e1',
    parent_id: 's1',
    kernel_id: 'k1',
    kernel_name: 'python3',
    language: 'python',
    notebook_path: 'train.ipynb',
    cell_id: 'c1',
    execution_count: 3,
    status: 'ok',
    status_reason: null,
    code_line: 'model.fit(X, y)',
    queued_at: '2026-11-22T10:00:00.000Z',
    started_at: '2026-11-22T10:00:00.000Z',
    ended_at: '2026-11-22T10:00:02.000Z',
    duration_s: 2,
    params: {},
    metrics: {},
    tags: {},
    note: '',
    is_starred: false,
    error_ids: [],
    error_name: null,
    error_message: null,
    child_count: 0,
    error_count: 0,
    missed_messages: 0,
    cpu_s: null,
    peak_rss: null,
    flags: [],
    user: null,
    target: null,
    ...changes
  };
}

export function makeExperiment(
  changes: Partial<IExperiment> = {}
): IExperiment {
  return {
    id: 'e1',
    name: 'train.ipynb',
    notebook_path: 'train.ipynb',
    run_count: 1,
    error_count: 0,
    last_run_at: '2026-11-22T10:00:00.000Z',
    tags: {},
    ...changes
  };
}

export function makeHealth(changes: Partial<IHealth> = {}): IHealth {
  return {
    version: '0.1.0',
    schema_version: '1',
    status: 'ok',
    reasons: [],
    store: {
      url: 'sqlite:///runs.db',
      queue_depth: 0,
      dropped: {},
      is_read_only: false,
      detail: '',
      notices: []
    },
    services: {},
    kernels: {},
    ...changes
  };
}

export const SETTINGS: ISettings = {
  is_recording: true,
  is_recording_code: true,
  is_recording_outputs: true,
  is_recording_environment: true,
  is_recording_errors: true,
  is_capturing_values: false,
  is_recording_warnings: true,
  error_rules: [],
  excluded_notebooks: [],
  outputs_max_bytes: 32_000_000,
  outputs_retention_days: 0,
  runs_retention_days: 0,
  is_interrupting_at_memory_limit: false,
  muted_alerts: []
};

/** A server that keeps experiments and runs in two lists, newest first. */
export class MemoryClient implements IApiClient {
  experimentList: IExperiment[] = [];
  runList: IRunSummary[] = [];
  settingsValue: ISettings = SETTINGS;
  healthValue: IHealth = makeHealth();

  /** What every request fails with while it is set. */
  failure: ApiError | null = null;

  /** What was asked, as `method path?query`, oldest first. */
  requests: string[] = [];

  readonly clockOffset = 0;

  async health(): Promise<IHealth> {
    return this._answer('health', {}, this.healthValue);
  }

  async experiments(query = {}): Promise<IPage<IExperiment>> {
    return this._answer('experiments', query, page(this.experimentList, query));
  }

  async renameExperiment(id: string, name: string): Promise<IExperiment> {
    this.experimentList = this.experimentList.map(item =>
      item.id === id ? { ...item, name } : item
    );
    const renamed = this.experimentList.find(item => item.id === id);
    return this._answer('rename', { id }, renamed as IExperiment);
  }

  async runs(query: IRunQuery = {}): Promise<IPage<IRunSummary>> {
    if (query.q?.includes('stauts')) {
      throw new ApiError('stauts is no field.', 'bad_input', 400, {
        position: query.q.indexOf('stauts'),
        query: query.q
      });
    }
    const found = this.runList.filter(
      run =>
        (query.kind === undefined || run.kind === query.kind) &&
        (query.parent_id === undefined || run.parent_id === query.parent_id) &&
        (query.experiment_id === undefined ||
          run.experiment_id === query.experiment_id) &&
        (!query.q?.includes('is:starred') || run.is_starred)
    );
    return this._answer('runs', query, page(found, query));
  }

  async run(id: string): Promise<IRun> {
    const run = this.runList.find(item => item.id === id);
    if (run === undefined) {
      this.requests.push(`run?id=${id}`);
      throw new ApiError('There is no such run.', 'not_found', 404);
    }
    return this._answer('run', { id }, run as unknown as IRun);
  }

  async patchRun(id: string, patch: object): Promise<IRun> {
    this.runList = this.runList.map(run =>
      run.id === id ? { ...run, ...patch } : run
    );
    return this.run(id);
  }

  async deleteRun(id: string): Promise<void> {
    this._answer('delete', { id }, undefined);
    this.runList = this.runList.filter(run => run.id !== id);
  }

  async settings(): Promise<ISettings> {
    return this._answer('settings', {}, this.settingsValue);
  }

  async patchSettings(patch: object): Promise<ISettings> {
    this._answer('patch settings', { ...patch }, undefined);
    this.settingsValue = { ...this.settingsValue, ...patch };
    return this.settingsValue;
  }

  readonly artifactContent = notAsked;
  readonly artifacts = notAsked;
  readonly capture = notAsked;
  readonly changes = notAsked;
  readonly compare = notAsked;
  readonly data = notAsked;
  readonly download = notAsked;
  readonly environment = notAsked;
  readonly lineage = notAsked;
  readonly metrics = notAsked;
  readonly outputs = notAsked;
  readonly reproduction = notAsked;
  readonly request = notAsked;
  readonly trials = notAsked;

  private _answer<T>(path: string, query: object, value: T): T {
    const text = new URLSearchParams(
      Object.entries(query).filter(([, item]) => item !== null)
    ).toString();
    this.requests.push(text ? `${path}?${text}` : path);
    if (this.failure !== null) {
      throw this.failure;
    }
    return value;
  }
}

/** What belongs to the view of one run: lists ask for none of it. */
async function notAsked(): Promise<never> {
  throw new Error('The panel asks for nothing but lists.');
}

function page<T>(
  items: T[],
  query: { limit?: number; cursor?: string | null }
): IPage<T> {
  const begin = Number(query.cursor ?? 0);
  const end = begin + (query.limit ?? 50);
  return {
    items: items.slice(begin, end),
    next_cursor: end < items.length ? String(end) : null
  };
}

/** An event stream that says what a test tells it to say. */
export class ScriptedEvents implements IEventStream {
  readonly isConnected = true;
  readonly connectionChanged = new Signal<this, boolean>(this);
  readonly runsChanged = new Signal<this, IRunsChanged>(this);
  readonly errorsChanged = new Signal<this, IErrorsChanged>(this);
  readonly healthChanged = new Signal<this, void>(this);
  readonly received = new Signal<this, ReceivedEvent>(this);
  readonly missed = new Signal<this, void>(this);

  /** Topics that somebody watches now. */
  readonly watched: string[] = [];

  watch(topic: string) {
    this.watched.push(topic);
    let isDisposed = false;
    return {
      get isDisposed() {
        return isDisposed;
      },
      dispose: () => {
        isDisposed = true;
        this.watched.splice(this.watched.indexOf(topic), 1);
      }
    };
  }

  /** How often the connection was made anew. */
  renewals = 0;

  renew(): void {
    this.renewals += 1;
  }

  tell(runIds: string[], experimentIds: string[], isComplete = true): void {
    this.runsChanged.emit({ runIds, experimentIds, isComplete });
  }
}

export class MemoryApi implements IDsinfraApi {
  readonly client = new MemoryClient();
  readonly events = new ScriptedEvents();
  readonly changed = new Signal<this, void>(this);
  health: IHealth | null = null;
  state: ServerState = 'ready';

  async refresh(): Promise<void> {
    this.health = await this.client.health().catch(() => null);
    this.changed.emit();
  }
}

/** Let everything that was asked for arrive. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}
