import type { TranslationBundle } from '@jupyterlab/translation';

import type { IGpuSample, ISnapshot } from '../../api/types';
import type { IHistory } from './history';
import { idsOf, mostOf } from './history';
import type { IMarkedRun } from './runs';

/** A kernel or GPU that has a line. */
export interface ISubject {
  readonly id: string;
  readonly label: string;
}

/** Kernels that have lines at first: as many as there are colours. */
export const KERNELS_MAX = 8;

/**
 * Return the kernels of a history in the order they came.
 *
 * @param count - How many at most: those that held most memory.
 */
export function kernelsOf(
  history: IHistory,
  snapshot: ISnapshot | null,
  runs: readonly IMarkedRun[],
  count: number,
  trans: TranslationBundle
): { shown: ISubject[]; hiddenCount: number } {
  const most = (id: string): number =>
    mostOf(history, `kernel.${id}.rss_bytes`);
  const ids = idsOf(history, 'kernel', 'rss_bytes');
  const kept = new Set(
    [...ids].sort((left, right) => most(right) - most(left)).slice(0, count)
  );
  const names = new Map(history.kernelNames);
  for (const run of runs) {
    names.set(run.kernelId, run.kernelName);
  }
  for (const kernel of snapshot?.kernels ?? []) {
    names.set(kernel.kernel_id, kernel.name);
  }
  const shown = ids
    .filter(id => kept.has(id))
    .map(id => ({ id, label: names.get(id) || trans.__('Kernel that ended') }));
  return { shown: distinct(shown), hiddenCount: ids.length - shown.length };
}

/** Return the GPUs of a history as the driver counts them, each before its instances. */
export function gpusOf(
  history: IHistory,
  snapshot: ISnapshot | null,
  trans: TranslationBundle
): ISubject[] {
  const gpus = new Map(snapshot?.gpus.map(gpu => [gpu.uuid, gpu]));
  const ids = new Set([
    ...idsOf(history, 'gpu', 'util_ratio'),
    ...idsOf(history, 'gpu', 'memory_used_bytes')
  ]);
  const known = [...gpus.values()]
    .map(gpu => ({ gpu, whole: wholeOf(gpu, gpus) ?? gpu }))
    .sort(
      (left, right) =>
        left.whole.index - right.whole.index ||
        Number(left.gpu !== left.whole) - Number(right.gpu !== right.whole) ||
        left.gpu.index - right.gpu.index
    )
    .map(({ gpu }) => gpu.uuid);
  return [...new Set([...known, ...ids])]
    .filter(id => ids.has(id))
    .map(id => {
      const gpu = gpus.get(id);
      return { id, label: gpu ? gpuLabel(gpu, gpus, trans) : id };
    });
}

/** Return what a GPU is called, an instance with the number of the GPU it is a part of. */
export function gpuLabel(
  gpu: IGpuSample,
  gpus: ReadonlyMap<string, IGpuSample>,
  trans: TranslationBundle
): string {
  const whole = wholeOf(gpu, gpus);
  return whole === undefined
    ? `${gpu.index} · ${gpu.name}`
    : trans.__('%1, instance %2 · %3', whole.index, gpu.index, gpu.name);
}

function wholeOf(
  gpu: IGpuSample,
  gpus: ReadonlyMap<string, IGpuSample>
): IGpuSample | undefined {
  return gpu.parent_uuid === null ? undefined : gpus.get(gpu.parent_uuid);
}

/** Add a piece of the id to what is called the same. */
function distinct(subjects: readonly ISubject[]): ISubject[] {
  const counts = new Map<string, number>();
  for (const { label } of subjects) {
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return subjects.map(({ id, label }) =>
    (counts.get(label) ?? 0) > 1
      ? { id, label: `${label} (${id.slice(0, 4)})` }
      : { id, label }
  );
}

/** Return runs as stretches in the colours of their kernels' lines. */
export function bandsOf(
  runs: readonly IMarkedRun[],
  kernels: readonly ISubject[]
): { min: number; max: number; line: number | null }[] {
  const lines = new Map(kernels.map(({ id }, index) => [id, index]));
  return runs.map(({ kernelId, max, min }) => ({
    min,
    max,
    line: lines.get(kernelId) ?? null
  }));
}
