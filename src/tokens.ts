import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import type { IApiClient } from './api/requests';
import type {
  AlertEvent,
  IHealth,
  ISettings,
  ISettingsPatch,
  JobEvent,
  SamplesEvent,
  TargetEvent,
  Topic
} from './api/types';

export type {
  IPage,
  IPageRequest,
  IExperimentQuery,
  IRunQuery,
  IMetricQuery,
  ITrialQuery,
  IErrorQuery,
  IErrorTrendQuery,
  IErrorExportQuery,
  IErrorsClient,
  ISampleQuery,
  IResourcesClient,
  IJobQuery,
  IJobGroupQuery,
  IComputeClient,
  IRequestOptions,
  IApiClient
} from './api/requests';

/** These runs are in the store in a new state. */
export interface IRunsChanged {
  runIds: readonly string[];
  experimentIds: readonly string[];

  /** False if more runs changed than are named: ask for everything that is shown. */
  isComplete: boolean;
}

/** These groups of errors are in the store in a new state, or got another occurrence. */
export interface IErrorsChanged {
  groupIds: readonly string[];

  /** Runs that have errors which they had not before. */
  runIds: readonly string[];

  /** False if more changed than is named: ask for everything that is shown. */
  isComplete: boolean;
}

/** An event that is given on as it came. */
export type ReceivedEvent = SamplesEvent | AlertEvent | JobEvent | TargetEvent;

/** What the server tells without being asked. */
export interface IEventStream {
  /** Whether the server can reach us now. */
  readonly isConnected: boolean;
  readonly connectionChanged: ISignal<IEventStream, boolean>;

  /** Emitted a few times at once after a pause, and at most four times a second in the long run. */
  readonly runsChanged: ISignal<IEventStream, IRunsChanged>;
  readonly errorsChanged: ISignal<IEventStream, IErrorsChanged>;
  readonly healthChanged: ISignal<IEventStream, void>;

  /** Readings of the machine, news of alerts, jobs and targets, as the server sends them. */
  readonly received: ISignal<IEventStream, ReceivedEvent>;

  /**
   * Events may have been missed: ask for everything that is shown. Emitted when a lost
   * connection is there again, and once while it stays away.
   */
  readonly missed: ISignal<IEventStream, void>;

  /**
   * Ask for events of a topic until the returned object is disposed.
   *
   * The connection is made with the first watch.
   */
  watch(topic: Topic): IDisposable;

  /** Make the connection anew: it is open, and says nothing although the server answers. */
  renew(): void;
}

/** Where the server extension stands, seen from here. */
export type ServerState =
  | 'connecting'
  | 'ready'
  /** The server is there, our extension of it is not. */
  | 'missing'
  /** The server does not answer. */
  | 'unreachable';

/** The one way to the server extension. */
export interface IDsinfraApi {
  readonly client: IApiClient;
  readonly events: IEventStream;

  /** The newest answer of the health route, null before the first. */
  readonly health: IHealth | null;
  readonly state: ServerState;

  /** `health` or `state` changed. */
  readonly changed: ISignal<IDsinfraApi, void>;

  /** Ask for the health again. Never rejects: the outcome is in `state`. */
  refresh(): Promise<void>;
}

export const IDsinfraApi = new Token<IDsinfraApi>(
  'dsinfra-jlab:IDsinfraApi',
  'REST client and event stream of the server extension.'
);

/** The left sidebar in which each feature has a section. */
export interface IInfrastructureSidebar {
  /**
   * Add a section.
   *
   * @param widget - Its title is the section's title; its toolbar is shown in it.
   * @param rank - Sections stand in ascending order of rank.
   * @param isCollapsed - Only its title is shown until somebody opens it; false by default.
   */
  addSection(widget: Widget, rank: number, isCollapsed?: boolean): void;

  /** Open the sidebar and the section that holds this widget. */
  reveal(widget: Widget): void;
}

export const IInfrastructureSidebar = new Token<IInfrastructureSidebar>(
  'dsinfra-jlab:IInfrastructureSidebar',
  'The sidebar to which features add sections.'
);

/** What is recorded, as the server has it. */
export interface IRecordingSettings {
  /** Null until the server has answered. */
  readonly current: ISettings | null;
  readonly changed: ISignal<IRecordingSettings, ISettings>;

  /** Change settings on the server; rejects with an `ApiError`. */
  update(patch: ISettingsPatch): Promise<ISettings>;
}

export const IRecordingSettings = new Token<IRecordingSettings>(
  'dsinfra-jlab:IRecordingSettings',
  'What the server records.'
);
