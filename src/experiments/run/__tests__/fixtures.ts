import { Signal } from '@lumino/signaling';

import { ApiError } from '../../../api/failures';
import type {
  IRun,
  IRunOutputs,
  IRunPatch,
  IRunSummary
} from '../../../api/types';
import type {
  IApiClient,
  IErrorsChanged,
  IEventStream,
  IPage,
  IRunsChanged,
  ReceivedEvent
} from '../../../tokens';

/** Return a run that ended well, but for what is said otherwise. */
export function makeRun(changes: Partial<IRun> = {}): IRun {
  return {
    id: 'r1',
    kind: 'cell',
    name: '',
    experiment_id: 'e1',
    experiment_name: 'train.ipynb',
    parent_id: 's1',
    kernel_id: 'k1',
    kernel_name: 'python3',
    language: 'python',
    notebook_path: 'train.ipynb',
    cell_id: 'c1',
    execution_count: 3,
    status: 'ok',
    status_reason: null,
    code: '\n\nlr = 0.1\nprint(lr)',
    code_sha256: '',
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
    cpu_s: null,
    peak_rss: null,
    peak_gpu_memory: null,
    energy_j: null,
    missed_messages: 0,
    dropped: {},
    flags: [],
    environment_id: null,
    git: null,
    user: null,
    target: null,
    job_id: null,
    ...changes
  };
}

/** Return a run as lists show it, asked for at a minute of the same hour. */
export function makeSummary(id: string, minute: number): IRunSummary {
  const queuedAt = `2026-11-22T10:${String(minute).padStart(2, '0')}:00.000Z`;
  const { code, ...run } = makeRun({ id, queued_at: queuedAt });
  return { ...run, code_line: code.trim() } as unknown as IRunSummary;
}

/** Return the error of a route that knows no such run. */
export function notFound(): ApiError {
  return new ApiError('There is no such run.', 'not_found', 404);
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

  readonly renew = (): void => undefined;

  /** How many watch now. */
  watchers = 0;

  watch(): { isDisposed: boolean; dispose: () => void } {
    this.watchers += 1;
    const watch = {
      isDisposed: false,
      dispose: () => {
        if (!watch.isDisposed) {
          watch.isDisposed = true;
          this.watchers -= 1;
        }
      }
    };
    return watch;
  }

  /** Say that a run has changed. */
  change(runId: string, experimentId = 'e1'): void {
    this.runsChanged.emit({
      runIds: [runId],
      experimentIds: [experimentId],
      isComplete: true
    });
  }
}

/** A server that holds one run in memory and counts what is asked of it. */
export class ScriptedServer {
  run: IRun | null = makeRun();
  outputs: IRunOutputs = { items: [], truncated: false };
  children: IPage<IRunSummary> = { items: [], next_cursor: null };
  failure: Error | null = null;
  readonly asked: string[] = [];

  /** The client that asks this server. */
  get client(): IApiClient {
    const client: Partial<IApiClient> = {
      clockOffset: 0,
      run: () => this._answer('run', () => this._found()),
      outputs: () => this._answer('outputs', () => this.outputs),
      runs: () => this._answer('runs', () => this.children),
      patchRun: (_, patch) => this._answer('patch', () => this._patch(patch)),
      deleteRun: () => this._answer('delete', () => this._delete())
    };
    return client as IApiClient;
  }

  private _answer<T>(what: string, give: () => T): Promise<T> {
    this.asked.push(what);
    return this.failure
      ? Promise.reject(this.failure)
      : Promise.resolve().then(give);
  }

  private _found(): IRun {
    if (this.run === null) {
      throw notFound();
    }
    return this.run;
  }

  private _patch(patch: IRunPatch): IRun {
    if (patch.is_deleted === false) {
      this.run = this._trash;
    }
    const given = Object.entries(patch).filter(
      ([name, value]) => name !== 'is_deleted' && value !== undefined
    );
    this.run = { ...this._found(), ...Object.fromEntries(given) };
    return this.run;
  }

  private _delete(): void {
    this._trash = this._found();
    this.run = null;
  }

  private _trash: IRun | null = null;
}
