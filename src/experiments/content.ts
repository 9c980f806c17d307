import '../../style/experiments.css';
import '../../style/ui.css';

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { CommandIDs } from '../commands';
import type { IDsinfraApi, IRecordingSettings } from '../tokens';
import { RunActions } from './actions';
import { rowMenu, savedSearchMenu } from './menus';
import { ExperimentsModel } from './model';
import type { Row } from './rows';
import { SavedSearches } from './savedSearches';
import type { IExperimentsActions } from './view';
import { ExperimentsWidget } from './widget';

/** Everything behind the section: loaded when it is first needed. */
export interface IExperimentsContent {
  readonly model: ExperimentsModel;
  readonly widget: ExperimentsWidget;
  readonly actions: RunActions;
}

export interface IContentOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  recording: IRecordingSettings | null;
  settings: ISettingRegistry.ISettings | null;
  translator: ITranslator;

  /** A kernel's name as the launcher shows it. */
  kernelTitle: (name: string) => string;
}

/** Make the content of the section. */
export function createContent(options: IContentOptions): IExperimentsContent {
  const { api, commands, recording, settings, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const model = new ExperimentsModel({ api, recording });
  const searches = new SavedSearches(settings);
  const widget: ExperimentsWidget = new ExperimentsWidget({
    model,
    translator,
    kernelTitle: options.kernelTitle,
    actions: viewActions(options, searches, model, () => widget)
  });
  if (settings !== null) {
    const apply = (): void => {
      model.expandsNewest = settings.get('expandNewest').composite !== false;
    };
    settings.changed.connect(apply, model);
    apply();
  }
  const actions = new RunActions({
    commands,
    client: api.client,
    model,
    searches,
    trans
  });
  return { model, widget, actions };
}

function viewActions(
  options: IContentOptions,
  searches: SavedSearches,
  model: ExperimentsModel,
  widget: () => ExperimentsWidget
): IExperimentsActions {
  const { commands, recording, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const onRun = (command: string, row: Row): void => {
    if (row.kind === 'run' || row.kind === 'session') {
      void commands.execute(command, { id: row.run.id });
    }
  };
  return {
    open: row => onRun(CommandIDs.openRun, row),
    rename: row =>
      row.kind === 'experiment'
        ? void commands.execute(CommandIDs.renameExperiment, {
            id: row.experiment.id
          })
        : onRun(CommandIDs.renameRun, row),
    remove: row => onRun(CommandIDs.deleteRun, row),
    star: (id, isStarred) =>
      void commands.execute(CommandIDs.starRun, { id, is_starred: isStarred }),
    showMenu: (row, x, y) => rowMenu(row, commands).open(x, y),
    showSaved: (x, y) =>
      savedSearchMenu(searches.items, commands, trans).open(x, y),
    showHelp: () => {
      void import(/* webpackChunkName: "dialogs" */ './dialogs')
        .then(({ showSearchHelp }) => showSearchHelp(trans))
        .then(example => {
          if (example !== null) {
            model.query = example;
          }
          widget().focusSearch();
        });
    },
    startRecording: () => void recording?.update({ is_recording: true })
  };
}
