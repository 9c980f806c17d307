import type * as schemas from './commandArguments';
import type { IArguments } from './commandArguments';

/** The id of each command. */
export namespace CommandIDs {
  export const openRun = 'dsinfra-jlab:open-run';
  export const goToCell = 'dsinfra-jlab:go-to-cell';
  export const copyCode = 'dsinfra-jlab:copy-code';
  export const insertCode = 'dsinfra-jlab:insert-code';
  export const deleteRun = 'dsinfra-jlab:delete-run';
  export const restoreRun = 'dsinfra-jlab:restore-run';
  export const renameRun = 'dsinfra-jlab:rename-run';
  export const starRun = 'dsinfra-jlab:star-run';
  export const editTags = 'dsinfra-jlab:edit-tags';
  export const editNote = 'dsinfra-jlab:edit-note';
  export const openNotebook = 'dsinfra-jlab:open-notebook';
  export const renameExperiment = 'dsinfra-jlab:rename-experiment';
  export const searchRuns = 'dsinfra-jlab:search-runs';
  export const saveSearch = 'dsinfra-jlab:save-search';
  export const deleteSearch = 'dsinfra-jlab:delete-search';
  export const toggleRecording = 'dsinfra-jlab:toggle-recording';
  export const toggleNotebookRecording =
    'dsinfra-jlab:toggle-notebook-recording';
  export const openTrials = 'dsinfra-jlab:open-trials';
  export const compareRuns = 'dsinfra-jlab:compare-runs';
  export const markRun = 'dsinfra-jlab:mark-run';
  export const compareMarked = 'dsinfra-jlab:compare-marked';
  export const refresh = 'dsinfra-jlab:refresh';
  export const showSidebar = 'dsinfra-jlab:show-sidebar';
}

/** Say what arguments a command takes: loaded when somebody asks, which few do. */
function lazily(name: keyof typeof schemas): () => Promise<IArguments> {
  return async () =>
    (await import(/* webpackChunkName: "later" */ './commandArguments'))[name];
}

/** A command that takes no arguments. */
export const NO_ARGUMENTS = lazily('NO_ARGUMENTS');

/** A command on a run, given as `id`. */
export const ID_ARGUMENTS = lazily('ID_ARGUMENTS');

/** A command on the cell or the code of a run, given as `run_id`. */
export const RUN_ID_ARGUMENTS = lazily('RUN_ID_ARGUMENTS');

/** A notebook, given as `path`. */
export const PATH_ARGUMENTS = lazily('PATH_ARGUMENTS');

/** Set or toggle the star of a run. */
export const STAR_ARGUMENTS = lazily('STAR_ARGUMENTS');

/** Give a run a name; asks for it if absent. */
export const RENAME_ARGUMENTS = lazily('RENAME_ARGUMENTS');

/** Search in the sidebar. */
export const SEARCH_ARGUMENTS = lazily('SEARCH_ARGUMENTS');

/** Keep what is searched for under a name. */
export const SAVE_SEARCH_ARGUMENTS = lazily('SAVE_SEARCH_ARGUMENTS');

/** A search that was saved. */
export const SAVED_SEARCH_ARGUMENTS = lazily('SAVED_SEARCH_ARGUMENTS');

/** A cell of a notebook. */
export const CELL_ARGUMENTS = lazily('CELL_ARGUMENTS');

/** An error, and which of its occurrences. */
export const OPEN_ERROR_ARGUMENTS = lazily('OPEN_ERROR_ARGUMENTS');

/** Several runs. */
export const RUN_IDS_ARGUMENTS = lazily('RUN_IDS_ARGUMENTS');
