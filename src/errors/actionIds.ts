/** The id of each command that works on the cell of an error. */
export namespace ErrorActionIDs {
  /** Show the error that the cell failed with; takes `ICellArguments`, as do those below. */
  export const explain = 'dsinfra:explain-error';

  /** Run all cells above, then the cell. */
  export const runToHere = 'dsinfra:run-to-here';

  /** Go to the line of the cell that failed. */
  export const goToLine = 'dsinfra:go-to-error';

  /** Look into the last error with IPython's own debugger. */
  export const debug = 'dsinfra:debug-error';

  /** Turn JupyterLab's debugger on for the notebook. */
  export const startDebugger = 'dsinfra:start-debugger';

  /** See where a cell spends its time. */
  export const profileTime = 'dsinfra:profile-time';

  /** See where a cell spends its memory. */
  export const profileMemory = 'dsinfra:profile-memory';

  /** Let go of what the last traceback holds. */
  export const release = 'dsinfra:release-error';
}
