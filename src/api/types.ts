/** What kind of thing was run. */
export type RunKind = 'session' | 'cell' | 'block';

/** How a run stands, or how it ended. */
export type RunStatus =
  | 'queued'
  | 'running'
  | 'ok'
  | 'error'
  | 'aborted'
  | 'interrupted'
  | 'kernel_died'
  | 'lost';

/** The most memory a run held. */
export interface IPeakMemory {
  bytes: number;
  kind: string;
}

/** The state of the repository a notebook lies in. */
export interface IGitState {
  commit: string | null;
  branch: string | null;
  dirty: boolean | null;
}

/** A run as lists show it. */
export interface IRunSummary {
  id: string;
  kind: RunKind;
  /** The user's name for it, else empty. */
  name: string;
  experiment_id: string;
  parent_id: string | null;
  kernel_id: string;
  kernel_name: string;
  language: string | null;
  notebook_path: string | null;
  cell_id: string | null;
  execution_count: number | null;
  status: RunStatus;
  status_reason: string | null;
  /** The first line of the code that is not blank. */
  code_line: string;
  queued_at: string;
  started_at: string | null;
  ended_at: string | null;
  duration_s: number | null;
  params: Record<string, unknown>;
  metrics: Record<string, number>;
  tags: Record<string, string>;
  note: string;
  is_starred: boolean;
  error_ids: string[];
  error_name: string | null;
  error_message: string | null;
  /** Runs directly below this one. */
  child_count: number;
  /** Runs directly below this one that ended in an error. */
  error_count: number;
  missed_messages: number | null;
  user: string | null;
  target: string | null;
}

/** A run with everything known of it but its outputs. */
export interface IRun extends Omit<IRunSummary, 'code_line'> {
  experiment_name: string;
  code: string;
  code_sha256: string;
  cpu_s: number | null;
  peak_rss: IPeakMemory | null;
  peak_gpu_memory: IPeakMemory | null;
  environment_id: string | null;
  git: IGitState | null;
  job_id: string | null;
}

/** What a user may change of a run; what is absent stays as it is. */
export interface IRunPatch {
  name?: string;
  note?: string;
  tags?: Record<string, string>;
  is_starred?: boolean;
  /** False takes a deleted run back out of the trash. */
  is_deleted?: boolean;
}

/** A named series of runs. */
export interface IExperiment {
  id: string;
  name: string;
  notebook_path: string | null;
  run_count: number;
  error_count: number;
  last_run_at: string | null;
  tags: Record<string, string>;
}

/** The outputs of a run in nbformat 4 form. */
export interface IRunOutputs {
  items: Record<string, unknown>[];
  truncated: boolean;
}

/** What a run had around it. */
export interface IEnvironment {
  python: string | null;
  platform: string;
  packages: Record<string, string>;
  git: IGitState | null;
  language: string | null;
  language_version: string | null;
  interpreter: string | null;
  coverage: string;
}

/** What the user decides about recording. */
export interface ISettings {
  is_recording: boolean;
  is_recording_code: boolean;
  is_recording_outputs: boolean;
  is_recording_environment: boolean;
  excluded_notebooks: string[];
  outputs_max_bytes: number;
  outputs_retention_days: number;
  runs_retention_days: number;
}

/** Everything the health route says. */
export interface IHealth {
  version: string;
  schema_version: string;
  status: 'ok' | 'degraded';
  /** Why it is degraded, one sentence each. */
  reasons: string[];
  store: {
    url: string;
    queue_depth: number;
    dropped: Record<string, number>;
    is_read_only: boolean;
    detail: string;
    notices: string[];
  };
  services: Record<string, { state: string; detail: string }>;
  kernels: Record<
    string,
    { probe: string; detail: string; missed_messages: number | null }
  >;
}
