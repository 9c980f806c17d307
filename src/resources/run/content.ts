import type {
  ICellPeak,
  INotebookSize,
  IRun,
  IRunSamples,
  ISampleWindow
} from '../../api/types';
import type { IResourcesClient } from '../../tokens';

/** What a run took, and what its cell would find now. */
export interface IRunResources {
  readonly samples: IRunSamples;

  /** What the cell took before against what is free; null if that cannot be told. */
  readonly peak: ICellPeak | null;

  /** In how much memory the notebook would fit; null if that cannot be told. */
  readonly size: INotebookSize | null;
}

/** The longest past that the server has of runs that go on, in seconds. */
const WINDOW_MAX_S = 21_600;

const READINGS = ['cpu_ratio', 'rss_bytes', 'gpu_memory_bytes'] as const;
type Reading = (typeof READINGS)[number];

const NOTHING: Pick<ISampleWindow, 'at_s' | 'series'> = {
  at_s: [],
  series: {}
};

/** Fetch what a run took: of one that goes on, what was read so far. */
export async function fetchResources(
  client: IResourcesClient,
  id: string,
  run: IRun | null
): Promise<IRunResources> {
  const isOpen = run?.status === 'running' && run.started_at !== null;
  const [samples, peak, size] = await Promise.all([
    isOpen ? openSamples(client, run) : client.runSamples(id),
    run?.cell_id
      ? client.cellPeak(run.cell_id, run.notebook_path ?? '').catch(() => null)
      : null,
    run?.notebook_path
      ? client.notebookSize(run.notebook_path).catch(() => null)
      : null
  ]);
  return { samples, peak, size };
}

/** Return the readings of the kernel since the run began. */
async function openSamples(
  client: IResourcesClient,
  run: IRun
): Promise<IRunSamples> {
  const snapshot = await client.latestSamples();
  const started = Date.parse(run.started_at ?? '') / 1000;
  const age = Date.parse(snapshot.at) / 1000 - started;
  const kernel = snapshot.kernels.find(
    ({ kernel_id: id }) => id === run.kernel_id
  );
  const nameOf = (reading: Reading): string =>
    `kernel.${run.kernel_id}.${reading}`;
  // The server knows no series by the name of what was never read.
  const read = READINGS.filter(reading => kernel && kernel[reading] !== null);
  const window =
    read.length === 0
      ? NOTHING
      : await client.samples({
          window_s: Math.max(1, Math.min(WINDOW_MAX_S, Math.ceil(age) + 1)),
          keys: read.map(nameOf).join()
        });
  const rows = window.at_s.flatMap((at, row) => (at >= started ? [row] : []));
  const valuesOf = (reading: Reading): (number | null)[] =>
    rows.map(row => window.series[nameOf(reading)]?.[row] ?? null);
  return {
    at_s: rows.map(row => (window.at_s[row] ?? started) - started),
    cpu_ratio: valuesOf('cpu_ratio'),
    rss_bytes: valuesOf('rss_bytes'),
    gpu_memory_bytes: valuesOf('gpu_memory_bytes'),
    memory_limit_bytes: snapshot.host?.memory_limit_bytes ?? null,
    cpu_count: snapshot.host?.cpu_count ?? null,
    is_complete: age <= WINDOW_MAX_S,
    gpus: [],
    alerts: [],
    expense: null
  };
}
