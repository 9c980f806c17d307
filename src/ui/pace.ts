import type { IDisposable } from '@lumino/disposable';

/**
 * Has work done whenever it is asked for, but not more often than every so many milliseconds:
 * at once after a pause, else when the time is over.
 */
export class Pace implements IDisposable {
  /**
   * @param work - What is done, once for all who asked meanwhile.
   * @param interval - Milliseconds from the beginning of work to its next beginning, at least.
   */
  constructor(work: () => void, interval: number) {
    this._work = work;
    this._interval = interval;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
  }

  /** Have the work done. */
  ask(): void {
    if (!this._isDisposed) {
      const wait = this._begunAt + this._interval - Date.now();
      this._timer ??= setTimeout(
        () => {
          this.begin();
          this._work();
        },
        Math.max(0, wait)
      );
    }
  }

  /** Say that the work begins now, whoever asked for it: what was asked for is done with it. */
  begin(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._begunAt = Date.now();
  }

  private _begunAt = 0;
  private readonly _interval: number;
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _work: () => void;
}
