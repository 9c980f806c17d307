import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ISnapshot } from '../api/types';
import type { IDsinfraApi, IResourcesClient, ReceivedEvent } from '../tokens';
import { TRAIL_S, Trails, readingsOf } from './trails';

/** Milliseconds between two questions while the event stream is away. */
const POLL_INTERVAL = 5000;

/** The same while nobody answers them. */
const POLL_INTERVAL_MAX = 30_000;

/** Looks that may fail to come before what is shown counts as old. */
const MISSING_LOOKS = 3;

/** Characters that the server takes as names of series. */
const KEYS_MAX_CHARS = 2000;

/**
 * What was read of the machine, as it comes, for as long as somebody follows.
 *
 * The server sends each look; while it cannot, it is asked every few seconds.
 */
export class SampleFeed implements IDisposable {
  constructor(options: SampleFeed.IOptions) {
    const { api, client, pollInterval = POLL_INTERVAL } = options;
    this._api = api;
    this._client = client;
    this._interval = pollInterval;
    this._poll = new Poll({
      auto: false,
      factory: () => this._ask(),
      frequency: {
        interval: pollInterval,
        backoff: true,
        max: Math.max(POLL_INTERVAL_MAX, pollInterval)
      },
      name: 'dsinfra-jlab:samples',
      standby: 'when-hidden'
    });
    api.events.received.connect(this._onReceived, this);
    api.events.connectionChanged.connect(this._onConnectionChanged, this);
  }

  /** The newest readings; null before the first. */
  get snapshot(): ISnapshot | null {
    return this._snapshot;
  }

  /** Why there are no newer ones; null if there are. */
  get failure(): unknown {
    return this._failure;
  }

  /** `snapshot` or `failure` changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._end();
      this._poll.dispose();
      Signal.clearData(this);
    }
  }

  /** Ask for readings until the returned object is disposed. */
  follow(): IDisposable {
    this._followers += 1;
    if (this._followers === 1) {
      this._begin();
    }
    return new DisposableDelegate(() => {
      this._followers -= 1;
      if (this._followers === 0) {
        this._end();
      }
    });
  }

  /** Ask the server now. */
  refresh(): void {
    if (this._followers > 0) {
      void this._askNow();
    }
  }

  /** Return the last minutes of a series, the newest last. */
  trail(name: string): (number | null)[] {
    return this._trails.of(name);
  }

  /**
   * Return how old the readings are, in seconds; null as long as they are fresh.
   *
   * @param now - This browser's time in milliseconds.
   */
  age(now: number): number | null {
    if (this._snapshot === null) {
      return null;
    }
    const age =
      now + this._api.client.clockOffset - Date.parse(this._snapshot.at);
    return age > this._freshFor(this._snapshot) ? age / 1000 : null;
  }

  /** For how many milliseconds readings are fresh. */
  private _freshFor({ interval_s }: ISnapshot): number {
    return MISSING_LOOKS * Math.max(interval_s * 1000, this._interval);
  }

  private _begin(): void {
    this._watch = this._api.events.watch('samples');
    // Without a watch the server told us nothing: there may be a hole.
    this._isFilled = false;
    void this._askNow();
  }

  private _end(): void {
    this._watch?.dispose();
    this._watch = null;
    this._asking?.abort();
    clearTimeout(this._timer);
    void this._poll.stop();
  }

  /** Ask the server. Returns whether it had news; rejects if it does not answer. */
  private async _ask(): Promise<boolean> {
    this._asking?.abort();
    const asking = new AbortController();
    this._asking = asking;
    let hasNews = false;
    try {
      const snapshot = await this._client.latestSamples(asking.signal);
      if (!asking.signal.aborted) {
        hasNews = snapshot.at !== this._snapshot?.at;
        this._take(snapshot);
      }
    } catch (error) {
      if (!asking.signal.aborted) {
        this._failure = error;
        this._changed.emit();
        throw error;
      }
    }
    if (!this._isPolling) {
      void this._poll.stop();
    }
    return hasNews;
  }

  /** Ask at once; the poll would wait until the page is drawn. */
  private async _askNow(): Promise<void> {
    // What failed is kept for whoever shows it.
    await this._ask().catch(() => undefined);
    this._schedule();
  }

  private _schedule(): void {
    if (this._followers > 0 && this._isPolling && !this.isDisposed) {
      const interval = this._interval;
      void this._poll.schedule({ interval, phase: 'started' });
    }
  }

  /** Whether readings come only if they are asked for. */
  private get _isPolling(): boolean {
    return !this._api.events.isConnected || this._snapshot === null;
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type === 'samples' && this._followers > 0) {
      this._take(event.snapshot);
    }
  }

  private _onConnectionChanged(_: unknown, isConnected: boolean): void {
    if (this._followers > 0) {
      // Once more at its return, which ends the polling.
      if (isConnected) {
        void this._askNow();
      } else {
        this._schedule();
      }
    }
  }

  private _take(snapshot: ISnapshot): void {
    this._snapshot = snapshot;
    this._failure = null;
    this._trails.add(snapshot);
    if (!this._isFilled) {
      this._isFilled = true;
      void this._fill(snapshot);
    }
    this._checkIn(this._freshFor(snapshot) + 1);
    this._changed.emit();
  }

  /** See later whether the readings have grown old, which a line that is dead tells nobody. */
  private _checkIn(milliseconds: number): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      this._checkIn(this._interval);
      this._changed.emit();
      // To a page that is hidden nothing is sent.
      if (!this._isPolling && !document.hidden) {
        this._ask().then(
          hasNews => hasNews && this._api.events.renew(),
          () => undefined
        );
      }
    }, milliseconds);
  }

  /** Fetch the last minutes of what is drawn. */
  private async _fill(snapshot: ISnapshot): Promise<void> {
    try {
      for (const keys of questionsOf(snapshot)) {
        const window = await this._client.samples({ window_s: TRAIL_S, keys });
        if (this.isDisposed) {
          return;
        }
        this._trails.fill(window);
      }
      this._changed.emit();
    } catch {
      // The past is missing, and grows from now on.
    }
  }

  private _api: IDsinfraApi;
  private _client: IResourcesClient;
  private _interval: number;
  private _poll: Poll<boolean>;
  private _trails = new Trails();
  private _snapshot: ISnapshot | null = null;
  private _failure: unknown = null;
  private _followers = 0;
  private _watch: IDisposable | null = null;
  private _asking: AbortController | null = null;
  private _isFilled = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _changed = new Signal<this, void>(this);
}

export namespace SampleFeed {
  export interface IOptions {
    api: IDsinfraApi;
    client: IResourcesClient;

    /** Milliseconds between two questions while the event stream is away. */
    pollInterval?: number;
  }
}

/** Return the names of what is drawn, as many together as the server takes. */
function questionsOf(snapshot: ISnapshot): string[] {
  const questions: string[] = [];
  for (const [name, value] of readingsOf(snapshot)) {
    // The server knows no series by the name of what was never read.
    if (value === null) {
      continue;
    }
    const last = questions.length - 1;
    const longer = `${questions[last]},${name}`;
    if (last >= 0 && longer.length <= KEYS_MAX_CHARS) {
      questions[last] = longer;
    } else {
      questions.push(name);
    }
  }
  return questions;
}
