import type { ReadonlyJSONObject } from '@lumino/coreutils';

/** The arguments of a command as JSON Schema, for its `describedBy`. */
export interface IArguments {
  args: ReadonlyJSONObject;
}

const RUN_ID = {
  type: 'string',
  description: 'The id of the run. Default: the run selected in the panel.'
};

/** A command that takes no arguments. */
export const NO_ARGUMENTS: IArguments = {
  args: { type: 'object', properties: {} }
};

/** A command on a run, given as `id`. */
export const ID_ARGUMENTS: IArguments = {
  args: { type: 'object', properties: { id: RUN_ID } }
};

/** A command on the cell or the code of a run, given as `run_id`. */
export const RUN_ID_ARGUMENTS: IArguments = {
  args: { type: 'object', properties: { run_id: RUN_ID } }
};

/** A notebook, given as `path`. */
export const PATH_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    required: ['path'],
    properties: {
      path: { type: 'string', description: 'Its path below the root folder.' }
    }
  }
};

/** Set or toggle the star of a run. */
export const STAR_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    properties: {
      id: RUN_ID,
      is_starred: {
        type: 'boolean',
        description: 'Star it or not. Default: the opposite of now.'
      }
    }
  }
};

/** Give a run a name; asks for it if absent. */
export const RENAME_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    properties: {
      id: RUN_ID,
      name: {
        type: 'string',
        description: 'The new name. Default: ask for it.'
      }
    }
  }
};

/** Search in the sidebar. */
export const SEARCH_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    properties: {
      q: {
        type: 'string',
        description: 'A query of the search language. Default: type it.'
      },
      label: {
        type: 'string',
        description: 'What a menu shows. Default: a description of the command.'
      }
    }
  }
};

/** Keep what is searched for under a name. */
export const SAVE_SEARCH_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: 'The name to save it under. Default: ask for it.'
      }
    }
  }
};

/** A search that was saved. */
export const SAVED_SEARCH_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'The name it was saved under.' }
    }
  }
};

/** A cell of a notebook. */
export const CELL_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    properties: {
      notebook_path: {
        type: 'string',
        description: 'Its path below the root folder. Default: the current one.'
      },
      cell_id: {
        type: 'string',
        description: 'The id of the cell. Default: the active one.'
      },
      is_pointed: {
        type: 'boolean',
        description: 'Take the cell that the context menu was opened on.'
      }
    }
  }
};

/** An error, and which of its occurrences. */
export const OPEN_ERROR_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    required: ['groupId'],
    properties: {
      groupId: { type: 'string', description: 'The id of its group.' },
      errorId: {
        type: 'string',
        description: 'The occurrence to show. Default: the newest.'
      },
      runId: {
        type: 'string',
        description: 'The run whose occurrence to show. Default: the newest.'
      }
    }
  }
};

/** Several runs. */
export const RUN_IDS_ARGUMENTS: IArguments = {
  args: {
    type: 'object',
    required: ['run_ids'],
    properties: {
      run_ids: {
        type: 'array',
        minItems: 2,
        maxItems: 20,
        items: { type: 'string' },
        description:
          'The ids of the runs; the others are compared with the first.'
      },
      tab: {
        type: 'string',
        description: 'The tab to bring back. Default: a new one.'
      }
    }
  }
};
