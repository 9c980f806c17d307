import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { messageOf } from '../../api/failures';
import type { IDsinfraApi, IRunsChanged } from '../../tokens';
import type { ILoadable } from '../../ui/loadable';
import { NOTHING } from '../../ui/loadable';
import { Pace } from '../../ui/pace';

/** Least time between two fetches that events cause: parts are read as a whole. */
const REFRESH_INTERVAL_MS = 1000;

/**
 * A part of what is known of a run, fetched when it is first seen and again when
 * something that it depends on has changed.
 */
export class RunPart<T> implements IDisposable {
  /**
   * @param events - Say when something has changed.
   * @param fetch - Gives the part; rejects with an error for the user.
   * @param concerns - Whether a change can be one of this part.
   */
  constructor(
    events: IDsinfraApi['events'],
    fetch: () => Promise<T>,
    concerns: (change: IRunsChanged) => boolean
  ) {
    this._fetch = fetch;
    this._concerns = concerns;
    events.runsChanged.connect(this._onRunsChanged, this);
    events.missed.connect(this._markStale, this);
  }

  /** Emitted after `current` has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is there; the last known value stays beside a failure. */
  get current(): ILoadable<T> {
    return this._current;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether the part is on screen. Nothing is fetched while it is not. */
  set isActive(isActive: boolean) {
    const began = isActive && !this._isActive;
    this._isActive = isActive;
    if (began && (this._isStale || this._current.failure !== null)) {
      this._pace.ask();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._pace.dispose();
      Signal.clearData(this);
    }
  }

  /** Fetch the part. Never rejects: a failure is part of `current`. */
  async refresh(): Promise<void> {
    if (this._current.isLoading) {
      this._isStale = true;
      return;
    }
    this._isStale = false;
    this._pace.begin();
    this._set({ ...this._current, isLoading: true });
    try {
      const value = await this._fetch();
      this._set({ value, failure: null, isLoading: false });
    } catch (error) {
      this._set({
        ...this._current,
        failure: messageOf(error),
        isLoading: false
      });
    }
    if (this._isStale) {
      this._schedule();
    }
  }

  /** Say that what is known may no longer be so. */
  markStale(): void {
    this._markStale();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    if (!change.isComplete || this._concerns(change)) {
      this._markStale();
    }
  }

  private _markStale(): void {
    this._isStale = true;
    this._schedule();
  }

  private _schedule(): void {
    if (this._isActive) {
      this._pace.ask();
    }
  }

  private _set(current: ILoadable<T>): void {
    this._current = current;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _concerns: (change: IRunsChanged) => boolean;
  private _current: ILoadable<T> = NOTHING;
  private readonly _fetch: () => Promise<T>;
  private _isActive = false;
  private _isDisposed = false;
  private _isStale = true;
  private readonly _pace = new Pace(() => {
    if (this._isActive) {
      void this.refresh();
    }
  }, REFRESH_INTERVAL_MS);
}
