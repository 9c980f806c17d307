import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** The id of each command that sends cells. */
export namespace CellCommandIDs {
  /** Send the selected cells to a target; takes `IRunOnArguments`. */
  export const run = 'dsinfra:run-on-target';

  /** Ask for the target, resources and kernel, and send the selected cells. */
  export const runWithOptions = 'dsinfra:run-on-target-with-options';

  /** Choose where the cells of the notebook go; takes `IChooseArguments`. */
  export const choose = 'dsinfra:choose-target';

  /** Ask for the end of the active cell's job. */
  export const cancel = 'dsinfra:cancel-cell-job';
}

/** Where to. */
export interface IRunOnArguments extends ReadonlyPartialJSONObject {
  /** Default: the one of the notebook, else the one used last. */
  target?: string;
}

/** What becomes the notebook's target. */
export interface IChooseArguments extends ReadonlyPartialJSONObject {
  /** Null: the kernel of the notebook. */
  target: string | null;
}
