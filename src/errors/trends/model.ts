import { Throttler } from '@lumino/polling';
import type { VDomRenderer } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IErrorGroup, IErrorTrend, TrendBucket } from '../../api/types';
import { messageOf } from '../../experiments/runs';
import type { IDsinfraApi, IErrorsClient } from '../../tokens';

/** Shortest time between two questions, in milliseconds. */
const INTERVAL = 1000;

/** Groups among which the most frequent are looked for. */
const LOOKED_AT = 200;

/** Of them, how many are shown. */
const TOP = 10;

/** What the dashboard shows: one answer of the server. */
export interface ITrendContent {
  readonly trend: IErrorTrend;

  /** The groups seen in this time that happened most often, the most frequent first. */
  readonly top: readonly IErrorGroup[];
}

/**
 * How errors go over time.
 *
 * Asks the server for nothing while it is not active.
 */
export class TrendsModel implements VDomRenderer.IModel {
  constructor(options: TrendsModel.IOptions) {
    const { api, client, bucket = 'hour', interval = INTERVAL } = options;
    this._api = api;
    this._client = client;
    this._bucket = bucket;
    this._throttler = new Throttler(() => this._fetch(), {
      limit: interval,
      edge: 'trailing'
    });
    api.events.errorsChanged.connect(this._onChange, this);
    api.events.missed.connect(this._onChange, this);
    api.events.connectionChanged.connect(this._onConnectionChanged, this);
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch?.dispose();
      this._throttler.dispose();
      this._abort.abort();
      Signal.clearData(this);
    }
  }

  /** Whether somebody looks. */
  get isActive(): boolean {
    return this._watch !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    if (isActive) {
      this._watch = this._api.events.watch('error');
      void this._fetch();
    } else {
      this._watch?.dispose();
      this._watch = null;
    }
    this._stateChanged.emit();
  }

  /** How wide the stretches are that errors are counted in. */
  get bucket(): TrendBucket {
    return this._bucket;
  }

  set bucket(bucket: TrendBucket) {
    if (bucket !== this._bucket) {
      this._bucket = bucket;
      void this._fetch();
      this._stateChanged.emit();
    }
  }

  /** What was last answered, for the bucket it was asked with; null before the first. */
  get content(): ITrendContent | null {
    return this._content;
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    return this._failure;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  /** Ask again. Never rejects. */
  async refresh(): Promise<void> {
    await this._fetch();
  }

  private _onChange(): void {
    if (this.isActive) {
      void this._throttler.invoke();
    }
  }

  private _onConnectionChanged(_: unknown, isConnected: boolean): void {
    if (isConnected && this._failure !== null) {
      this._onChange();
    }
  }

  private async _fetch(): Promise<void> {
    this._abort.abort();
    const abort = new AbortController();
    this._abort = abort;
    try {
      const trend = await this._client.errorTrend(
        { bucket: this._bucket },
        abort.signal
      );
      const page = await this._client.errorGroups(
        {
          ...(trend.starts[0] === undefined ? {} : { since: trend.starts[0] }),
          limit: LOOKED_AT
        },
        abort.signal
      );
      if (abort.signal.aborted) {
        return;
      }
      const top = [...page.items]
        .sort((left, right) => right.count - left.count)
        .slice(0, TOP);
      this._content = { trend, top };
      this._failure = null;
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this._failure = messageOf(error);
    }
    this._stateChanged.emit();
  }

  private _api: IDsinfraApi;
  private _client: IErrorsClient;
  private _bucket: TrendBucket;
  private _throttler: Throttler;
  private _content: ITrendContent | null = null;
  private _failure: string | null = null;
  private _watch: IDisposable | null = null;
  private _abort = new AbortController();
  private _isDisposed = false;
  private _stateChanged = new Signal<this, void>(this);
}

export namespace TrendsModel {
  export interface IOptions {
    api: IDsinfraApi;
    client: IErrorsClient;
    bucket?: TrendBucket;

    /** Milliseconds between two questions at least. */
    interval?: number;
  }
}
