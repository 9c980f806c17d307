import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  CauseFlag,
  ErrorKind,
  IFrame,
  Relation,
  SeverityReason
} from '../../api/types';
import { shortPath } from './frames';

/** Return the words for how an error showed itself. */
export function kindLabel(kind: ErrorKind, trans: TranslationBundle): string {
  const words: Record<ErrorKind, string> = {
    exception: trans.__('Exception'),
    warning: trans.__('Warning'),
    log: trans.__('Logged'),
    shell: trans.__('Shell command'),
    thread: trans.__('In a thread'),
    task: trans.__('In a task'),
    unraisable: trans.__('Could not be raised'),
    kernel_death: trans.__('Kernel died')
  };
  return words[kind];
}

/** Return the words for what had to do with an error. */
export function flagLabel(flag: CauseFlag, trans: TranslationBundle): string {
  const words: Record<CauseFlag, string> = {
    'nb.unexecuted': trans.__('Cell not run'),
    'nb.stale_definition': trans.__('Edited cell'),
    'nb.deleted_cell': trans.__('Deleted cell'),
    'nb.order': trans.__('Order of cells'),
    'nb.after_failed_cell': trans.__('After a failed cell'),
    'nb.kernel_restarted': trans.__('Before a restart'),
    'env.changed_since_last_success': trans.__('Environment changed'),
    'data.changed': trans.__('Data changed'),
    'res.pressure': trans.__('Memory nearly full')
  };
  return words[flag];
}

/** Return why an error weighs another level than its category, one sentence for each reason. */
export function reasonsText(
  reasons: readonly SeverityReason[],
  trans: TranslationBundle
): string {
  const words: Record<SeverityReason, string> = {
    lost_compute: trans.__('Weighs more: it failed after a long time.'),
    remote: trans.__('Weighs more: it ran away from the notebook.'),
    unattended: trans.__('Weighs more: nobody was connected.'),
    repeated: trans.__('Weighs more: it failed so again and again.'),
    regressed: trans.__('Weighs more: it had been resolved.'),
    expected: trans.__('Weighs less: the cell may fail.'),
    rule: trans.__('Severity by a rule in the settings.')
  };
  return reasons.map(reason => words[reason]).join(' ');
}

/** Return how an exception belongs to the one above it. */
export function relationLabel(
  relation: Relation,
  trans: TranslationBundle
): string {
  const words: Record<Relation, string> = {
    cause: trans.__('Caused by'),
    context: trans.__('While handling'),
    group: trans.__('Part of the group')
  };
  return words[relation];
}

/** Return where a frame is: "This cell, line 3", "helpers.py, line 12". */
export function frameLabel(
  frame: IFrame,
  options: { cellId: string | null; trans: TranslationBundle }
): string {
  const { cellId, trans } = options;
  const isOwnCell = frame.cell_id !== null && frame.cell_id === cellId;
  const place =
    frame.kind !== 'cell'
      ? shortPath(frame.file)
      : isOwnCell
        ? trans.__('This cell')
        : frame.cell_id === null
          ? trans.__('A cell')
          : trans.__('Another cell');
  return frame.line === null
    ? place
    : trans.__('%1, line %2', place, frame.line);
}
