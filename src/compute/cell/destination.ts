import type { IJob, IJobResources, KernelMode } from '../../api/types';

/** Where a cell goes, and what it gets there. */
export interface IDestination {
  readonly target: string;
  readonly mode: KernelMode;

  /** Null: what the target gives by default. */
  readonly resources: IJobResources | null;
}

/** Whether two cells go to the same place, and get the same there. */
export function isSame(one: IDestination, other: IDestination): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Return where a job went. */
export function destinationOf(job: IJob): IDestination {
  const { mode, resources, target } = job;
  return { target, mode, resources };
}
