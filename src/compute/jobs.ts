import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { ApiError } from '../api/client';
import type { IJob } from '../api/types';
import type {
  IComputeClient,
  IDsinfraApi,
  IPage,
  ReceivedEvent
} from '../tokens';
import { OneAtATime } from './oneAtATime';
import { ENDED_STATES, isOpen } from './states';

/** Jobs of a page: the server's maximum for those that are open, a few screens for others. */
const OPEN_PAGE = 500;
const ENDED_PAGE = 100;

/** Open jobs kept: more than anybody scrolls through. */
export const OPEN_MAX = 2000;

/** Changed jobs that are asked for one by one; of more, the lists are read again. */
const SINGLE_MAX = 8;

/** Shortest time between two readings of the lists, in milliseconds. */
const LIST_INTERVAL = 1000;

/**
 * The jobs of this server that are in no group: all that are open, and those that ended as far
 * as was read.
 *
 * Asks the server for nothing while it is not active.
 */
export class JobBook implements IDisposable {
  constructor(options: JobBook.IOptions) {
    this._api = options.api;
    this._client = options.client;
    this._interval = options.listInterval ?? LIST_INTERVAL;
    this._api.events.received.connect(this._onReceived, this);
    this._api.events.missed.connect(this.refresh, this);
    this._api.events.connectionChanged.connect(this._onConnection, this);
  }

  /** Jobs that have not ended: those that run, then those that wait, the next one first. */
  get open(): readonly IJob[] {
    return this._open;
  }

  /** Jobs that have ended, newest first. */
  get ended(): readonly IJob[] {
    return this._ended;
  }

  /** Whether there are more open jobs than are kept. */
  get hasMoreOpen(): boolean {
    return this._hasMoreOpen;
  }

  /** Whether the server has more that ended. */
  get hasMoreEnded(): boolean {
    return this._cursor !== null;
  }

  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** What the last question failed with, else null. Known jobs stay. */
  get failure(): unknown {
    return this._failure;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch?.dispose();
      this._abort.abort();
      clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  get isActive(): boolean {
    return this._watch !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    if (isActive) {
      this._watch = this._api.events.watch('job');
      void this.refresh();
    } else {
      this._watch?.dispose();
      this._watch = null;
    }
  }

  find(id: string): IJob | null {
    return this._jobs.get(id) ?? null;
  }

  /** Read the lists again. Never rejects. */
  async refresh(): Promise<void> {
    if (this.isActive && !this._isDisposed) {
      this._isStale = true;
      await this._asking.ask();
    }
  }

  /** Read on among those that ended. Never rejects. */
  async loadMore(): Promise<void> {
    if (this._cursor !== null && this.isActive) {
      this._isMoreWanted = true;
      await this._asking.ask();
    }
  }

  /** Put a newer state of a job in its place. */
  put(job: IJob): void {
    this._jobs.set(job.id, job);
    this._arrange();
  }

  remove(id: string): void {
    if (this._jobs.delete(id)) {
      this._arrange();
    }
  }

  private async _ask(): Promise<void> {
    const ids = [...this._waiting];
    this._waiting.clear();
    try {
      if (this._isStale || ids.length > SINGLE_MAX) {
        await this._readLists();
      } else {
        await Promise.all(ids.map(id => this._readOne(id)));
      }
      if (this._isMoreWanted) {
        this._isMoreWanted = false;
        await this._readMore();
      }
      this._failure = null;
    } catch (error) {
      this._failure = error;
    }
    if (!this._isDisposed) {
      this._arrange();
    }
  }

  private async _readLists(): Promise<void> {
    this._isStale = false;
    this._readAt = Date.now();
    clearTimeout(this._timer);
    this._timer = undefined;
    const open: IJob[] = [];
    let cursor: string | null = null;
    do {
      const page = await this._page('open', OPEN_PAGE, cursor);
      open.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && open.length < OPEN_MAX);
    const ended = await this._page(ENDED_STATES, ENDED_PAGE, null);
    const jobs = new Map<string, IJob>();
    this._keepOlder(ended, jobs);
    // Those that ended between the two answers are in both: the later one is right.
    for (const job of [...open, ...ended.items]) {
      jobs.set(job.id, job);
    }
    this._jobs = jobs;
    this._hasMoreOpen = cursor !== null;
    this._isLoaded = true;
  }

  /** Keep what was read beyond the newest page, where the page meets it. */
  private _keepOlder(head: IPage<IJob>, jobs: Map<string, IJob>): void {
    const last = head.items[head.items.length - 1];
    const at = this._ended.findIndex(({ id }) => id === last?.id);
    if (head.next_cursor === null || at < 0) {
      this._cursor = head.next_cursor;
      return;
    }
    const tail = this._ended.slice(at + 1);
    for (const job of tail) {
      jobs.set(job.id, job);
    }
    if (tail.length === 0) {
      this._cursor = head.next_cursor;
    }
  }

  private async _readMore(): Promise<void> {
    if (this._cursor !== null) {
      const page = await this._page(ENDED_STATES, ENDED_PAGE, this._cursor);
      for (const job of page.items) {
        this._jobs.set(job.id, job);
      }
      this._cursor = page.next_cursor;
    }
  }

  private async _readOne(id: string): Promise<void> {
    try {
      this._jobs.set(id, await this._client.job(id, this._abort.signal));
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'not_found')) {
        throw error;
      }
      this._jobs.delete(id);
    }
  }

  private _page(
    state: string,
    limit: number,
    cursor: string | null
  ): Promise<IPage<IJob>> {
    const query = { state, limit, cursor, is_single: true };
    return this._client.jobs(query, this._abort.signal);
  }

  private _arrange(): void {
    const jobs = [...this._jobs.values()];
    this._open = jobs.filter(isOpen).sort(byTurn);
    this._ended = jobs.filter(job => !isOpen(job)).sort(byAge);
    this._changed.emit();
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type !== 'job' || !this.isActive) {
      return;
    }
    // One that is not known may be an item of a group, of which thousands change.
    const known = event.job_ids.filter(id => this._jobs.has(id));
    known.forEach(id => this._waiting.add(id));
    if (
      !event.is_complete ||
      known.length < event.job_ids.length ||
      this._waiting.size > SINGLE_MAX
    ) {
      this._readLater();
    }
    if (this._waiting.size > 0 && this._waiting.size <= SINGLE_MAX) {
      void this._asking.ask();
    }
  }

  /** Have the lists read, but not with every event. */
  private _readLater(): void {
    const wait = this._readAt + this._interval - Date.now();
    this._timer ??= setTimeout(
      () => {
        this._timer = undefined;
        void this.refresh();
      },
      Math.max(0, wait)
    );
  }

  private _onConnection(_: unknown, isConnected: boolean): void {
    if (isConnected && this._failure !== null) {
      void this.refresh();
    }
  }

  private _api: IDsinfraApi;
  private _client: Pick<IComputeClient, 'job' | 'jobs'>;
  private _interval: number;
  private _asking = new OneAtATime(() => this._ask());
  private _jobs = new Map<string, IJob>();
  private _open: readonly IJob[] = [];
  private _ended: readonly IJob[] = [];
  private _cursor: string | null = null;
  private _hasMoreOpen = false;
  private _isLoaded = false;
  private _isStale = false;
  private _isMoreWanted = false;
  private _waiting = new Set<string>();
  private _readAt = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _failure: unknown = null;
  private _watch: IDisposable | null = null;
  private _abort = new AbortController();
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

export namespace JobBook {
  export interface IOptions {
    api: IDsinfraApi;
    client: Pick<IComputeClient, 'job' | 'jobs'>;

    /** Milliseconds between two readings of the lists at least. */
    listInterval?: number;
  }
}

/** Newest first; as the server has them, so that pages fit together. */
function byAge(left: IJob, right: IJob): number {
  return (
    compare(right.submitted_at, left.submitted_at) || compare(right.id, left.id)
  );
}

/** What runs first, then by the place in the queue, then in the order of sending. */
function byTurn(left: IJob, right: IJob): number {
  return turnOf(left) - turnOf(right) || byAge(right, left);
}

function turnOf(job: IJob): number {
  return job.state === 'queued' ? (job.queue_place ?? Number.MAX_VALUE) : -1;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
