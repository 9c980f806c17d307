/** Runs that were chosen, in the order in which they were. */
export class Selection {
  /**
   * @param onChange - Called after each change.
   */
  constructor(onChange: () => void) {
    this._onChange = onChange;
  }

  get ids(): ReadonlySet<string> {
    return this._ids;
  }

  has(id: string): boolean {
    return this._ids.has(id);
  }

  /** Choose a run, or no longer. */
  toggle(id: string): void {
    const ids = new Set(this._ids);
    if (!ids.delete(id)) {
      ids.add(id);
    }
    this._anchor = id;
    this._set(ids);
  }

  /** Choose everything from the run that was chosen last up to this one. */
  extendTo(id: string, order: readonly string[]): void {
    const to = order.indexOf(id);
    const from = this._anchor === null ? to : order.indexOf(this._anchor);
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const range = low < 0 ? [id] : order.slice(low, high + 1);
    this._anchor ??= id;
    this._set(new Set([...this._ids, ...range]));
  }

  /** Choose all of these, or none if all are chosen. */
  toggleAll(order: readonly string[]): void {
    const hasAll = order.every(id => this._ids.has(id));
    this._set(new Set(hasAll ? [] : order));
  }

  clear(): void {
    this._anchor = null;
    this._set(new Set());
  }

  private _set(ids: ReadonlySet<string>): void {
    this._ids = ids;
    this._onChange();
  }

  private _anchor: string | null = null;
  private _ids: ReadonlySet<string> = new Set();
  private readonly _onChange: () => void;
}
