import { Throttler } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';

import { messageOf } from '../../api/failures';
import type { IErrorGroup, IErrorTrend, TrendBucket } from '../../api/types';
import type { IDsinfraApi, IErrorsClient } from '../../tokens';
import { SeenModel } from '../../ui/seenModel';

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
export class TrendsModel extends SeenModel {
  constructor(options: TrendsModel.IOptions) {
    super();
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

  override dispose(): void {
    this._throttler.dispose();
    this._abort.abort();
    super.dispose();
  }

  /** How wide the stretches are that errors are counted in. */
  get bucket(): TrendBucket {
    return this._bucket;
  }

  set bucket(bucket: TrendBucket) {
    if (bucket !== this._bucket) {
      this._bucket = bucket;
      void this._fetch();
      this.emit();
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

  protected override watch(): IDisposable {
    return this._api.events.watch('error');
  }

  protected override onSeen(): void {
    void this._fetch();
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
    this.emit();
  }

  private _api: IDsinfraApi;
  private _client: IErrorsClient;
  private _bucket: TrendBucket;
  private _throttler: Throttler;
  private _content: ITrendContent | null = null;
  private _failure: string | null = null;
  private _abort = new AbortController();
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
