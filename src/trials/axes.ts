import type { ITrial } from '../api/types';
import { formatNumber } from '../ui/numbers';
import type { IColumn, Value } from './columns';
import { compareValues } from './columns';
import type { IRange } from './table';

/** A column as a scale from 0 to 1. */
export interface IAxis {
  readonly column: IColumn;

  /** Least and greatest number; for texts, the first and the last of `categories`. */
  readonly low: number;
  readonly high: number;

  /** The texts in their order; null for an axis of numbers. */
  readonly categories: readonly (number | string)[] | null;

  /** Whether powers of ten have equal distances. */
  readonly isLog: boolean;

  /** Whether some run has no value. */
  readonly hasMissing: boolean;
}

/** A line of an axis with its label. */
export interface ITick {
  readonly position: number;
  readonly label: string;
}

/** From this ratio of greatest to least on, an axis of positive numbers is logarithmic. */
const LOG_RATIO = 500;

/** Make an axis of what some trials have in a column. */
export function axisOf(
  column: IColumn,
  trials: readonly ITrial[],
  valueOf: (column: IColumn, trial: ITrial) => Value
): IAxis {
  const found = new Set<number | string>();
  let hasMissing = false;
  for (const trial of trials) {
    const value = valueOf(column, trial);
    if (value === null) {
      hasMissing = true;
    } else {
      found.add(typeof value === 'boolean' ? String(value) : value);
    }
  }
  const values = [...found].sort(compareValues);
  const isNumeric =
    values.length > 0 &&
    column.kind !== 'code' &&
    values.every(value => typeof value === 'number');
  if (!isNumeric) {
    const high = Math.max(0, values.length - 1);
    return {
      column,
      low: 0,
      high,
      categories: values,
      isLog: false,
      hasMissing
    };
  }
  const low = values[0] as number;
  const high = values[values.length - 1] as number;
  const isLog = low > 0 && high / low >= LOG_RATIO && column.kind !== 'run';
  return { column, low, high, categories: null, isLog, hasMissing };
}

/** Where a value lies on an axis, from 0 to 1; null if there is none. */
export function positionOf(axis: IAxis, value: Value): number | null {
  if (value === null) {
    return null;
  }
  if (axis.categories !== null) {
    const known = typeof value === 'boolean' ? String(value) : value;
    const index = indexOf(axis.categories, known);
    return index < 0 ? null : share(index, axis);
  }
  return typeof value === 'number' ? share(value, axis) : null;
}

/** Binary search: an axis may have thousands of texts. */
function indexOf(
  values: readonly (number | string)[],
  wanted: number | string
): number {
  let low = 0;
  let high = values.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compareValues(values[middle] ?? '', wanted);
    if (order === 0) {
      return middle;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }
  return -1;
}

function share(value: number, axis: IAxis): number {
  if (axis.high === axis.low) {
    return 0.5;
  }
  return axis.isLog
    ? Math.log(value / axis.low) / Math.log(axis.high / axis.low)
    : (value - axis.low) / (axis.high - axis.low);
}

/** The number at a place of an axis. */
function numberAt(axis: IAxis, position: number): number {
  return axis.isLog
    ? axis.low * (axis.high / axis.low) ** position
    : axis.low + (axis.high - axis.low) * position;
}

/** What lies between two places of an axis; null if nothing does. */
export function rangeBetween(
  axis: IAxis,
  from: number,
  to: number
): IRange | null {
  const [low, high] = from < to ? [from, to] : [to, from];
  const { categories } = axis;
  if (categories !== null) {
    const inside = categories.filter((_, index) => {
      const position = share(index, axis);
      return low <= position && position <= high;
    });
    const first = inside[0];
    const last = inside[inside.length - 1];
    return first === undefined || last === undefined
      ? null
      : { low: first, high: last };
  }
  // Numbers that a person could have written, a little wider than what was drawn.
  return {
    low: low <= 0 ? axis.low : rounded(numberAt(axis, low), axis, Math.floor),
    high: high >= 1 ? axis.high : rounded(numberAt(axis, high), axis, Math.ceil)
  };
}

/** Round to a hundredth of what an axis shows there. */
function rounded(
  value: number,
  axis: IAxis,
  round: (value: number) => number
): number {
  const span = axis.isLog ? Math.abs(value) : axis.high - axis.low;
  const digits = 2 - Math.floor(Math.log10(span));
  const factor = 10 ** Math.abs(digits);
  const scaled = digits >= 0 ? value * factor : value / factor;
  return digits >= 0 ? round(scaled) / factor : round(scaled) * factor;
}

/** Where a range begins and ends on an axis, within 0 and 1. */
export function placesOf(axis: IAxis, range: IRange): [number, number] {
  const place = (value: number | string, fallback: number): number => {
    const position =
      axis.categories === null && typeof value === 'number' && axis.isLog
        ? value <= 0
          ? 0
          : share(value, axis)
        : positionOf(axis, value);
    return Math.max(0, Math.min(1, position ?? fallback));
  };
  return [place(range.low, 0), place(range.high, 1)];
}

/** Labels of an axis are at most this long. */
const LABEL_MAX_CHARS = 12;

/** Round places of an axis, about as many as wanted. */
export function ticksOf(
  axis: IAxis,
  wanted: number,
  format: (value: number) => string = formatNumber
): ITick[] {
  const { categories } = axis;
  if (categories !== null) {
    const step = Math.max(1, Math.ceil(categories.length / wanted));
    return categories
      .map((value, index) => ({
        position: share(index, axis),
        label: labelOf(axis, value)
      }))
      .filter((_, index) => index % step === 0);
  }
  if (axis.high === axis.low) {
    return [{ position: 0.5, label: format(axis.low) }];
  }
  return (axis.isLog ? decades(axis, wanted) : steps(axis, wanted)).map(
    value => ({ position: share(value, axis), label: format(value) })
  );
}

function labelOf(axis: IAxis, value: number | string): string {
  const text =
    axis.column.kind === 'code' && typeof value === 'number'
      ? `v${value}`
      : String(value);
  return text.length > LABEL_MAX_CHARS
    ? `${text.slice(0, LABEL_MAX_CHARS - 1)}…`
    : text;
}

function steps(axis: IAxis, wanted: number): number[] {
  const rough = (axis.high - axis.low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10);
  const values: number[] = [];
  // Multiples, not sums: those would drift.
  for (
    let index = Math.ceil(axis.low / step);
    index * step <= axis.high + step * 1e-9;
    index++
  ) {
    values.push(Number((index * step).toPrecision(12)));
  }
  return values;
}

function decades(axis: IAxis, wanted: number): number[] {
  const first = Math.ceil(Math.log10(axis.low) - 1e-9);
  const last = Math.floor(Math.log10(axis.high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / wanted));
  const values: number[] = [];
  for (let exponent = first; exponent <= last; exponent += step) {
    values.push(Number(`1e${exponent}`));
  }
  return values;
}
