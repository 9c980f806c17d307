import type { ISampleWindow, ISnapshot } from '../../api/types';

/** What is drawn of each thing. */
const HOST = ['cpu_ratio', 'memory_used_bytes'] as const;
const KERNEL = ['cpu_ratio', 'rss_bytes', 'gpu_memory_bytes'] as const;
const GPU = ['util_ratio', 'memory_used_bytes'] as const;

/** Seconds without any look that count as a gap: nobody looks more seldom than that. */
const GAP_S = 30;

type Value = number | null;

/** Readings of a stretch of time, to which the newest are added as they come. */
export interface IHistory {
  /** Between two points at least; what falls into one is drawn as the most of it. */
  readonly stepS: number;
  readonly at: readonly number[];
  readonly series: ReadonlyMap<string, readonly Value[]>;
  /** What kernels were called that are gone, by id. */
  readonly kernelNames: ReadonlyMap<string, string>;
}

/** Return what the server sent, with a row of gaps where nobody looked. */
export function historyOf(window: ISampleWindow): IHistory {
  const { at_s: at, series, step_s: stepS } = window;
  const rows = at.flatMap((place, index) => {
    const before = at[index - 1];
    return isGap(before, place, stepS) ? [-1, index] : [index];
  });
  return {
    stepS,
    at: rows.map((row, index) =>
      row < 0 ? (at[rows[index - 1] ?? 0] ?? 0) + stepS : (at[row] ?? 0)
    ),
    series: new Map(
      Object.entries(series).map(([name, values]) => [
        name,
        rows.map(row => values[row] ?? null)
      ])
    ),
    kernelNames: new Map(Object.entries(window.kernel_names))
  };
}

/**
 * Return a history with the readings of one more look.
 *
 * @param windowS - How many seconds are kept.
 */
export function extended(
  history: IHistory,
  snapshot: ISnapshot,
  windowS: number
): IHistory {
  const { stepS } = history;
  const now = Date.parse(snapshot.at) / 1000;
  const place = stepS > 1 ? Math.floor(now / stepS) * stepS : now;
  const last = history.at[history.at.length - 1];
  if (last !== undefined && place < last) {
    // A look that the answer of the server held already.
    return history;
  }
  const isSame = place === last;
  const from = history.at.findIndex(at => at > now - windowS);
  const start = from < 0 ? history.at.length : from;
  const added =
    last !== undefined && isGap(last, place, stepS)
      ? [last + stepS, place]
      : isSame
        ? []
        : [place];
  const at = [...history.at.slice(start), ...added];
  const readings = readingsOf(snapshot);
  const series = new Map<string, Value[]>();
  for (const name of new Set([...history.series.keys(), ...readings.keys()])) {
    const before = history.series.get(name)?.slice(start) ?? [];
    const values = Array.from({ length: at.length }, (_, row) => {
      return before[row] ?? null;
    });
    const value = readings.get(name) ?? null;
    const index = at.length - 1;
    const old = values[index] ?? null;
    values[index] =
      value === null || old === null ? (value ?? old) : Math.max(value, old);
    if (values.some(each => each !== null)) {
      series.set(name, values);
    }
  }
  return { ...history, at, series };
}

function isGap(
  before: number | undefined,
  place: number,
  stepS: number
): boolean {
  return before !== undefined && place - before > Math.max(GAP_S, 1.5 * stepS);
}

/** Return the readings that are drawn, by the names that the server gives their series. */
function readingsOf(snapshot: ISnapshot): Map<string, Value> {
  const { host, kernels, gpus } = snapshot;
  const readings = new Map<string, Value>();
  for (const name of host === null ? [] : HOST) {
    readings.set(`host.${name}`, host?.[name] ?? null);
  }
  for (const kernel of kernels) {
    for (const name of KERNEL) {
      readings.set(`kernel.${kernel.kernel_id}.${name}`, kernel[name]);
    }
  }
  for (const gpu of gpus) {
    for (const name of GPU) {
      readings.set(`gpu.${gpu.uuid}.${name}`, gpu[name]);
    }
  }
  return readings;
}

/** Return the ids of what has a series of a kind, in the order they came. */
export function idsOf(
  history: IHistory,
  kind: 'kernel' | 'gpu',
  reading: string
): string[] {
  const [head, tail] = [`${kind}.`, `.${reading}`];
  return [...history.series.keys()]
    .filter(name => name.startsWith(head) && name.endsWith(tail))
    .map(name => name.slice(head.length, -tail.length));
}

/** Return the most that a series held; -Infinity if nothing. */
export function mostOf(history: IHistory, name: string): number {
  let most = -Infinity;
  for (const value of history.series.get(name) ?? []) {
    most = Math.max(most, value ?? -Infinity);
  }
  return most;
}
