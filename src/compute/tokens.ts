import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Token } from '@lumino/coreutils';

import type { LazyContent } from '../ui/lazyContent';
import type { ICompute } from './start';

/** The id of each command on targets and jobs. */
export namespace ComputeCommandIDs {
  /** Bring the section of targets and jobs to the front; takes nothing. */
  export const show = 'dsinfra:show-compute';

  /** Ask for a new target; takes nothing. */
  export const addTarget = 'dsinfra:add-target';

  /** Act on a target; takes `ITargetArguments`, as do those below. */
  export const startTarget = 'dsinfra:start-target';
  export const stopTarget = 'dsinfra:stop-target';
  export const testTarget = 'dsinfra:test-target';
  export const editTarget = 'dsinfra:edit-target';
  export const removeTarget = 'dsinfra:remove-target';

  /** Put the code that connects to a target below the active cell. */
  export const insertTargetCode = 'dsinfra:insert-target-code';
  export const copyTargetCode = 'dsinfra:copy-target-code';

  /** Show the page of the engine behind a target. */
  export const openTargetDashboard = 'dsinfra:open-target-dashboard';

  /** Show a job in the main area; takes `IJobArguments`, as do those below. */
  export const openJob = 'dsinfra:open-job';
  export const cancelJob = 'dsinfra:cancel-job';

  /** Send the same again. */
  export const retryJob = 'dsinfra:retry-job';

  /** Show what was found before sending, and ask whether to go on. */
  export const reviewJob = 'dsinfra:review-job';

  /** Show the cell of a job in its notebook. */
  export const goToJobCell = 'dsinfra:go-to-job-cell';

  /** Take an ended job off the list. */
  export const forgetJob = 'dsinfra:forget-job';

  /** Cancel what has not ended of a group; takes `IGroupArguments`, as do those below. */
  export const cancelGroup = 'dsinfra:cancel-job-group';

  /** Send again what failed of a group. */
  export const retryGroup = 'dsinfra:retry-job-group';
}

/** A target. */
export interface ITargetArguments extends ReadonlyPartialJSONObject {
  name: string;
}

/** A job. */
export interface IJobArguments extends ReadonlyPartialJSONObject {
  jobId: string;
}

/** A group of jobs. */
export interface IGroupArguments extends ReadonlyPartialJSONObject {
  groupId: string;
}

/** Targets and what can be done with them, for those who send something there. */
export type IComputeContent = LazyContent<ICompute>;

export const IComputeContent = new Token<IComputeContent>(
  'dsinfra-jlab:ICompute',
  'Targets and jobs, loaded when they are first asked for.'
);
