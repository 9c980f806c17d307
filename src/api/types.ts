/**
 * The types of the REST API, under the names that this code gives to interfaces.
 *
 * They are generated from the server's own types; see `schema.ts`.
 */

import type {
  Environment,
  Experiment,
  GitState,
  Health,
  PeakMemory,
  Run,
  RunOutputs,
  RunPatch,
  RunSummary,
  Settings,
  SettingsPatch
} from './schema';

export type { RunKind, RunStatus, Topic } from './schema';

export type IEnvironment = Environment;
export type IExperiment = Experiment;
export type IGitState = GitState;
export type IHealth = Health;
export type IPeakMemory = PeakMemory;
export type IRun = Run;
export type IRunOutputs = RunOutputs;
export type IRunPatch = RunPatch;
export type IRunSummary = RunSummary;
export type ISettings = Settings;
export type ISettingsPatch = SettingsPatch;
