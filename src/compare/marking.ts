import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs, RUN_ID_ARGUMENTS } from '../commands';
import { isComparable } from './comparable';

/** Add the commands that gather runs one by one and then compare them. */
export function addMarking(
  commands: CommandRegistry,
  trans: TranslationBundle
): void {
  const marked = new Set<string>();
  // The marked runs, and the one that is pointed at.
  const markedWith = (id: unknown): string[] => [
    ...new Set([...marked, ...(typeof id === 'string' ? [id] : [])])
  ];
  commands.addCommand(CommandIDs.markRun, {
    label: args =>
      marked.has(String(args.run_id))
        ? trans.__('Unmark for Comparison')
        : trans.__('Mark for Comparison'),
    describedBy: RUN_ID_ARGUMENTS,
    isEnabled: args => typeof args.run_id === 'string',
    execute: args => {
      const id = String(args.run_id);
      if (!marked.delete(id)) {
        marked.add(id);
      }
    }
  });
  commands.addCommand(CommandIDs.compareMarked, {
    label: args =>
      trans.__('Compare with Marked (%1)', markedWith(args.run_id).length),
    describedBy: RUN_ID_ARGUMENTS,
    isEnabled: args => isComparable(markedWith(args.run_id)),
    execute: async args => {
      const ids = markedWith(args.run_id);
      marked.clear();
      await commands.execute(CommandIDs.compareRuns, { run_ids: ids });
    }
  });
}
