/** Step, moment in ISO 8601, and value; null where the value is no number. */
export type Point = readonly [number, string, number | null];

/** What the points of a chart are drawn along. */
export type XAxis = 'step' | 'relative' | 'wall';

/** One line of a chart. */
export interface ILine {
  /** In the order they were logged. */
  readonly points: readonly Point[];
  /** When the run began, in ISO 8601; relative times count from it. */
  readonly startedAt: string | null;
}

/** A value; null is a gap, undefined a place where only other lines have a point. */
type Value = number | null | undefined;

/** Columns as uPlot reads them: the places along x, then the values of each line. */
export interface IColumns {
  readonly x: readonly number[];
  readonly lines: readonly (readonly Value[])[];
}

/** A point's place along an axis: a step, or seconds. */
function placeOf(point: Point, axis: XAxis, origin: number): number {
  switch (axis) {
    case 'step':
      return point[0];
    case 'relative':
      return (Date.parse(point[1]) - origin) / 1000;
    case 'wall':
      return Date.parse(point[1]) / 1000;
  }
}

/** Return the moment that relative times of a line count from. */
function originOf(line: ILine): number {
  const first = line.points.length > 0 ? Date.parse(line.points[0][1]) : 0;
  const started = line.startedAt === null ? NaN : Date.parse(line.startedAt);
  // Points that were logged before the start have a clock of their own.
  return Number.isNaN(started) || started > first ? first : started;
}

/** A point of a line where it belongs along x. */
interface IPlaced {
  readonly x: number;
  /** How many points of the line stand at this place already. */
  readonly nth: number;
  readonly value: number | null;
}

function placed(line: ILine, axis: XAxis): IPlaced[] {
  const origin = originOf(line);
  const points = line.points
    .map(point => ({ x: placeOf(point, axis, origin), value: point[2] }))
    .filter(({ x }) => Number.isFinite(x))
    .sort((a, b) => a.x - b.x);
  let nth = 0;
  return points.map((point, index) => {
    nth = index > 0 && points[index - 1].x === point.x ? nth + 1 : 0;
    return { ...point, nth };
  });
}

/**
 * Lay lines along one axis.
 *
 * A line may have several points in one place, as when a loop starts again at step 0:
 * each keeps its own row.
 */
export function align(lines: readonly ILine[], axis: XAxis): IColumns {
  const all = lines.map(line => placed(line, axis));
  const rows = new Map<string, { x: number; nth: number }>();
  for (const points of all) {
    for (const { x, nth } of points) {
      rows.set(`${x} ${nth}`, { x, nth });
    }
  }
  const order = [...rows.entries()].sort(
    ([, a], [, b]) => a.x - b.x || a.nth - b.nth
  );
  const places = new Map(order.map(([key], index) => [key, index]));
  return {
    x: order.map(([, row]) => row.x),
    lines: all.map(points => {
      const values: Value[] = new Array<Value>(order.length).fill(undefined);
      for (const { x, nth, value } of points) {
        values[places.get(`${x} ${nth}`) ?? 0] = value;
      }
      return values;
    })
  };
}

/**
 * Return the exponential moving average of values; gaps stay gaps.
 *
 * @param weight - How much of the average before is kept, from 0 (nothing) to below 1.
 */
export function smooth(values: readonly Value[], weight: number): Value[] {
  let sum = 0;
  let total = 0;
  return values.map(value => {
    if (value === null || value === undefined) {
      return value;
    }
    sum = sum * weight + value * (1 - weight);
    total = total * weight + (1 - weight);
    // Divided by the weights so far: else the first values would be pulled to 0.
    return sum / total;
  });
}

/** Values that a logarithmic scale can show, and what it cannot. */
export interface IPositive {
  readonly lines: readonly (readonly Value[])[];
  /** How many values were not above 0. */
  readonly hiddenCount: number;
  /** Whether anything is left to show. */
  readonly hasAny: boolean;
}

/** Make gaps of what has no logarithm. */
export function positive(lines: readonly (readonly Value[])[]): IPositive {
  let hiddenCount = 0;
  let hasAny = false;
  const shown = lines.map(values =>
    values.map(value => {
      if (typeof value !== 'number') {
        return value;
      }
      if (value > 0) {
        hasAny = true;
        return value;
      }
      hiddenCount += 1;
      return null;
    })
  );
  return { lines: shown, hiddenCount, hasAny };
}

/** What a line comes to, for those who do not see it. */
export interface ISummary {
  readonly first: number | null;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Sum up the values of a line. */
export function summarise(points: readonly Point[]): ISummary {
  let [first, last, min, max]: (number | null)[] = [null, null, null, null];
  for (const [, , value] of points) {
    if (value === null) {
      continue;
    }
    first ??= value;
    last = value;
    min = min === null || value < min ? value : min;
    max = max === null || value > max ? value : max;
  }
  return { first, last, min, max };
}

/**
 * Return how many points to ask for so that a part of the axis is drawn as finely
 * as the whole was before.
 *
 * @param share - The part of the axis that is looked at, above 0 and at most 1.
 */
export function pointsFor(share: number): number {
  const wanted = BASE_POINTS / Math.max(share, BASE_POINTS / POINTS_MAX);
  // Few sizes, so that zooming on fetches seldom.
  return Math.min(
    POINTS_MAX,
    BASE_POINTS * 2 ** Math.ceil(Math.log2(wanted / BASE_POINTS))
  );
}

/** Points of a line that are asked for at first: more than a chart has pixels across. */
export const BASE_POINTS = 1000;

/** The most the server sends of one line. */
export const POINTS_MAX = 5000;

/** The values of a metric for a spreadsheet, a line for each point. */
export function toCsv(
  lines: readonly { label: string; points: readonly Point[] }[],
  key: string
): string {
  const rows = lines.flatMap(({ label, points }) =>
    points.map(([step, at, value]) => [label, step, at, value ?? ''])
  );
  return [['run', 'step', 'at', key], ...rows]
    .map(row => row.map(cell => quoted(String(cell))).join(','))
    .join('\r\n');
}

/** Return a cell of CSV; a text that a spreadsheet would take for a formula stays a text. */
function quoted(cell: string): string {
  const text =
    /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
