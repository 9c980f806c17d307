import type {
  Category,
  ExportFormat,
  GroupState,
  IAlert,
  IAlertDetails,
  IAlertPatch,
  IAlerts,
  ICellPeak,
  IKernelMemory,
  INotebookSize,
  IComparison,
  IEngines,
  IEnvironment,
  IErrorGroup,
  IErrorGroupPatch,
  IErrorHistory,
  IErrorRecord,
  IErrorTrend,
  IExperiment,
  IGroupRetry,
  IHealth,
  IJob,
  IJobGroup,
  IJobLog,
  ILandRequest,
  ILineage,
  INewJob,
  INewTarget,
  IReproduction,
  IRun,
  IRunArtifacts,
  IRunCapture,
  IRunChanges,
  IRunData,
  IRunErrors,
  IRunMetrics,
  IRunOutputs,
  IRunPatch,
  IRunSamples,
  IRunSummary,
  ISampleWindow,
  ISettings,
  ISettingsPatch,
  ISnapshot,
  ITarget,
  ITargetPatch,
  ITargetTest,
  ITargets,
  ITrials,
  JobGroupState,
  RunKind,
  RunStatus,
  Severity,
  TrendBucket
} from './types';

/** A stretch of a list. */
export interface IPage<T> {
  items: T[];

  /** Give it back as `cursor` for the next stretch; null at the end. */
  next_cursor: string | null;
}

/** Which part of a list to send. */
export interface IPageRequest {
  limit?: number;
  cursor?: string | null;
}

/** Which experiments a list shall hold. */
export interface IExperimentQuery extends IPageRequest {
  q?: string;
}

/** Which runs a list shall hold; what is absent does not restrict. */
export interface IRunQuery extends IPageRequest {
  /** The search language. */
  q?: string;
  experiment_id?: string;
  kind?: RunKind;
  status?: RunStatus;
  kernel_id?: string;
  cell_id?: string;
  parent_id?: string;

  /** A field; a leading minus means descending. */
  order?: string;
}

/** Which series of a run to send; what is absent does not restrict. */
export interface IMetricQuery {
  key?: string;

  /** About how many points of each series; peaks stay. */
  max_points?: number;
}

/** Which trials of a cell to send. */
export interface ITrialQuery extends IPageRequest {
  /** Contents path; copies of a notebook share the ids of their cells. */
  notebook_path?: string;
}

/** Which groups of errors a list shall hold; what is absent does not restrict. */
export interface IErrorQuery extends IPageRequest {
  /** Words of class, message, notebook, note or runbook. */
  q?: string;
  state?: GroupState;
  severity?: Severity;
  category?: Category;

  /** Contents path. */
  notebook_path?: string;
  cell_id?: string;

  /** Neither resolved nor ignored. */
  is_open?: boolean;

  /** ISO 8601; only groups that happened at or after it. */
  since?: string;
}

/** Which stretch of time to count errors in. */
export interface IErrorTrendQuery {
  bucket?: TrendBucket;

  /** ISO 8601; by default the last day for hours, the last 30 days for days. */
  since?: string;
}

/** Which errors to export, newest first. */
export interface IErrorExportQuery {
  format?: ExportFormat;
  group_id?: string;
  error_id?: string;
  run_id?: string;

  /** ISO 8601. */
  since?: string;
  limit?: number;
}

/** The part of the REST API that is about errors. Every method rejects with an `ApiError`. */
export interface IErrorsClient {
  /** Groups that match, the one seen last first. */
  errorGroups(
    query?: IErrorQuery,
    signal?: AbortSignal
  ): Promise<IPage<IErrorGroup>>;
  errorGroup(id: string, signal?: AbortSignal): Promise<IErrorGroup>;
  patchErrorGroup(id: string, patch: IErrorGroupPatch): Promise<IErrorGroup>;

  /** Whole errors of a group, newest first. */
  occurrences(
    id: string,
    query?: IPageRequest,
    signal?: AbortSignal
  ): Promise<IPage<IErrorRecord>>;

  /** Where a group was seen, and what differs from the last success. */
  errorHistory(id: string, signal?: AbortSignal): Promise<IErrorHistory>;
  errorTrend(
    query?: IErrorTrendQuery,
    signal?: AbortSignal
  ): Promise<IErrorTrend>;

  /** The errors of a run, the one that ended it first. */
  runErrors(runId: string, signal?: AbortSignal): Promise<IRunErrors>;

  /** Errors as a file of another tool. */
  exportErrors(query: IErrorExportQuery, signal?: AbortSignal): Promise<Blob>;
}

/** Which stretch of the past readings to send; what is absent does not restrict. */
export interface ISampleQuery {
  /** Only looks with a higher number. */
  since?: number;

  /** Seconds back from now; ten minutes by default. */
  window_s?: number;

  /** Names of series, separated by commas. */
  keys?: string;
}

/** The part of the REST API that is about the machine. Every method rejects with an `ApiError`. */
export interface IResourcesClient {
  /** Everything as last read; code `unavailable` before the first look. */
  latestSamples(signal?: AbortSignal): Promise<ISnapshot>;
  samples(query?: ISampleQuery, signal?: AbortSignal): Promise<ISampleWindow>;

  /** What a kernel took while a run was going on. */
  runSamples(runId: string, signal?: AbortSignal): Promise<IRunSamples>;

  /** What a cell took when it ran, against what is free now. */
  cellPeak(
    cellId: string,
    notebookPath: string,
    signal?: AbortSignal
  ): Promise<ICellPeak>;

  /** What the memory of a kernel is made of, read for this answer. */
  kernelMemory(kernelId: string, signal?: AbortSignal): Promise<IKernelMemory>;

  /** In how much memory a notebook would fit, by its last sessions. */
  notebookSize(
    notebookPath: string,
    signal?: AbortSignal
  ): Promise<INotebookSize>;

  /** The alerts that hold now, the critical ones first. */
  alerts(signal?: AbortSignal): Promise<IAlerts>;

  /** The processes or files behind an alert, looked up for this answer. */
  alertDetails(id: string, signal?: AbortSignal): Promise<IAlertDetails>;
  patchAlert(id: string, patch: IAlertPatch): Promise<IAlert>;
}

/** Which jobs a list shall hold, newest first; what is absent does not restrict. */
export interface IJobQuery extends IPageRequest {
  target?: string;

  /** A state, several separated by commas, or `open`. */
  state?: string;

  /** Contents path. */
  notebook_path?: string;
  cell_id?: string;
  kernel_id?: string;
  group_id?: string;

  /** Leave out the items of groups. */
  is_single?: boolean;
}

/** Which groups of jobs a list shall hold, newest first. */
export interface IJobGroupQuery extends IPageRequest {
  state?: JobGroupState;
}

/**
 * The part of the REST API that is about remote compute. Every method rejects with an
 * `ApiError`.
 */
export interface IComputeClient {
  /** Every target, the one that is always there first. */
  targets(signal?: AbortSignal): Promise<ITargets>;

  /** The software that targets can be made of, with a schema of its options. */
  engines(signal?: AbortSignal): Promise<IEngines>;
  target(name: string, signal?: AbortSignal): Promise<ITarget>;
  addTarget(target: INewTarget): Promise<ITarget>;
  patchTarget(name: string, patch: ITargetPatch): Promise<ITarget>;
  removeTarget(name: string): Promise<void>;
  startTarget(name: string): Promise<ITarget>;
  stopTarget(name: string): Promise<ITarget>;
  scaleTarget(name: string, workers: number): Promise<ITarget>;
  testTarget(name: string): Promise<ITargetTest>;

  jobs(query?: IJobQuery, signal?: AbortSignal): Promise<IPage<IJob>>;
  job(id: string, signal?: AbortSignal): Promise<IJob>;
  submitJob(job: INewJob): Promise<IJob>;
  cancelJob(id: string): Promise<IJob>;

  /** Send the same again, as a new job. */
  retryJob(id: string): Promise<IJob>;

  /** Go on with a job that waits for the user's word. */
  confirmJob(id: string): Promise<IJob>;

  /** Have the notebook's kernel take results now. */
  landJob(id: string, request: ILandRequest): Promise<IJob>;

  /** Take an ended job off the list. */
  forgetJob(id: string): Promise<void>;

  /** What a job has put out after a message that was read. */
  jobLog(id: string, after: number, signal?: AbortSignal): Promise<IJobLog>;
  jobOutputs(id: string, signal?: AbortSignal): Promise<IRunOutputs>;

  /** The items of maps, told of together. */
  jobGroups(
    query?: IJobGroupQuery,
    signal?: AbortSignal
  ): Promise<IPage<IJobGroup>>;
  jobGroup(id: string, signal?: AbortSignal): Promise<IJobGroup>;

  /** Those that failed first. */
  groupItems(
    id: string,
    query?: IPageRequest,
    signal?: AbortSignal
  ): Promise<IPage<IJob>>;

  /** Ask for the end of what has not ended. */
  cancelGroup(id: string): Promise<IJobGroup>;

  /** Send what failed again; of many only some. */
  retryGroup(id: string): Promise<IGroupRetry>;
}

/** What a request may carry besides its path. */
export interface IRequestOptions {
  query?: Readonly<
    Record<
      string,
      string | number | boolean | readonly string[] | null | undefined
    >
  >;

  /** Sent as JSON. */
  body?: object;
  signal?: AbortSignal | undefined;
}

/**
 * The server extension's REST API.
 *
 * Every method rejects with an `ApiError`.
 */
export interface IApiClient {
  /** Milliseconds that the server's clock is ahead of this browser's. */
  readonly clockOffset: number;

  /**
   * Ask any route: for parts of the API whose methods are not loaded at the start.
   *
   * @param path - Below the root of the API, encoded.
   */
  request<T>(
    method: string,
    path: string,
    options?: IRequestOptions
  ): Promise<T>;

  /** The same for a route that sends a file. */
  download(
    path: string,
    options?: Omit<IRequestOptions, 'body'>
  ): Promise<Blob>;

  health(signal?: AbortSignal): Promise<IHealth>;
  experiments(
    query?: IExperimentQuery,
    signal?: AbortSignal
  ): Promise<IPage<IExperiment>>;
  renameExperiment(id: string, name: string): Promise<IExperiment>;
  runs(query?: IRunQuery, signal?: AbortSignal): Promise<IPage<IRunSummary>>;
  run(id: string, signal?: AbortSignal): Promise<IRun>;
  patchRun(id: string, patch: IRunPatch): Promise<IRun>;

  /** Put a run and everything below it into the trash. */
  deleteRun(id: string): Promise<void>;
  outputs(id: string, signal?: AbortSignal): Promise<IRunOutputs>;
  environment(id: string, signal?: AbortSignal): Promise<IEnvironment>;
  metrics(
    id: string,
    query?: IMetricQuery,
    signal?: AbortSignal
  ): Promise<IRunMetrics>;
  data(id: string, signal?: AbortSignal): Promise<IRunData>;

  /** The names a run used; rejects with code `not_found` if no probe looked. */
  capture(id: string, signal?: AbortSignal): Promise<IRunCapture>;
  artifacts(id: string, signal?: AbortSignal): Promise<IRunArtifacts>;

  /**
   * The content of an artifact, under a media type that no browser runs.
   *
   * @param maxBytes - How much of its beginning is enough; all of it if absent.
   */
  artifactContent(
    id: string,
    artifactId: string,
    maxBytes?: number,
    signal?: AbortSignal
  ): Promise<Blob>;

  /** Lay 2 to 20 runs side by side; the others are compared with the first. */
  compare(ids: readonly string[], signal?: AbortSignal): Promise<IComparison>;

  /** The runs of one cell as a table, newest first. */
  trials(
    cellId: string,
    query?: ITrialQuery,
    signal?: AbortSignal
  ): Promise<ITrials>;

  /** The cell versions and data that a result came from. */
  lineage(id: string, signal?: AbortSignal): Promise<ILineage>;

  /** What differs from earlier runs of the cell, and what has changed since. */
  changes(id: string, signal?: AbortSignal): Promise<IRunChanges>;

  /** A notebook that leads to the result again. */
  reproduction(id: string, signal?: AbortSignal): Promise<IReproduction>;
  settings(signal?: AbortSignal): Promise<ISettings>;
  patchSettings(patch: ISettingsPatch): Promise<ISettings>;
}
