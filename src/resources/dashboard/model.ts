import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';

import { messageOf } from '../../api/failures';
import type { IRunSummary, ISnapshot } from '../../api/types';
import type { IDsinfraApi, IResourcesClient } from '../../tokens';
import { SeenModel } from '../../ui/seenModel';
import type { SampleFeed } from '../feed';
import type { IHistory } from './history';
import { extended, historyOf } from './history';
import type { IMarkedRun } from './runs';
import { markedRuns } from './runs';

/** The stretches of time there are to choose from, in seconds. */
export const WINDOWS = [600, 3600, 21_600, 86_400, 604_800] as const;
export type WindowS = (typeof WINDOWS)[number];

/** Runs that are marked; more would be a carpet. */
const RUNS_MAX = 200;

/** Shortest time between two questions for runs, in milliseconds. */
const RUNS_INTERVAL = 5000;

/**
 * What the machine and the kernels took lately.
 *
 * Asks the server for nothing while it is not active.
 */
export class DashboardModel extends SeenModel {
  constructor(options: DashboardModel.IOptions) {
    super();
    const { api, client, feed, runsInterval = RUNS_INTERVAL } = options;
    this._api = api;
    this._client = client;
    this._feed = feed;
    this._throttler = new Throttler(() => this._fetchRuns(), {
      limit: runsInterval,
      edge: 'trailing'
    });
    feed.changed.connect(this._onFeedChanged, this);
    api.events.runsChanged.connect(this._onRunsChanged, this);
    api.events.missed.connect(this.refresh, this);
  }

  override dispose(): void {
    this._throttler.dispose();
    this._abort.abort();
    super.dispose();
  }

  /** How much of the past is shown, in seconds. */
  get windowS(): WindowS {
    return this._windowS;
  }

  set windowS(windowS: WindowS) {
    if (windowS !== this._windowS) {
      this._windowS = windowS;
      this._history = null;
      this.refresh();
      this.emit();
    }
  }

  /** The readings of the window; null before the first answer. */
  get history(): IHistory | null {
    return this._history;
  }

  /** The newest readings of all; null before the first. */
  get snapshot(): ISnapshot | null {
    return this._feed.snapshot;
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    const { failure } = this._feed;
    return this._failure ?? (failure === null ? null : messageOf(failure));
  }

  /** How old the readings are, in seconds; null as long as they are fresh. */
  age(now: number): number | null {
    return this._feed.age(now);
  }

  /** The end of the window in seconds since 1970, on the server's clock. */
  get now(): number {
    const { snapshot } = this;
    const last = this._history?.at[this._history.at.length - 1] ?? 0;
    return Math.max(
      last,
      snapshot === null ? 0 : Date.parse(snapshot.at) / 1000
    );
  }

  /** The runs that went on in the window, oldest first. */
  get runs(): IMarkedRun[] {
    const { now } = this;
    return markedRuns(this._runs, this.snapshot, now - this._windowS, now);
  }

  /** Whether older runs of the window may be missing. */
  get hasMoreRuns(): boolean {
    const oldest = this._runs[this._runs.length - 1];
    return (
      this._runs.length === RUNS_MAX &&
      Date.parse(oldest?.queued_at ?? '') / 1000 > this.now - this._windowS
    );
  }

  /** Ask for everything that is shown. */
  refresh(): void {
    if (this.isActive) {
      this._feed.refresh();
      void this._fetch();
      void this._fetchRuns();
    }
  }

  protected override watch(): IDisposable {
    const watches = new DisposableSet();
    watches.add(this._api.events.watch('run'));
    watches.add(this._feed.follow());
    return watches;
  }

  protected override onSeen(): void {
    this.refresh();
  }

  protected override onUnseen(): void {
    this._abort.abort();
  }

  private async _fetch(): Promise<void> {
    this._abort.abort();
    const abort = new AbortController();
    this._abort = abort;
    try {
      const window = await this._client.samples(
        { window_s: this._windowS },
        abort.signal
      );
      if (abort.signal.aborted) {
        return;
      }
      this._history = historyOf(window);
      this._failure = null;
      // A look may have come while the answer was on its way.
      this._extend();
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this._failure = messageOf(error);
    }
    this.emit();
  }

  private async _fetchRuns(): Promise<void> {
    if (!this.isActive) {
      return;
    }
    try {
      const query = { kind: 'cell', limit: RUNS_MAX } as const;
      this._runs = (await this._api.client.runs(query)).items;
      this.emit();
    } catch {
      // Readings are of use without the runs, and the feed tells of a server that is away.
    }
  }

  private _onFeedChanged(): void {
    if (this.isActive) {
      if (this._failure !== null && this._feed.failure === null) {
        // It answers again.
        void this._fetch();
      }
      this._extend();
      this.emit();
    }
  }

  private _extend(): void {
    const { snapshot } = this;
    if (this._history !== null && snapshot !== null) {
      this._history = extended(this._history, snapshot, this._windowS);
    }
  }

  private _onRunsChanged(): void {
    if (this.isActive) {
      void this._throttler.invoke();
    }
  }

  private _api: IDsinfraApi;
  private _client: IResourcesClient;
  private _feed: SampleFeed;
  private _throttler: Throttler;
  private _windowS: WindowS = WINDOWS[0];
  private _history: IHistory | null = null;
  private _runs: readonly IRunSummary[] = [];
  private _failure: string | null = null;
  private _abort = new AbortController();
}

export namespace DashboardModel {
  export interface IOptions {
    api: IDsinfraApi;
    client: IResourcesClient;
    feed: SampleFeed;

    /** Milliseconds between two questions for runs at least. */
    runsInterval?: number;
  }
}
