import '../../style/trials.css';
import '../../style/ui.css';

import { Clipboard, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import type { ITranslator } from '@jupyterlab/translation';
import { tableRowsIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { ITrial } from '../api/types';
import { CommandIDs } from '../commands';
import type { IDsinfraApi } from '../tokens';
import { saveFile } from '../ui/files';
import { tellFailure } from '../ui/messages';
import type { IExport } from './export';
import { toCsv, toTsv } from './export';
import { columnTitle } from './labels';
import { Layouts } from './layouts';
import { TrialsModel } from './model';
import type { ITrialsActions } from './view';
import { TrialsWidget } from './widget';

/** How long a message is shown, in milliseconds. */
const MESSAGE_TIME = 4000;

export interface IContentOptions {
  api: IDsinfraApi;
  cellId: string;
  commands: CommandRegistry;
  notebookPath: string;
  state: IStateDB | null;
  translator: ITranslator;
}

/** Return the trial table of a cell, ready to be added to the shell. */
export function createTrials(
  options: IContentOptions
): MainAreaWidget<TrialsWidget> {
  const { api, cellId, notebookPath, state, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const model = new TrialsModel({
    api,
    cellId,
    notebookPath,
    layouts: new Layouts(state)
  });
  const content = new TrialsWidget({
    model,
    translator,
    actions: actionsOf(options, model)
  });
  const name = notebookPath.split('/').pop() ?? '';
  content.title.label = name
    ? trans.__('Trials: %1', name)
    : trans.__('Trials');
  content.title.caption = trans.__('Runs of one cell of %1', notebookPath);
  content.title.icon = tableRowsIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = trialsId(notebookPath, cellId);
  widget.addClass('jp-DsinfraTrialsPanel');
  // The view has a toolbar of its own.
  widget.toolbar.hide();
  return widget;
}

/** Return the id of the widget that shows the trials of a cell. */
function trialsId(notebookPath: string, cellId: string): string {
  return `dsinfra-jlab-trials-${encodeURIComponent(notebookPath)}-${encodeURIComponent(cellId)}`;
}

function actionsOf(
  options: IContentOptions,
  model: TrialsModel
): ITrialsActions {
  const { commands, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const content = (): IExport => ({
    columns: model.shownColumns,
    trials: model.rows,
    versions: model.versions,
    titleOf: column => columnTitle(column, trans)
  });
  return {
    open: id => void commands.execute(CommandIDs.openRun, { id }),
    compare: runIds =>
      void commands.execute(CommandIDs.compareRuns, { run_ids: [...runIds] }),
    star: (id, isStarred) => {
      model.star(id, isStarred).catch(tellFailure);
    },
    showMenu: (trial, x, y) => trialMenu(trial, commands).open(x, y),
    exportCsv: () => {
      // Spreadsheets take a file for UTF-8 only if it begins so.
      const parts = ['\uFEFF', toCsv(content())];
      saveFile(new Blob(parts, { type: 'text/csv' }), fileName(model));
    },
    copy: () => {
      Clipboard.copyToSystem(toTsv(content()));
      Notification.info(
        trans._n('%1 run copied.', '%1 runs copied.', model.rows.length),
        { autoClose: MESSAGE_TIME }
      );
    }
  };
}

/** What can be done with one trial. */
function trialMenu(trial: ITrial, commands: CommandRegistry): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  const { run_id: id } = trial;
  const args = { run_id: id };
  const separator: Menu.IItemOptions = { type: 'separator' };
  const items: Menu.IItemOptions[] = [
    { command: CommandIDs.openRun, args: { id } },
    { command: CommandIDs.goToCell, args },
    { command: CommandIDs.copyCode, args },
    { command: CommandIDs.insertCode, args },
    separator,
    { command: CommandIDs.markRun, args },
    { command: CommandIDs.compareMarked, args },
    separator,
    { command: CommandIDs.renameRun, args: { id } },
    { command: CommandIDs.editTags, args: { id } },
    { command: CommandIDs.editNote, args: { id } },
    separator,
    { command: CommandIDs.deleteRun, args: { id } }
  ];
  for (const item of items) {
    // Each of these features can be disabled, and takes its commands along.
    if (item.command === undefined || commands.hasCommand(item.command)) {
      menu.addItem(item);
    }
  }
  return menu;
}

function fileName(model: TrialsModel): string {
  const notebook = model.notebookPath.split('/').pop() ?? '';
  const stem = notebook.replace(/\.ipynb$/, '') || 'cell';
  return `${stem}-${model.cellId.slice(0, 8)}-trials.csv`;
}
