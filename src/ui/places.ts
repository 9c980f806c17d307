/** A line, a column: where it begins and how large it is, in pixels. */
export interface ISpan {
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

/**
 * Where lines of known sizes stand that follow one another.
 */
export class Places {
  /**
   * @param begin - Where the first one begins.
   */
  constructor(count: number, sizeOf: (index: number) => number, begin = 0) {
    this.count = count;
    this._ends = new Float64Array(count + 1);
    this._ends[0] = begin;
    for (let index = 0; index < count; index++) {
      this._ends[index + 1] = this._ends[index] + sizeOf(index);
    }
  }

  readonly count: number;

  /** Where the last one ends. */
  get end(): number {
    return this._ends[this.count];
  }

  /** Return where one stands. */
  at(index: number): ISpan {
    const start = this._ends[index];
    return { index, start, size: this._ends[index + 1] - start };
  }

  /** Return the first that is seen between two places, and the one after the last. */
  range(from: number, to: number): readonly [number, number] {
    if (to <= from) {
      return [0, 0];
    }
    const first = this._edge(1, end => end > from) - 1;
    const end = Math.min(
      this.count,
      this._edge(0, start => start >= to)
    );
    return [first, Math.max(first, end)];
  }

  /** Return where to scroll to so that one is seen; not at all if it is. */
  offsetFor(
    index: number,
    offset: number,
    extent: number,
    covered: number
  ): number {
    const { start, size } = this.at(index);
    if (start < offset + covered) {
      return Math.max(0, start - covered);
    }
    return Math.max(offset, start + size - extent);
  }

  /** Return the first edge, from `low` on, of which something is true that stays so. */
  private _edge(low: number, isTrue: (place: number) => boolean): number {
    let high = this.count + 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isTrue(this._ends[middle])) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private readonly _ends: Float64Array;
}
