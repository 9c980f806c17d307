/** What is behind a section, made when it is first asked for. */
export class LazyContent<T> {
  constructor(make: () => Promise<T>) {
    this._make = make;
  }

  /** What was made so far. */
  current: T | null = null;

  async get(): Promise<T> {
    this._making ??= this._make();
    this.current = await this._making;
    return this.current;
  }

  private _make: () => Promise<T>;
  private _making: Promise<T> | null = null;
}
