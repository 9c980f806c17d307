import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { remoteIcon } from './icon';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { ComputeCommandIDs } from '../tokens';
import type { TargetChoice } from './choice';
import { CellCommandIDs } from './tokens';

/** Where the submenu stands among the entries of a cell: below those that divide it. */
const RANK = 9.5;

/** Add “Run on ▸” to the menu of cells of code. */
export function addMenus(options: {
  app: JupyterFrontEnd;
  choice: TargetChoice;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}): void {
  const { app, choice, trans } = options;
  const submenu = new Menu({ commands: app.commands });
  submenu.id = 'jp-dsinfra-run-on';
  submenu.title.label = trans.__('Run on');
  submenu.title.icon = remoteIcon;
  const fill = (): void => fillRunOn(submenu, choice);
  choice.changed.connect(fill);
  fill();
  app.contextMenu.addItem({
    type: 'submenu',
    submenu,
    selector: '.jp-Notebook .jp-CodeCell',
    rank: RANK
  });
}

/** Put the targets into a menu, the one that was used last first. */
function fillRunOn(menu: Menu, choice: TargetChoice): void {
  menu.clearItems();
  for (const { name } of choice.targets) {
    menu.addItem({ command: CellCommandIDs.run, args: { target: name } });
  }
  if (choice.targets.length === 0) {
    menu.addItem({ command: CellCommandIDs.run });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CellCommandIDs.runWithOptions });
  addManagement(menu);
}

/** Make the menu in which the target of a notebook is chosen. */
export function chooserMenu(
  choice: TargetChoice,
  commands: CommandRegistry
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  const command = CellCommandIDs.choose;
  menu.addItem({ command, args: { target: null } });
  for (const { name } of choice.targets) {
    menu.addItem({ command, args: { target: name } });
  }
  addManagement(menu);
  return menu;
}

function addManagement(menu: Menu): void {
  const { commands } = menu;
  for (const command of [ComputeCommandIDs.addTarget, ComputeCommandIDs.show]) {
    if (commands.hasCommand(command)) {
      if (command === ComputeCommandIDs.addTarget) {
        menu.addItem({ type: 'separator' });
      }
      menu.addItem({ command });
    }
  }
}
