import type { ITrial } from '../api/types';
import type { IColumn, Value, Versions } from './columns';
import { compareValues, valueOf } from './columns';
import type { ISort } from './layouts';

/** Which values of an axis are wanted, both ends included; texts by their order. */
export interface IRange {
  readonly low: number | string;
  readonly high: number | string;
}

/** Whether a value lies in a range. What is missing lies in none. */
export function isInRange(value: Value, range: IRange): boolean {
  if (value === null) {
    return false;
  }
  const comparable = typeof value === 'boolean' ? String(value) : value;
  return (
    compareValues(range.low, comparable) <= 0 &&
    compareValues(comparable, range.high) <= 0
  );
}

/** The trials in order: by a column, empty cells last; else as given, newest first. */
export function sortTrials(
  trials: readonly ITrial[],
  sort: ISort | null,
  columns: readonly IColumn[],
  versions: Versions
): readonly ITrial[] {
  const column = columns.find(item => item.key === sort?.key);
  if (sort === null || column === undefined) {
    return trials;
  }
  const sign = sort.isDescending ? -1 : 1;
  const keyed = trials.map(trial => ({
    trial,
    value: valueOf(column, trial, versions)
  }));
  keyed.sort((left, right) => {
    if (left.value === null || right.value === null) {
      return Number(left.value === null) - Number(right.value === null);
    }
    return sign * compareValues(left.value, right.value);
  });
  return keyed.map(({ trial }) => trial);
}

/** Whether not all trials have the same value in a column. */
export function differs(
  column: IColumn,
  trials: readonly ITrial[],
  versions: Versions
): boolean {
  const first = trials[0];
  if (first === undefined) {
    return false;
  }
  const value = valueOf(column, first, versions);
  return trials.some(trial => valueOf(column, trial, versions) !== value);
}

/** What is known of a column of numbers. */
export interface IColumnStats {
  /** Rank of each value: 0 for the worst, 1 for the best. */
  readonly ranks: ReadonlyMap<number, number>;

  /** The best value; null if there are not two that differ. */
  readonly best: number | null;
}

/** Rank the values of a metric. */
export function statsOf(
  column: IColumn,
  trials: readonly ITrial[],
  versions: Versions,
  isLessBetter: boolean
): IColumnStats {
  const found = new Set<number>();
  for (const trial of trials) {
    const value = valueOf(column, trial, versions);
    if (typeof value === 'number') {
      found.add(value);
    }
  }
  const sorted = [...found].sort((left, right) =>
    isLessBetter ? right - left : left - right
  );
  const last = sorted.length - 1;
  return {
    ranks: new Map(sorted.map((value, index) => [value, index / (last || 1)])),
    best: last > 0 ? (sorted[last] ?? null) : null
  };
}

/** Metrics of which less is better unless the user says otherwise. */
const LESS_IS_BETTER =
  /(^|[^a-z])(loss|err|errors?|mse|rmse|mae|mape|cost|perplexity|ppl|latency|time|seconds|fpr|fnr|regret|nll|wer|cer|fid)(?![a-z])|loss$|error$/i;

/** Guess from its name whether less of a metric is better. */
export function guessLessIsBetter(name: string): boolean {
  return LESS_IS_BETTER.test(name);
}
