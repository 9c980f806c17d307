import type { IRunSummary, ISnapshot } from '../../api/types';
import type { IWindow } from '../../charts/plotContent';

/** A run of a cell as charts mark it. */
export interface IMarkedRun extends IWindow {
  readonly id: string;
  readonly kernelId: string;
  /** What its kernel is called: the name of the notebook. */
  readonly kernelName: string;
  /** Notebook and execution count. */
  readonly label: string;
}

/**
 * Return the runs that were going on after a moment, oldest first.
 *
 * @param now - Seconds since 1970, on the server's clock: until then a run goes on that has
 * not ended.
 */
export function markedRuns(
  runs: readonly IRunSummary[],
  snapshot: ISnapshot | null,
  since: number,
  now: number
): IMarkedRun[] {
  const marked = new Map<string, IMarkedRun>();
  for (const run of runs) {
    if (run.started_at !== null) {
      const isOpen = run.ended_at === null && run.status === 'running';
      const min = Date.parse(run.started_at) / 1000;
      const max = run.ended_at === null ? min : Date.parse(run.ended_at) / 1000;
      marked.set(run.id, {
        id: run.id,
        kernelId: run.kernel_id,
        ...namesOf(nameOf(run.notebook_path), run.execution_count),
        min,
        max: isOpen ? now : max
      });
    }
  }
  // A run may be too old for the newest runs and go on all the same.
  for (const kernel of snapshot?.kernels ?? []) {
    const { running } = kernel;
    if (running?.started_at) {
      marked.set(running.run_id, {
        id: running.run_id,
        kernelId: kernel.kernel_id,
        ...namesOf(kernel.name, running.execution_count),
        min: Date.parse(running.started_at) / 1000,
        max: now
      });
    }
  }
  return [...marked.values()]
    .filter(({ max }) => max > since)
    .sort((left, right) => left.min - right.min);
}

function namesOf(
  kernelName: string,
  count: number | null
): Pick<IMarkedRun, 'kernelName' | 'label'> {
  const number = count === null ? '' : `[${count}]`;
  return { kernelName, label: `${kernelName} ${number}`.trim() };
}

/** Return the last part of a path. */
function nameOf(path: string | null): string {
  return path?.split('/').pop() ?? '';
}

/** Say which runs went on at a moment. */
export function runsAt(runs: readonly IMarkedRun[], at: number): string {
  return runs
    .filter(({ min, max }) => min <= at && at <= max)
    .map(({ label }) => label)
    .join(', ');
}
