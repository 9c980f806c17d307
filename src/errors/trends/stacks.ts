import type { Category, IErrorTrend } from '../../api/types';

/** Categories that get a colour of their own; the rest is drawn together. */
const NAMED_MAX = 6;

/** The colour of what comes after them: none of the others is grey. */
const LAST_COLOR = 7;

/** Occurrences of a category, or of all that have no colour, over time. */
export interface ILayer {
  /** Null for what is drawn together. */
  readonly category: Category | null;

  /** Which colour. */
  readonly index: number;
  readonly counts: readonly number[];
  readonly total: number;
}

/** Return what is stacked, the most frequent first: it stands at the bottom. */
export function layersOf(
  trend: Pick<IErrorTrend, 'categories' | 'starts'>
): ILayer[] {
  const all = Object.entries(trend.categories)
    .map(([category, counts]) => ({
      category: category as Category,
      counts: counts ?? [],
      total: sum(counts ?? [])
    }))
    .filter(layer => layer.total > 0)
    .sort(
      (left, right) =>
        right.total - left.total || (left.category < right.category ? -1 : 1)
    );
  const named = all.length <= NAMED_MAX + 1 ? all : all.slice(0, NAMED_MAX);
  const rest = all.slice(named.length);
  const layers: ILayer[] = named.map((layer, index) => ({
    ...layer,
    index: index < NAMED_MAX ? index : LAST_COLOR
  }));
  if (rest.length > 0) {
    layers.push({
      category: null,
      index: LAST_COLOR,
      counts: trend.starts.map((_, at) =>
        sum(rest.map(layer => layer.counts[at] ?? 0))
      ),
      total: sum(rest.map(layer => layer.total))
    });
  }
  return layers;
}

/** Return how many occurrences each bucket has in all. */
export function totals(
  layers: readonly ILayer[],
  bucketCount: number
): number[] {
  return Array.from({ length: bucketCount }, (_, at) =>
    sum(layers.map(layer => layer.counts[at] ?? 0))
  );
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Return the marks of an axis of counts: whole numbers from 0 to at least the
 * highest count, at most five of them.
 */
export function countTicks(most: number): number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? 1
  );
  const ticks = [0];
  while ((ticks[ticks.length - 1] ?? 0) < most) {
    ticks.push((ticks[ticks.length - 1] ?? 0) + step);
  }
  return ticks.length > 1 ? ticks : [0, 1];
}

/** Return which buckets get a mark, so that no more than `most` do. */
export function markedBuckets(count: number, most: number): number[] {
  const step =
    [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 168].find(
      size => Math.ceil(count / size) <= most
    ) ?? Math.ceil(count / Math.max(1, most));
  // The newest is always marked: it is what is looked for.
  return Array.from({ length: count }, (_, at) => at).filter(
    at => (count - 1 - at) % step === 0
  );
}
