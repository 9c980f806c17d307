import type { IRun, IRunSummary } from '../api/types';

/** Whether a run has not ended. */
export function isOpen(run: Pick<IRunSummary, 'status'>): boolean {
  return run.status === 'queued' || run.status === 'running';
}

/** A whole run as lists show it. */
export function toSummary(run: IRun, known: IRunSummary): IRunSummary {
  const summary: Record<string, unknown> = { ...known };
  for (const [name, value] of Object.entries(run)) {
    if (name in summary) {
      summary[name] = value;
    }
  }
  return summary as unknown as IRunSummary;
}
