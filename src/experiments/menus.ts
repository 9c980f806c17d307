import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { IRunSummary } from '../api/types';
import { CommandIDs } from '../commands';
import type { Row } from './rows';
import type { ISavedSearch } from './savedSearches';

type Item = Menu.IItemOptions;

const SEPARATOR: Item = { type: 'separator' };

/** What can be done with a line. */
export function rowMenu(row: Row, commands: CommandRegistry): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  for (const item of itemsOf(row)) {
    // Each of these features can be disabled, and takes its commands along.
    if (item.command === undefined || commands.hasCommand(item.command)) {
      menu.addItem(item);
    }
  }
  return menu;
}

function itemsOf(row: Row): Item[] {
  switch (row.kind) {
    case 'experiment':
      return experimentItems(row.experiment.id, row.experiment.notebook_path);
    case 'session':
      return [
        { command: CommandIDs.openRun, args: { id: row.run.id } },
        ...annotationItems(row.run.id),
        SEPARATOR,
        { command: CommandIDs.deleteRun, args: { id: row.run.id } }
      ];
    case 'run':
      return runItems(row.run);
    case 'end':
      return [];
  }
}

function runItems(run: IRunSummary): Item[] {
  const { id, cell_id: cellId, notebook_path: path } = run;
  const args = { run_id: id };
  return [
    { command: CommandIDs.openRun, args: { id } },
    { command: CommandIDs.goToCell, args },
    SEPARATOR,
    {
      command: CommandIDs.openTrials,
      args: { cell_id: cellId ?? '', notebook_path: path ?? '' }
    },
    { command: CommandIDs.markRun, args },
    { command: CommandIDs.compareMarked, args },
    SEPARATOR,
    { command: CommandIDs.copyCode, args },
    { command: CommandIDs.insertCode, args },
    ...annotationItems(id),
    SEPARATOR,
    { command: CommandIDs.deleteRun, args: { id } }
  ];
}

function annotationItems(id: string): Item[] {
  return [
    SEPARATOR,
    { command: CommandIDs.renameRun, args: { id } },
    { command: CommandIDs.editTags, args: { id } },
    { command: CommandIDs.editNote, args: { id } },
    { command: CommandIDs.starRun, args: { id } }
  ];
}

function experimentItems(id: string, notebookPath: string | null): Item[] {
  const items: Item[] = [
    { command: CommandIDs.renameExperiment, args: { id } }
  ];
  // An absolute path lies outside of what the server can open.
  if (notebookPath !== null && !notebookPath.startsWith('/')) {
    items.unshift({
      command: CommandIDs.openNotebook,
      args: { path: notebookPath }
    });
  }
  return items;
}

/** The saved searches, and what can be done about them. */
export function savedSearchMenu(
  searches: readonly ISavedSearch[],
  commands: CommandRegistry,
  trans: TranslationBundle
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  for (const { name, q } of searches) {
    menu.addItem({
      command: CommandIDs.searchRuns,
      args: { q, label: name }
    });
  }
  menu.addItem(SEPARATOR);
  menu.addItem({ command: CommandIDs.saveSearch });
  if (searches.length > 0) {
    const submenu = new Menu({ commands });
    submenu.title.label = trans.__('Delete Saved Search');
    for (const { name } of searches) {
      submenu.addItem({ command: CommandIDs.deleteSearch, args: { name } });
    }
    menu.addItem({ type: 'submenu', submenu });
  }
  return menu;
}
