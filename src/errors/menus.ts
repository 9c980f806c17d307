import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { IErrorGroup } from '../api/types';
import { CommandIDs } from '../commands';
import { IGNORE_COUNT } from './ignoring';
import type { ISavedView } from './savedViews';
import { ErrorCommandIDs } from './tokens';

const SEPARATOR: Menu.IItemOptions = { type: 'separator' };

/** What can be done with a group. */
export function groupMenu(
  group: IErrorGroup,
  commands: CommandRegistry,
  trans: TranslationBundle
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  const args = { groupId: group.id };
  const { state } = group;
  const items: Menu.IItemOptions[] = [
    { command: ErrorCommandIDs.open, args },
    { command: CommandIDs.goToCell, args: { run_id: group.last_run_id } },
    SEPARATOR
  ];
  if (state !== 'resolved') {
    items.push({ command: ErrorCommandIDs.resolve, args });
  }
  const isOpen = state !== 'resolved' && state !== 'ignored';
  if (isOpen && commands.hasCommand(ErrorCommandIDs.ignore)) {
    const submenu = ignoreMenu(group.id, commands, trans);
    items.push({ type: 'submenu', submenu });
  }
  if (!isOpen) {
    items.push({ command: ErrorCommandIDs.reopen, args });
  }
  items.push(SEPARATOR, { command: ErrorCommandIDs.copyMarkdown, args });
  for (const item of items) {
    // Each of these features can be disabled, and takes its commands along.
    if (item.command === undefined || commands.hasCommand(item.command)) {
      menu.addItem(item);
    }
  }
  return menu;
}

/** For how long a group can be ignored. */
function ignoreMenu(
  groupId: string,
  commands: CommandRegistry,
  trans: TranslationBundle
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  menu.title.label = trans.__('Ignore');
  const command = ErrorCommandIDs.ignore;
  menu.addItem({ command, args: { groupId, until: 'forever' } });
  menu.addItem({
    command,
    args: { groupId, until: 'count', count: IGNORE_COUNT }
  });
  menu.addItem({ command, args: { groupId, until: 'escalating' } });
  return menu;
}

/** The saved views, and what can be done about them. */
export function savedViewsMenu(
  views: readonly ISavedView[],
  commands: CommandRegistry,
  trans: TranslationBundle
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  for (const { name } of views) {
    menu.addItem({ command: ErrorCommandIDs.show, args: { view: name } });
  }
  menu.addItem(SEPARATOR);
  menu.addItem({ command: ErrorCommandIDs.saveView });
  if (views.length > 0) {
    const submenu = new Menu({ commands });
    submenu.title.label = trans.__('Delete Saved View');
    for (const { name } of views) {
      submenu.addItem({ command: ErrorCommandIDs.deleteView, args: { name } });
    }
    menu.addItem({ type: 'submenu', submenu });
  }
  return menu;
}
