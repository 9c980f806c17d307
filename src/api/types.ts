/**
 * The types of the REST API, under the names that this code gives to interfaces.
 *
 * They are generated from the server's own types; see `schema.ts`.
 */

import type {
  Artifact,
  CodeDiff,
  Comparison,
  DataItem,
  Environment,
  EnvironmentDiff,
  Experiment,
  Flag,
  GitState,
  Health,
  KernelHealth,
  Lineage,
  LineageData,
  LineageEdge,
  LineageNode,
  MetricSeries,
  PeakMemory,
  Reproduction,
  Run,
  RunArtifacts,
  RunCapture,
  RunChanges,
  RunData,
  RunDifference,
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
  ValueChange
} from './schema';

export type {
  DataKind,
  DataMode,
  FlagKind,
  RunKind,
  RunStatus,
  StaleKind,
  Topic
} from './schema';

export type IArtifact = Artifact;
export type ICodeDiff = CodeDiff;
export type IComparison = Comparison;
export type IDataItem = DataItem;
export type IEnvironment = Environment;
export type IEnvironmentDiff = EnvironmentDiff;
export type IExperiment = Experiment;
export type IFlag = Flag;
export type IGitState = GitState;
export type IHealth = Health;
export type IKernelHealth = KernelHealth;
export type ILineage = Lineage;
export type ILineageData = LineageData;
export type ILineageEdge = LineageEdge;
export type ILineageNode = LineageNode;
export type IMetricSeries = MetricSeries;
export type IPeakMemory = PeakMemory;
export type IReproduction = Reproduction;
export type IRun = Run;
export type IRunArtifacts = RunArtifacts;
export type IRunCapture = RunCapture;
export type IRunChanges = RunChanges;
export type IRunData = RunData;
export type IRunDifference = RunDifference;
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
