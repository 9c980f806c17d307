import { ApiError } from '../../api/failures';
import type {
  IEngines,
  IGroupRetry,
  IJob,
  IJobGroup,
  IJobLog,
  IJobMessage,
  ILandRequest,
  INewJob,
  INewTarget,
  IPreflight,
  IRunOutputs,
  ITarget,
  ITargetPatch,
  ITargetTest,
  ITargets
} from '../../api/types';
import type {
  IComputeClient,
  IJobGroupQuery,
  IJobQuery,
  IPage,
  IPageRequest
} from '../../tokens';
import { isGroupOpen, isOpen } from '../states';

/** Return a running target of two workers, one of them busy, but for what is said otherwise. */
export function makeTarget(changes: Partial<ITarget> = {}): ITarget {
  return {
    name: 'local',
    engine: 'dask',
    options: {},
    state: 'running',
    detail: '',
    capacity: {
      workers: 2,
      cpus: 4,
      memory_bytes: 8e9,
      gpus: 0,
      free_workers: 1,
      free_cpus: 3,
      free_memory_bytes: 6e9,
      free_gpus: 0,
      queued_jobs: 0,
      running_jobs: 0,
      session_kernels: 0,
      group_kernels: 0
    },
    workers: [],
    capabilities: ['start', 'scale', 'resources', 'client_code', 'dashboard'],
    is_builtin: true,
    dashboard_url: null,
    client_code: 'client = Client("tcp://127.0.0.1:8786")',
    python: '3.11.7',
    price_per_hour: null,
    currency: null,
    registered_by: null,
    ...changes
  };
}

/** Return a group of three items, one of which runs, but for what is said otherwise. */
export function makeGroup(
  changes: Partial<Omit<IJobGroup, 'counts'>> & {
    counts?: Partial<IJobGroup['counts']>;
  } = {}
): IJobGroup {
  const { counts = { ok: 2, running: 1 }, ...others } = changes;
  return {
    id: 'g1',
    name: 'train',
    code_line: '_result = train(item)',
    target: 'local',
    kernel_id: 'k1',
    notebook_path: 'work/sweep.ipynb',
    parent_run_id: 'r0',
    mode: 'group',
    user: null,
    counts: {
      queued: 0,
      starting: 0,
      running: 0,
      ok: 0,
      error: 0,
      cancelled: 0,
      lost: 0,
      ...counts
    },
    submitted_at: '2026-11-22T10:00:00.000Z',
    started_at: '2026-11-22T10:00:01.000Z',
    ended_at: null,
    duration_s: 10,
    worked_s: 30,
    cost: null,
    currency: null,
    ...others
  };
}

/** Return a job that runs for ten seconds, but for what is said otherwise. */
export function makeJob(changes: Partial<IJob> = {}): IJob {
  return {
    id: 'j1',
    run_id: 'r1',
    target: 'local',
    state: 'running',
    detail: '',
    name: '',
    code_line: 'model = train(features)',
    kernel_id: 'k1',
    notebook_path: 'work/train.ipynb',
    cell_id: 'c1',
    resources: { cpus: null, memory_bytes: null, gpus: null },
    returns: null,
    mode: 'fresh',
    shown_by: 'browser',
    user: null,
    retry_of: null,
    group_id: null,
    submitted_at: '2026-11-22T10:00:00.000Z',
    started_at: '2026-11-22T10:00:01.000Z',
    ended_at: null,
    duration_s: 10,
    worker: 'local-0',
    queue_place: null,
    progress_ratio: null,
    progress_text: null,
    cancel_asked_at: null,
    kill_at: null,
    preflight: null,
    sent: [],
    sent_bytes: 0,
    returned: [],
    returned_bytes: null,
    changed_inputs: [],
    result_state: 'none',
    conflicts: [],
    log_seq: 0,
    error_id: null,
    cost: null,
    currency: null,
    ...changes
  };
}

/** Return a job that has ended well. */
export function makeEnded(changes: Partial<IJob> = {}): IJob {
  return makeJob({
    state: 'ok',
    ended_at: '2026-11-22T10:01:01.000Z',
    duration_s: 60,
    ...changes
  });
}

/** Return what is found of a job that waits for the user's word. */
export function makePreflight(changes: Partial<IPreflight> = {}): IPreflight {
  return {
    items: [
      {
        kind: 'large',
        text: 'features is 1.4 GB.',
        is_blocking: false,
        needs_word: true,
        name: 'features',
        path: null,
        size_bytes: 1.4e9
      }
    ],
    sent_bytes: 1.4e9,
    expected_s: 7,
    is_waiting: true,
    ...changes
  };
}

/** A server with targets and jobs; jobs are listed newest first, as they stand here. */
export class MemoryCompute implements IComputeClient {
  targetList: ITarget[] = [makeTarget()];
  jobList: IJob[] = [];
  groupList: IJobGroup[] = [];

  /** The items of every group, failed ones first as the server has them. */
  itemList: IJob[] = [];
  engineList: IEngines['items'] = [];
  log: IJobMessage[] = [];

  /** What every request fails with while it is set. */
  failure: ApiError | null = null;

  /** What was asked, oldest first. */
  requests: string[] = [];

  async targets(): Promise<ITargets> {
    this._note('targets');
    return { items: this.targetList };
  }

  async engines(): Promise<IEngines> {
    this._note('engines');
    return { items: this.engineList };
  }

  async target(name: string): Promise<ITarget> {
    this._note(`target ${name}`);
    return found(this.targetList.find(item => item.name === name));
  }

  async addTarget(target: INewTarget): Promise<ITarget> {
    this._note(`add ${JSON.stringify(target)}`);
    return makeTarget({ name: target.name, state: 'stopped', capacity: null });
  }

  async patchTarget(name: string, patch: ITargetPatch): Promise<ITarget> {
    this._note(`patch ${name} ${JSON.stringify(patch)}`);
    return this.target(name);
  }

  async removeTarget(name: string): Promise<void> {
    this._note(`remove ${name}`);
  }

  startTarget(name: string): Promise<ITarget> {
    return this._change(name, 'start', { state: 'starting', capacity: null });
  }

  stopTarget(name: string): Promise<ITarget> {
    return this._change(name, 'stop', { state: 'stopping' });
  }

  scaleTarget(name: string, workers: number): Promise<ITarget> {
    return this._change(name, `scale ${workers}`, {});
  }

  async testTarget(name: string): Promise<ITargetTest> {
    this._note(`test ${name}`);
    return { is_ok: true, detail: 'It works.' } as ITargetTest;
  }

  async jobs(query: IJobQuery = {}): Promise<IPage<IJob>> {
    const { cursor, state } = query;
    this._note(`jobs ${state} ${cursor ?? ''}`.trim());
    const listed = this.jobList.filter(
      job => isOpen(job) === (state === 'open')
    );
    return pageOf(listed, query);
  }

  async job(id: string): Promise<IJob> {
    this._note(`job ${id}`);
    return found(this.jobList.find(item => item.id === id));
  }

  async submitJob(job: INewJob): Promise<IJob> {
    this._note(`submit ${job.code}`);
    return makeJob({ id: 'new', state: 'queued', started_at: null });
  }

  cancelJob(id: string): Promise<IJob> {
    return this._put(id, 'cancel', {
      cancel_asked_at: '2026-11-22T10:00:05.000Z'
    });
  }

  async retryJob(id: string): Promise<IJob> {
    this._note(`retry ${id}`);
    return makeJob({ id: 'again', retry_of: id });
  }

  confirmJob(id: string): Promise<IJob> {
    return this._put(id, 'confirm', { preflight: null });
  }

  landJob(id: string, request: ILandRequest): Promise<IJob> {
    return this._put(id, `land ${JSON.stringify(request)}`, {
      result_state: 'landed'
    });
  }

  async forgetJob(id: string): Promise<void> {
    this._note(`forget ${id}`);
  }

  async jobLog(id: string, after: number): Promise<IJobLog> {
    this._note(`log ${id} ${after}`);
    const items = this.log.filter(({ seq }) => seq > after);
    const job = this.jobList.find(item => item.id === id);
    return {
      items,
      next_seq: Math.max(after, ...items.map(({ seq }) => seq)),
      is_complete: job !== undefined && !isOpen(job),
      truncated: false
    };
  }

  async jobOutputs(): Promise<IRunOutputs> {
    throw new Error('The views read the log.');
  }

  async jobGroups(query: IJobGroupQuery = {}): Promise<IPage<IJobGroup>> {
    const { cursor, state } = query;
    this._note(`groups ${state} ${cursor ?? ''}`.trim());
    const listed = this.groupList.filter(
      group => isGroupOpen(group) === (state === 'open')
    );
    return pageOf(listed, query);
  }

  async jobGroup(id: string): Promise<IJobGroup> {
    this._note(`group ${id}`);
    return found(this.groupList.find(item => item.id === id));
  }

  async groupItems(id: string, query: IPageRequest = {}): Promise<IPage<IJob>> {
    this._note(`items ${id} ${query.cursor ?? ''}`.trim());
    const listed = this.itemList.filter(job => job.group_id === id);
    return pageOf(listed, query);
  }

  async cancelGroup(id: string): Promise<IJobGroup> {
    this._note(`cancel group ${id}`);
    return found(this.groupList.find(item => item.id === id));
  }

  /** What each request to send failed items again answers; the last one stays. */
  retries: Omit<IGroupRetry, 'group'>[] = [
    { sent: 1, refused: 0, reason: '', left: 0 }
  ];

  async retryGroup(id: string): Promise<IGroupRetry> {
    this._note(`retry group ${id}`);
    const group = found(this.groupList.find(item => item.id === id));
    const answer =
      this.retries.length > 1 ? this.retries.shift() : this.retries[0];
    return { group, ...found(answer) };
  }

  private async _change(
    name: string,
    verb: string,
    changes: Partial<ITarget>
  ): Promise<ITarget> {
    this._note(`${verb} ${name}`);
    const target = found(this.targetList.find(item => item.name === name));
    return { ...target, ...changes };
  }

  private async _put(
    id: string,
    verb: string,
    changes: Partial<IJob>
  ): Promise<IJob> {
    this._note(`${verb} ${id}`);
    const job = found(this.jobList.find(item => item.id === id));
    const changed = { ...job, ...changes };
    this.jobList = this.jobList.map(item => (item.id === id ? changed : item));
    return changed;
  }

  private _note(request: string): void {
    this.requests.push(request);
    if (this.failure !== null) {
      throw this.failure;
    }
  }
}

function pageOf<T>(
  listed: readonly T[],
  { cursor, limit = 50 }: IPageRequest
): IPage<T> {
  const from = Number(cursor ?? 0);
  const to = from + limit;
  return {
    items: listed.slice(from, to),
    next_cursor: to < listed.length ? String(to) : null
  };
}

function found<T>(item: T | undefined): T {
  if (item === undefined) {
    throw new ApiError('There is no such thing.', 'not_found', 404);
  }
  return item;
}
