import type { TranslationBundle } from '@jupyterlab/translation';

import type { IFlag } from '../api/types';

/** Return why a run may not repeat, in a sentence. */
export function flagText(flag: IFlag, trans: TranslationBundle): string {
  switch (flag.kind) {
    case 'out_of_order':
      return trans.__(
        '“%1” was written by a cell that stands below: run from top to bottom, the notebook has not got it yet.',
        flag.name
      );
    case 'edited_cell':
      return trans.__(
        '“%1” was written by a cell that has been edited since it ran.',
        flag.name
      );
    case 'deleted_cell':
      return trans.__(
        '“%1” was written by a cell that is no longer in the notebook.',
        flag.name
      );
    case 'before_restart':
      return trans.__(
        '“%1” was last written before the kernel was restarted.',
        flag.name
      );
  }
}

/** Return what is doubtful about a run, in two or three words. */
export function flagLabel(flag: IFlag, trans: TranslationBundle): string {
  switch (flag.kind) {
    case 'out_of_order':
      return trans.__('Out of order');
    case 'edited_cell':
      return trans.__('Cell edited since');
    case 'deleted_cell':
      return trans.__('Cell deleted');
    case 'before_restart':
      return trans.__('From before the restart');
  }
}
