import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandToolbarButton } from '@jupyterlab/ui-components';

import { CommandIDs } from '../commands';
import {
  IDsinfraApi,
  IInfrastructureSidebar,
  IRecordingSettings
} from '../tokens';
import { addCommands } from './commands';
import { rowMenu, savedSearchMenu } from './menus';
import { ExperimentsModel } from './model';
import type { Row } from './rows';
import { SavedSearches } from './savedSearches';
import { ExperimentsWidget } from './widget';

const PLUGIN_ID = 'dsinfra-jlab:experiments';

/** Runs are what is looked at most: the section stands first. */
const RANK = 100;

/** Commands that are offered in the palette; the others need a run. */
const PALETTE = [CommandIDs.searchRuns, CommandIDs.refresh];

/** The section with all experiments, sessions and runs. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'All recorded runs in the Infrastructure sidebar.',
  autoStart: true,
  requires: [IDsinfraApi, IInfrastructureSidebar],
  optional: [
    IRecordingSettings,
    ISettingRegistry,
    ITranslator,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    sidebar: IInfrastructureSidebar,
    recording: IRecordingSettings | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const language = translator ?? nullTranslator;
    const trans = language.load('dsinfra_jlab');
    const model = new ExperimentsModel({ api, recording });
    let searches = new SavedSearches(null);
    const onRun = (command: string, row: Row): void => {
      if (row.kind === 'run' || row.kind === 'session') {
        void commands.execute(command, { id: row.run.id });
      }
    };
    const widget = new ExperimentsWidget({
      model,
      translator: language,
      kernelTitle: name =>
        app.serviceManager.kernelspecs.specs?.kernelspecs[name]?.display_name ??
        name,
      actions: {
        open: row => onRun(CommandIDs.openRun, row),
        rename: row =>
          row.kind === 'experiment'
            ? void commands.execute(CommandIDs.renameExperiment, {
                id: row.experiment.id
              })
            : onRun(CommandIDs.renameRun, row),
        remove: row => onRun(CommandIDs.deleteRun, row),
        star: (id, isStarred) =>
          void commands.execute(CommandIDs.starRun, {
            id,
            is_starred: isStarred
          }),
        showMenu: (row, x, y) => rowMenu(row, commands).open(x, y),
        showSaved: (x, y) =>
          savedSearchMenu(searches.items, commands, trans).open(x, y),
        showHelp: () => {
          void import('./dialogs')
            .then(({ showSearchHelp }) => showSearchHelp(trans))
            .then(example => {
              if (example !== null) {
                model.query = example;
              }
              widget.focusSearch();
            });
        },
        startRecording: () => void recording?.update({ is_recording: true })
      }
    });
    addCommands({
      commands,
      client: api.client,
      model,
      trans,
      searches: () => searches,
      reveal: () => {
        sidebar.reveal(widget);
        widget.activate();
      }
    });
    widget.toolbar.addItem(
      'refresh',
      new CommandToolbarButton({ commands, id: CommandIDs.refresh, label: '' })
    );
    sidebar.addSection(widget, RANK);
    for (const command of PALETTE) {
      palette?.addItem({ command, category: trans.__('Infrastructure') });
    }
    void registry?.load(PLUGIN_ID).then(settings => {
      searches = new SavedSearches(settings);
      const apply = (): void => {
        model.expandsNewest = settings.get('expandNewest').composite !== false;
      };
      settings.changed.connect(apply, model);
      apply();
    });
  }
};

export default plugin;
