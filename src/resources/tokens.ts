import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** The id of each command on resources. */
export namespace ResourceCommandIDs {
  /** Bring the section of resources to the front; takes nothing. */
  export const show = 'dsinfra:show-resources';

  /** Show the charts of the machine in the main area. */
  export const openDashboard = 'dsinfra:open-resources';

  /** Show the notebook of a kernel; takes `IKernelArguments`, as do those below. */
  export const openNotebook = 'dsinfra:open-kernel-notebook';
  export const interrupt = 'dsinfra:interrupt-kernel';
  export const restart = 'dsinfra:restart-kernel';
  export const showMemory = 'dsinfra:show-kernel-memory';
  export const shutDown = 'dsinfra:shut-down-kernel';
}

/** A kernel; that which is selected in the sidebar if absent. */
export interface IKernelArguments extends ReadonlyPartialJSONObject {
  kernelId?: string;
}
