/**
 * The types of the REST API, under the names that this code gives to interfaces.
 *
 * They are generated from the server's own types; see `schema.ts`.
 */

import type {
  Advice,
  Alert,
  AlertDetails,
  AlertPatch,
  Alerts,
  Artifact,
  Capacity,
  CellPeak,
  CodeDiff,
  Comparison,
  DataItem,
  EngineInfo,
  Engines,
  Environment,
  EnvironmentDiff,
  EnvironmentShare,
  ErrorGroup,
  ErrorGroupPatch,
  ErrorHistory,
  ErrorRecord,
  ErrorRule,
  ErrorTrend,
  Expense,
  Experiment,
  Fingerprints,
  Flag,
  Frame,
  GitState,
  GpuOwner,
  GpuSample,
  GpuSlowdown,
  GroupRetry,
  Health,
  HostSample,
  HourlyExpense,
  Job,
  JobCounts,
  JobGroup,
  JobLog,
  JobMessage,
  JobResources,
  KernelHealth,
  KernelMemory,
  KernelSample,
  LandRequest,
  Lineage,
  LineageData,
  LineageEdge,
  LineageNode,
  LinkedException,
  MemoryPoint,
  MetricSeries,
  NewJob,
  NewTarget,
  NotebookShare,
  NotebookSize,
  Operation,
  ParcelName,
  PeakMemory,
  Preflight,
  PreflightItem,
  Reproduction,
  ResourceState,
  Run,
  RunArtifacts,
  RunCapture,
  RunChanges,
  RunData,
  RunDifference,
  RunErrors,
  RunMetrics,
  RunOutputs,
  RunPatch,
  RunSamples,
  RunSummary,
  RunningCell,
  SampleWindow,
  SamplerCost,
  Settings,
  SettingsPatch,
  Snapshot,
  StaleReason,
  Target,
  TargetPatch,
  TargetTest,
  Targets,
  Trial,
  TrialColumns,
  Trials,
  UpstreamChange,
  ValueChange,
  Variable,
  Worker
} from './schema';

export type {
  AlertEvent,
  AlertKind,
  Capability,
  Category,
  CauseFlag,
  DataKind,
  DataMode,
  ErrorKind,
  ExportFormat,
  FlagKind,
  FrameKind,
  GroupState,
  IgnoreUntil,
  JobEvent,
  JobGroupState,
  JobState,
  KernelMode,
  KernelState,
  Nature,
  PreflightKind,
  Relation,
  ResultState,
  RuleField,
  RunKind,
  RunStatus,
  SamplesEvent,
  Severity,
  SeverityReason,
  StaleKind,
  TargetEvent,
  TargetState,
  Topic,
  TrendBucket
} from './schema';

export type IAdvice = Advice;
export type IAlert = Alert;
export type IAlertDetails = AlertDetails;
export type IAlertPatch = AlertPatch;
export type IAlerts = Alerts;
export type IArtifact = Artifact;
export type ICapacity = Capacity;
export type ICellPeak = CellPeak;
export type ICodeDiff = CodeDiff;
export type IComparison = Comparison;
export type IDataItem = DataItem;
export type IEngineInfo = EngineInfo;
export type IEngines = Engines;
export type IEnvironment = Environment;
export type IEnvironmentDiff = EnvironmentDiff;
export type IEnvironmentShare = EnvironmentShare;
export type IErrorGroup = ErrorGroup;
export type IErrorGroupPatch = ErrorGroupPatch;
export type IErrorHistory = ErrorHistory;
export type IErrorRecord = ErrorRecord;
export type IErrorRule = ErrorRule;
export type IErrorTrend = ErrorTrend;
export type IExpense = Expense;
export type IExperiment = Experiment;
export type IFingerprints = Fingerprints;
export type IFlag = Flag;
export type IFrame = Frame;
export type IGitState = GitState;
export type IGpuOwner = GpuOwner;
export type IGpuSample = GpuSample;
export type IGpuSlowdown = GpuSlowdown;
export type IGroupRetry = GroupRetry;
export type IHealth = Health;
export type IHostSample = HostSample;
export type IHourlyExpense = HourlyExpense;
export type IJob = Job;
export type IJobCounts = JobCounts;
export type IJobGroup = JobGroup;
export type IJobLog = JobLog;
export type IJobMessage = JobMessage;
export type IJobResources = JobResources;
export type IKernelHealth = KernelHealth;
export type IKernelMemory = KernelMemory;
export type IKernelSample = KernelSample;
export type ILandRequest = LandRequest;
export type ILineage = Lineage;
export type ILineageData = LineageData;
export type ILineageEdge = LineageEdge;
export type ILineageNode = LineageNode;
export type ILinkedException = LinkedException;
export type IMemoryPoint = MemoryPoint;
export type IMetricSeries = MetricSeries;
export type INewJob = NewJob;
export type INewTarget = NewTarget;
export type INotebookShare = NotebookShare;
export type INotebookSize = NotebookSize;
export type IOperation = Operation;
export type IParcelName = ParcelName;
export type IPeakMemory = PeakMemory;
export type IPreflight = Preflight;
export type IPreflightItem = PreflightItem;
export type IReproduction = Reproduction;
export type IResourceState = ResourceState;
export type IRun = Run;
export type IRunArtifacts = RunArtifacts;
export type IRunCapture = RunCapture;
export type IRunChanges = RunChanges;
export type IRunData = RunData;
export type IRunDifference = RunDifference;
export type IRunErrors = RunErrors;
export type IRunMetrics = RunMetrics;
export type IRunOutputs = RunOutputs;
export type IRunPatch = RunPatch;
export type IRunSamples = RunSamples;
export type IRunSummary = RunSummary;
export type IRunningCell = RunningCell;
export type ISampleWindow = SampleWindow;
export type ISamplerCost = SamplerCost;
export type ISettings = Settings;
export type ISettingsPatch = SettingsPatch;
export type ISnapshot = Snapshot;
export type IStaleReason = StaleReason;
export type ITarget = Target;
export type ITargetPatch = TargetPatch;
export type ITargetTest = TargetTest;
export type ITargets = Targets;
export type ITrial = Trial;
export type ITrialColumns = TrialColumns;
export type ITrials = Trials;
export type IUpstreamChange = UpstreamChange;
export type IValueChange = ValueChange;
export type IVariable = Variable;
export type IWorker = Worker;
