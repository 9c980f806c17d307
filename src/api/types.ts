/**
 * The types of the REST API, under the names that this code gives to interfaces.
 *
 * They are generated from the server's own types; see `schema.ts`.
 */

import type {
  Advice,
  Artifact,
  CodeDiff,
  Comparison,
  DataItem,
  Environment,
  EnvironmentDiff,
  EnvironmentShare,
  ErrorGroup,
  ErrorGroupPatch,
  ErrorHistory,
  ErrorRecord,
  ErrorRule,
  ErrorTrend,
  Experiment,
  Fingerprints,
  Flag,
  Frame,
  GitState,
  Health,
  KernelHealth,
  Lineage,
  LineageData,
  LineageEdge,
  LineageNode,
  LinkedException,
  MemoryPoint,
  MetricSeries,
  NotebookShare,
  Operation,
  PeakMemory,
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
  RunSummary,
  Settings,
  SettingsPatch,
  StaleReason,
  Trial,
  TrialColumns,
  Trials,
  UpstreamChange,
  ValueChange,
  Variable
} from './schema';

export type {
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
  Nature,
  Relation,
  RuleField,
  RunKind,
  RunStatus,
  Severity,
  StaleKind,
  Topic,
  TrendBucket
} from './schema';

export type IAdvice = Advice;
export type IArtifact = Artifact;
export type ICodeDiff = CodeDiff;
export type IComparison = Comparison;
export type IDataItem = DataItem;
export type IEnvironment = Environment;
export type IEnvironmentDiff = EnvironmentDiff;
export type IEnvironmentShare = EnvironmentShare;
export type IErrorGroup = ErrorGroup;
export type IErrorGroupPatch = ErrorGroupPatch;
export type IErrorHistory = ErrorHistory;
export type IErrorRecord = ErrorRecord;
export type IErrorRule = ErrorRule;
export type IErrorTrend = ErrorTrend;
export type IExperiment = Experiment;
export type IFingerprints = Fingerprints;
export type IFlag = Flag;
export type IFrame = Frame;
export type IGitState = GitState;
export type IHealth = Health;
export type IKernelHealth = KernelHealth;
export type ILineage = Lineage;
export type ILineageData = LineageData;
export type ILineageEdge = LineageEdge;
export type ILineageNode = LineageNode;
export type ILinkedException = LinkedException;
export type IMemoryPoint = MemoryPoint;
export type IMetricSeries = MetricSeries;
export type INotebookShare = NotebookShare;
export type IOperation = Operation;
export type IPeakMemory = PeakMemory;
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
export type IRunSummary = RunSummary;
export type ISettings = Settings;
export type ISettingsPatch = SettingsPatch;
export type IStaleReason = StaleReason;
export type ITrial = Trial;
export type ITrialColumns = TrialColumns;
export type ITrials = Trials;
export type IUpstreamChange = UpstreamChange;
export type IValueChange = ValueChange;
export type IVariable = Variable;
