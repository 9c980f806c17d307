import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** The id of each command on errors. */
export namespace ErrorCommandIDs {
  /** Show a group in the main area; takes `IOpenErrorArguments`. */
  export const open = 'dsinfra:open-error';

  /** Show how errors go over time; takes nothing. */
  export const openTrends = 'dsinfra:open-error-trends';

  /** Say that a group is done with; takes `IGroupArguments`, as do those below. */
  export const resolve = 'dsinfra:resolve-error';

  /** Leave a group out of what is open; takes `IIgnoreArguments`. */
  export const ignore = 'dsinfra:ignore-error';

  /** Take back what `resolve` or `ignore` said. */
  export const reopen = 'dsinfra:reopen-error';

  /** Put the newest error of a group on the clipboard. */
  export const copyMarkdown = 'dsinfra:copy-error-markdown';

  /** Bring the section of errors to the front; takes `IShowErrorsArguments`. */
  export const show = 'dsinfra:show-errors';

  /** Keep what the section is restricted to under a name. */
  export const saveView = 'dsinfra:save-errors-view';

  /** Forget what was kept under a name. */
  export const deleteView = 'dsinfra:delete-errors-view';
}

/** Which group to show, and which of its errors: one of them, or that of a run. */
export interface IOpenErrorArguments extends ReadonlyPartialJSONObject {
  groupId: string;
  errorId?: string;
  runId?: string;
}

/** A group; that which is selected in the sidebar if absent. */
export interface IGroupArguments extends ReadonlyPartialJSONObject {
  groupId?: string;
}

/** A group, and how long to ignore it. */
export interface IIgnoreArguments extends IGroupArguments {
  /** `forever` if absent. */
  until?: 'forever' | 'count' | 'escalating';

  /** With `count`: how many more times it may happen. */
  count?: number;
}
