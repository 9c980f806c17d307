import type { TranslationBundle } from '@jupyterlab/translation';

import type { Category, GroupState } from '../api/types';
import type { Period, StateFilter } from './filter';

/** Return the word for how a group stands. */
export function stateLabel(
  state: GroupState,
  trans: TranslationBundle
): string {
  const words: Record<GroupState, string> = {
    new: trans.__('New'),
    ongoing: trans.__('Ongoing'),
    escalating: trans.__('Escalating'),
    regressed: trans.__('Regressed'),
    resolved: trans.__('Resolved'),
    ignored: trans.__('Ignored')
  };
  return words[state];
}

/** Return the words for what went wrong. */
export function categoryLabel(
  category: Category,
  trans: TranslationBundle
): string {
  const words: Record<Category, string> = {
    syntax: trans.__('Syntax'),
    name: trans.__('Unknown name'),
    attribute: trans.__('Unknown attribute'),
    type: trans.__('Type'),
    value: trans.__('Value'),
    shape: trans.__('Shape'),
    lookup: trans.__('Key or index'),
    file_io: trans.__('File'),
    import_env: trans.__('Import or environment'),
    memory: trans.__('Memory'),
    device: trans.__('Device'),
    network: trans.__('Network'),
    permission: trans.__('Permission'),
    database: trans.__('Database'),
    interrupt: trans.__('Interrupt'),
    logic: trans.__('Logic'),
    numerical: trans.__('Numerical'),
    kernel_crash: trans.__('Kernel crash'),
    unknown: trans.__('Unclassified')
  };
  return words[category];
}

/** Return the words for groups in some state. */
export function stateFilterLabel(
  state: StateFilter,
  trans: TranslationBundle
): string {
  switch (state) {
    case 'open':
      return trans.__('Open');
    case 'all':
      return trans.__('Any state');
    default:
      return stateLabel(state, trans);
  }
}

/** Return the words for how far back a group must have been seen. */
export function periodLabel(period: Period, trans: TranslationBundle): string {
  const words: Record<Period, string> = {
    hour: trans.__('Last hour'),
    day: trans.__('Last day'),
    week: trans.__('Last week'),
    month: trans.__('Last month')
  };
  return words[period];
}
