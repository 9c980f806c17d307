/** Does the same work again and again: never twice at once, and once more if asked meanwhile. */
export class OneAtATime {
  /**
   * @param work - Must not reject.
   */
  constructor(work: () => Promise<void>) {
    this._work = work;
  }

  /** Resolves when work that began after the call has ended. */
  async ask(): Promise<void> {
    this._isAsked = true;
    this._working ??= this._drain();
    await this._working;
  }

  private async _drain(): Promise<void> {
    while (this._isAsked) {
      this._isAsked = false;
      await this._work();
    }
    this._working = null;
  }

  private _work: () => Promise<void>;
  private _isAsked = false;
  private _working: Promise<void> | null = null;
}
