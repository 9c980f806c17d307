import type { ITrial } from '../api/types';
import type { IColumn, Versions } from './columns';
import { valueOf } from './columns';
import type { IFilterFailure, Test } from './filter';
import { compileFilter } from './filter';
import type { IRange } from './table';
import { isInRange } from './table';

/** What the trials have that a filter may name. */
interface IContext {
  readonly columns: readonly IColumn[];
  readonly versions: Versions;
}

/** Which trials the user wants to see: by a text, and by ranges of columns. */
export class RowFilter {
  /** What the user has written. */
  get text(): string {
    return this._text;
  }

  set text(text: string) {
    this._text = text;
    this.forget();
  }

  /** What was chosen on the axes, by the key of a column. */
  get ranges(): ReadonlyMap<string, IRange> {
    return this._ranges;
  }

  /** Show only what lies in a range of a column; null shows all. */
  setRange(key: string, range: IRange | null): void {
    const ranges = new Map(this._ranges);
    if (range === null) {
      ranges.delete(key);
    } else {
      ranges.set(key, range);
    }
    this._ranges = ranges;
  }

  /** Let all trials pass. */
  clear(): void {
    this._ranges = new Map();
    this.text = '';
  }

  /** Whether something is to be left out. */
  get isSet(): boolean {
    return this._text.trim() !== '' || this._ranges.size > 0;
  }

  /** Look anew at what the text means: there are other columns. */
  forget(): void {
    this._test = null;
  }

  /** Why the text is not applied; the one before it still is. */
  failureIn(context: IContext): IFilterFailure | null {
    this._compile(context);
    return this._failure;
  }

  /** The trials that pass. */
  apply(trials: readonly ITrial[], context: IContext): ITrial[] {
    const { columns, versions } = context;
    const test = this._compile(context);
    const chosen = columns.flatMap(column => {
      const range = this._ranges.get(column.key);
      return range === undefined ? [] : [{ column, range }];
    });
    return trials.filter(
      trial =>
        test(trial) &&
        chosen.every(({ column, range }) =>
          isInRange(valueOf(column, trial, versions), range)
        )
    );
  }

  /** Give the test of the newest text that makes sense. */
  private _compile(context: IContext): Test {
    if (this._test === null) {
      const test = compileFilter(this._text, context);
      if (typeof test === 'function') {
        this._lastTest = test;
        this._failure = null;
      } else {
        this._failure = test;
      }
      this._test = this._lastTest;
    }
    return this._test;
  }

  private _failure: IFilterFailure | null = null;
  private _lastTest: Test = () => true;
  private _ranges: ReadonlyMap<string, IRange> = new Map();
  private _test: Test | null = null;
  private _text = '';
}
