import { ApiError } from '../../api/failures';
import type {
  IAlert,
  IAlertDetails,
  IAlertPatch,
  IGpuSample,
  IHostSample,
  IKernelMemory,
  IKernelSample,
  ISampleWindow,
  ISnapshot
} from '../../api/types';
import type { IResourcesClient, ISampleQuery } from '../../tokens';

export const AT = '2026-11-22T10:00:00.000Z';

/** Return a machine with two CPUs, half in use, but for what is said otherwise. */
export function makeHost(changes: Partial<IHostSample> = {}): IHostSample {
  return {
    cpu_ratio: 0.5,
    cpu_count: 2,
    cpu_count_source: 'machine',
    throttled_ratio: null,
    load_1m: 0.4,
    memory_used_bytes: 3.1e9,
    memory_limit_bytes: 8e9,
    memory_limit_source: '/sys/fs/cgroup/user.slice',
    swap_used_bytes: 0,
    swap_total_bytes: 0,
    disk_used_bytes: 40e9,
    disk_total_bytes: 100e9,
    disk_read_bytes_per_s: 0,
    disk_write_bytes_per_s: 0,
    network_in_bytes_per_s: 0,
    network_out_bytes_per_s: 0,
    ...changes
  };
}

/** Return an idle kernel, but for what is said otherwise. */
export function makeKernel(
  changes: Partial<IKernelSample> = {}
): IKernelSample {
  return {
    kernel_id: 'k1',
    kernel_name: 'python3',
    notebook_path: 'work/train.ipynb',
    name: 'train.ipynb',
    state: 'idle',
    running: null,
    started_at: '2026-11-22T09:00:00.000Z',
    last_activity_at: '2026-11-22T09:59:55.000Z',
    cpu_ratio: 0.01,
    rss_bytes: 100e6,
    peak_rss_bytes: 120e6,
    process_count: 1,
    gpu_memory_bytes: null,
    gpu_memory_at_most_bytes: null,
    gpu_memory_absent: '',
    absent: '',
    ...changes
  };
}

/** Return a GPU of which one kernel and two strangers hold memory. */
export function makeGpu(changes: Partial<IGpuSample> = {}): IGpuSample {
  return {
    uuid: 'GPU-1',
    index: 0,
    name: 'NVIDIA A100',
    parent_uuid: null,
    util_ratio: 0.72,
    memory_used_bytes: 30e9,
    memory_total_bytes: 80e9,
    temperature_c: 61.2,
    power_w: 212,
    power_limit_w: 300,
    slowdown_c: null,
    slowed_by: [],
    energy_j: null,
    owners: [
      {
        kernel_id: 'k1',
        notebook_path: 'work/train.ipynb',
        memory_bytes: 20e9,
        process_count: 1,
        util_ratio: 0.6,
        is_by_file: false,
        memory_at_most_bytes: null
      },
      {
        kernel_id: null,
        notebook_path: null,
        memory_bytes: 9e9,
        process_count: 2,
        util_ratio: null,
        is_by_file: false,
        memory_at_most_bytes: null
      }
    ],
    absent: {},
    age_s: 0.5,
    ...changes
  };
}

/** Return readings of a machine without a GPU, but for what is said otherwise. */
export function makeSnapshot(changes: Partial<ISnapshot> = {}): ISnapshot {
  return {
    seq: 1,
    at: new Date().toISOString(),
    interval_s: 1,
    host: makeHost(),
    kernels: [makeKernel()],
    gpus: [],
    absent: { nvidia: 'No NVIDIA driver is installed.' },
    cost: {
      tick_p50_s: 0.0004,
      tick_p95_s: 0.001,
      gpu_p95_s: null,
      cpu_ratio: 0.0011,
      loop_lag_p50_s: 0.00002,
      loop_lag_p95_s: 0.0123
    },
    hourly_expense: null,
    memory_full_in_s: null,
    ...changes
  };
}

/** Return memory that is shared in part, but for what is said otherwise. */
export function makeKernelMemory(
  changes: Partial<IKernelMemory> = {}
): IKernelMemory {
  return {
    kernel_id: 'k1',
    at: AT,
    resident_bytes: 200e6,
    proportional_bytes: 120e6,
    own_bytes: 80e6,
    swapped_bytes: null,
    process_count: 2,
    unread_count: 1,
    took_s: 0.002,
    absent: '',
    ...changes
  };
}

export function makeAlert(changes: Partial<IAlert> = {}): IAlert {
  return {
    id: 'memory_high:host',
    kind: 'memory_high',
    subject: 'host',
    text: 'Memory is at 90 % of its limit.',
    since: AT,
    is_critical: false,
    kernel_id: 'k1',
    run_id: 'r1',
    snoozed_until: null,
    ...changes
  };
}

/** Return nothing behind an alert, but for what is said otherwise. */
export function makeAlertDetails(
  changes: Partial<IAlertDetails> = {}
): IAlertDetails {
  return {
    alert_id: 'memory_high:host',
    at: AT,
    processes: [],
    files: [],
    is_complete: true,
    absent: '',
    ...changes
  };
}

/** A server with one machine. */
export class MemoryResources implements IResourcesClient {
  snapshot: ISnapshot | null = makeSnapshot();
  alertList: IAlert[] = [];
  alertDetail: IAlertDetails | null = null;
  window: ISampleWindow = {
    seq: 0,
    step_s: 1,
    at_s: [],
    series: {},
    kernel_names: {}
  };

  memory = makeKernelMemory();

  /** What the question for memory fails with while it is set. */
  memoryFailure: ApiError | null = null;

  /** What every request fails with while it is set. */
  failure: ApiError | null = null;

  /** What was asked, oldest first. */
  requests: string[] = [];

  async latestSamples(): Promise<ISnapshot> {
    this._note('latest');
    if (this.snapshot === null) {
      throw new ApiError('Not looked at yet.', 'unavailable', 503);
    }
    return this.snapshot;
  }

  async samples(query: ISampleQuery = {}): Promise<ISampleWindow> {
    this._note(`samples ${query.keys ?? query.window_s}`);
    return this.window;
  }

  async kernelMemory(kernelId: string): Promise<IKernelMemory> {
    this._note(`memory ${kernelId}`);
    if (this.memoryFailure !== null) {
      throw this.memoryFailure;
    }
    return this.memory;
  }

  async alerts(): Promise<{ items: IAlert[] }> {
    this._note('alerts');
    return { items: this.alertList };
  }

  async alertDetails(id: string): Promise<IAlertDetails> {
    this._note(`details ${id}`);
    if (this.alertDetail === null) {
      throw new ApiError('The search takes too long.', 'unavailable', 503);
    }
    return this.alertDetail;
  }

  async patchAlert(id: string, patch: IAlertPatch): Promise<IAlert> {
    this._note(`patch ${id} ${JSON.stringify(patch)}`);
    const alert = this.alertList.find(item => item.id === id);
    if (alert === undefined) {
      throw new ApiError('It is over.', 'not_found', 404);
    }
    const until = Date.now() + (patch.snooze_s ?? 0) * 1000;
    const changed: IAlert = {
      ...alert,
      snoozed_until: patch.snooze_s ? new Date(until).toISOString() : null
    };
    this.alertList = this.alertList.map(item =>
      item.id === id ? changed : item
    );
    return changed;
  }

  readonly cellPeak = notAsked;
  readonly notebookSize = notAsked;
  readonly runSamples = notAsked;

  private _note(request: string): void {
    this.requests.push(request);
    if (this.failure !== null) {
      throw this.failure;
    }
  }
}

/** What belongs to one run or cell: the section asks for none of it. */
async function notAsked(): Promise<never> {
  throw new Error('The section asks for nothing about runs.');
}
