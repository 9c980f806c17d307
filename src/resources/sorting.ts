import type { IKernelSample } from '../api/types';

/** What the table of kernels can be sorted by. */
export type Column = 'name' | 'cpu' | 'memory' | 'gpu';

export interface ISorting {
  column: Column;
  isDescending: boolean;
}

/** Return another order: the column the other way round, or as it is of most use. */
export function turned(sorting: ISorting, column: Column): ISorting {
  return sorting.column === column
    ? { column, isDescending: !sorting.isDescending }
    : { column, isDescending: column !== 'name' };
}

/** Return the kernels in order; those without a figure come last. */
export function sorted(
  kernels: readonly IKernelSample[],
  sorting: ISorting
): IKernelSample[] {
  const { column, isDescending } = sorting;
  const sign = isDescending ? -1 : 1;
  return [...kernels].sort((left, right) => {
    if (column !== 'name') {
      const [a, b] = [figureOf(left, column), figureOf(right, column)];
      if (a !== b) {
        return a === null ? 1 : b === null ? -1 : sign * (a - b);
      }
    }
    const order =
      left.name.localeCompare(right.name, undefined, { numeric: true }) ||
      left.kernel_id.localeCompare(right.kernel_id);
    return column === 'name' ? sign * order : order;
  });
}

function figureOf(
  kernel: IKernelSample,
  column: Exclude<Column, 'name'>
): number | null {
  switch (column) {
    case 'cpu':
      return kernel.cpu_ratio;
    case 'memory':
      return kernel.rss_bytes;
    case 'gpu':
      return kernel.gpu_memory_bytes;
  }
}
