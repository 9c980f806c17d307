import type { IDisposable } from '@lumino/disposable';

import type { JobEvent } from '../api/types';
import type { IDsinfraApi, IPage, ReceivedEvent } from '../tokens';
import { OneAtATime } from '../ui/oneAtATime';
import { Pace } from '../ui/pace';
import { SeenModel } from '../ui/seenModel';

/** Shortest time between two readings of the lists, in milliseconds. */
const INTERVAL = 1000;

/** What was sent once and ends some day. */
interface ISent {
  readonly id: string;
  readonly submitted_at: string;
}

/**
 * What was sent: all that is open, and what has ended as far as that was read.
 *
 * Asks one question at a time, and none while it is not active.
 */
export abstract class Book<T extends ISent> extends SeenModel {
  constructor(api: IDsinfraApi, interval = INTERVAL) {
    super();
    this._api = api;
    this._pace = new Pace(() => void this.refresh(), interval);
    api.events.received.connect(this._onReceived, this);
    api.events.missed.connect(this.refresh, this);
    api.events.connectionChanged.connect(this._onConnection, this);
  }

  /** What has not ended, in the order of its turn. */
  get open(): readonly T[] {
    return this._open;
  }

  /** What has ended, newest first. */
  get ended(): readonly T[] {
    return this._ended;
  }

  /** Whether there is more open than is kept. */
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

  /** What the last question failed with, else null. What is known stays. */
  get failure(): unknown {
    return this._failure;
  }

  override dispose(): void {
    this._pace.dispose();
    this._abort.abort();
    super.dispose();
  }

  find(id: string): T | null {
    return this.known.get(id) ?? null;
  }

  /** Read everything again. Never rejects. */
  async refresh(): Promise<void> {
    if (this.isActive) {
      this._isStale = true;
      await this.ask();
    }
  }

  /** Read on among what has ended. Never rejects. */
  async loadMore(): Promise<void> {
    if (this.hasMoreEnded && this.isActive) {
      this._isMoreWanted = true;
      await this.ask();
    }
  }

  /** Put a newer state of something in its place. */
  put(thing: T): void {
    this.known.set(thing.id, thing);
    this.arrange();
  }

  /** How much of what is open is kept. */
  protected abstract readonly openMax: number;

  /** Whether something has not ended. */
  protected abstract isOpen(thing: T): boolean;

  /** Fetch a page of what is open, or has ended. */
  protected abstract fetchPage(
    which: 'open' | 'ended',
    cursor: string | null
  ): Promise<IPage<T>>;

  /** Read what is known to have changed; the lists if they are stale. */
  protected abstract readChanged(areListsStale: boolean): Promise<void>;

  /** Called with each word of the server that something has changed. */
  protected abstract onChanged(event: JobEvent): void;

  /** Which of two open ones stands first. */
  protected inTurn(left: T, right: T): number {
    return byAge(left, right);
  }

  protected override watch(): IDisposable {
    return this._api.events.watch('job');
  }

  protected override onSeen(): void {
    void this.refresh();
  }

  /** Have what has changed read. Resolves when that was done. */
  protected ask(): Promise<void> {
    return this._asking.ask();
  }

  /** Have the lists read, but not with every event. */
  protected readLater(): void {
    this._pace.ask();
  }

  /** Read all that is open and the newest that has ended. */
  protected async readLists(): Promise<void> {
    this._isStale = false;
    this._pace.begin();
    const open: T[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.fetchPage('open', cursor);
      open.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && open.length < this.openMax);
    const head = await this.fetchPage('ended', null);
    const tail = this._beyond(head);
    if (tail.length === 0) {
      this._cursor = head.next_cursor;
    }
    // What ended between the two answers is in both: the later one is right.
    this.known = new Map(
      [...tail, ...open, ...head.items].map(thing => [thing.id, thing])
    );
    this._hasMoreOpen = cursor !== null;
    this._isLoaded = true;
  }

  /** Put what is known into its order. */
  protected arrange(): void {
    const all = [...this.known.values()];
    this._open = all
      .filter(thing => this.isOpen(thing))
      .sort((left, right) => this.inTurn(left, right));
    this._ended = all.filter(thing => !this.isOpen(thing)).sort(byAge);
    this.emit();
  }

  /** What is known, by its id. */
  protected known = new Map<string, T>();

  /** Ends all questions with this object. */
  protected get signal(): AbortSignal {
    return this._abort.signal;
  }

  /** What was read beyond the newest page, where the page meets it. */
  private _beyond(head: IPage<T>): readonly T[] {
    const last = head.items[head.items.length - 1];
    const at = this._ended.findIndex(({ id }) => id === last?.id);
    return head.next_cursor === null || at < 0 ? [] : this._ended.slice(at + 1);
  }

  private async _read(): Promise<void> {
    try {
      await this.readChanged(this._isStale);
      if (this._isMoreWanted) {
        this._isMoreWanted = false;
        await this._readMore();
      }
      this._failure = null;
    } catch (error) {
      this._failure = error;
    }
    if (!this.isDisposed) {
      this.arrange();
    }
  }

  private async _readMore(): Promise<void> {
    if (this._cursor !== null) {
      const page = await this.fetchPage('ended', this._cursor);
      for (const thing of page.items) {
        this.known.set(thing.id, thing);
      }
      this._cursor = page.next_cursor;
    }
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type === 'job' && this.isActive) {
      this.onChanged(event);
    }
  }

  private _onConnection(_: unknown, isConnected: boolean): void {
    if (isConnected && this._failure !== null) {
      void this.refresh();
    }
  }

  private readonly _abort = new AbortController();
  private readonly _api: IDsinfraApi;
  private readonly _asking = new OneAtATime(() => this._read());
  private _cursor: string | null = null;
  private _ended: readonly T[] = [];
  private _failure: unknown = null;
  private _hasMoreOpen = false;
  private _isLoaded = false;
  private _isMoreWanted = false;
  private _isStale = false;
  private _open: readonly T[] = [];
  private readonly _pace: Pace;
}

/** Newest first; as the server has them, so that pages fit together. */
export function byAge(left: ISent, right: ISent): number {
  return (
    compare(right.submitted_at, left.submitted_at) || compare(right.id, left.id)
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
