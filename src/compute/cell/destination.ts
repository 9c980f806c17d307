import type { IJob, IJobResources, KernelMode } from '../../api/types';

/** Where a cell goes, and what it gets there. */
export interface IDestination {
  readonly target: string;
  readonly mode: KernelMode;

  /** Null: what the target gives by default. */
  readonly resources: IJobResources | null;
}

/** Return where a job went. */
export function destinationOf(job: IJob): IDestination {
  const { mode, resources, target } = job;
  return { target, mode, resources };
}
