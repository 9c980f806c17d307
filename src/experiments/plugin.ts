import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandToolbarButton, refreshIcon } from '@jupyterlab/ui-components';

import {
  CommandIDs,
  ID_ARGUMENTS,
  NO_ARGUMENTS,
  PATH_ARGUMENTS,
  RENAME_ARGUMENTS,
  SAVED_SEARCH_ARGUMENTS,
  SAVE_SEARCH_ARGUMENTS,
  SEARCH_ARGUMENTS,
  STAR_ARGUMENTS
} from '../commands';
import {
  IDsinfraApi,
  IInfrastructureSidebar,
  IRecordingSettings
} from '../tokens';
import { LazySection } from '../ui/lazyPanel';
import type { IExperimentsContent } from './content';

const PLUGIN_ID = 'dsinfra-jlab:experiments';

/** Runs are what is looked at most: the section stands first. */
const RANK = 100;

/** Commands that are offered in the palette; the others need a run. */
const PALETTE = [CommandIDs.searchRuns, CommandIDs.refresh];

/** The section with all experiments, sessions and runs. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'All recorded runs in the sidebar.',
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
    const { commands, serviceManager } = app;
    const language = translator ?? nullTranslator;
    const trans = language.load('dsinfra_jlab');
    const content = new LazyContent(async () => {
      const [{ createContent }, settings] = await Promise.all([
        import('./content'),
        registry?.load(PLUGIN_ID) ?? null
      ]);
      return createContent({
        api,
        commands,
        recording,
        settings,
        translator: language,
        kernelTitle: name =>
          serviceManager.kernelspecs.specs?.kernelspecs[name]?.display_name ??
          name
      });
    });
    const section = new LazySection(async () => (await content.get()).widget);
    section.id = 'jp-dsinfra-experiments';
    section.title.label = trans.__('Experiments');
    section.title.caption = trans.__('Everything that was run on this server');
    addRunCommands(app, content, trans);
    addPanelCommands(app, content, trans, () => sidebar.reveal(section));
    section.toolbar.addItem(
      'refresh',
      new CommandToolbarButton({ commands, id: CommandIDs.refresh, label: '' })
    );
    sidebar.addSection(section, RANK);
    for (const command of PALETTE) {
      palette?.addItem({ command, category: trans.__('Infrastructure') });
    }
  }
};

export default plugin;

/** The content of the section, made when it is first asked for. */
class LazyContent {
  constructor(make: () => Promise<IExperimentsContent>) {
    this._make = make;
  }

  /** What was made so far. */
  current: IExperimentsContent | null = null;

  async get(): Promise<IExperimentsContent> {
    this._making ??= this._make();
    this.current = await this._making;
    return this.current;
  }

  private _make: () => Promise<IExperimentsContent>;
  private _making: Promise<IExperimentsContent> | null = null;
}

/** Add the commands on a run: the one given by id, else the selected one. */
function addRunCommands(
  app: JupyterFrontEnd,
  content: LazyContent,
  trans: TranslationBundle
): void {
  const isStarred = (id: unknown): boolean =>
    content.current?.model.find(String(id))?.is_starred ?? false;
  const specs = [
    [CommandIDs.deleteRun, ID_ARGUMENTS, trans.__('Delete Run')],
    [CommandIDs.restoreRun, ID_ARGUMENTS, trans.__('Restore Deleted Run')],
    [CommandIDs.renameRun, RENAME_ARGUMENTS, trans.__('Rename Run…')],
    [CommandIDs.editTags, ID_ARGUMENTS, trans.__('Edit Tags…')],
    [CommandIDs.editNote, ID_ARGUMENTS, trans.__('Edit Note…')],
    [CommandIDs.starRun, STAR_ARGUMENTS, trans.__('Star')],
    [
      CommandIDs.renameExperiment,
      RENAME_ARGUMENTS,
      trans.__('Rename Experiment…')
    ]
  ] as const;
  for (const [id, describedBy, label] of specs) {
    app.commands.addCommand(id, {
      label: args =>
        id === CommandIDs.starRun && isStarred(args.id)
          ? trans.__('Remove Star')
          : label,
      describedBy,
      isEnabled: args =>
        typeof args.id === 'string' || !!content.current?.model.selected,
      execute: async args => (await content.get()).actions.execute(id, args)
    });
  }
}

/** Add the commands of the panel as a whole. */
function addPanelCommands(
  app: JupyterFrontEnd,
  content: LazyContent,
  trans: TranslationBundle,
  reveal: () => void
): void {
  const { commands } = app;
  commands.addCommand(CommandIDs.searchRuns, {
    label: args =>
      typeof args.label === 'string' ? args.label : trans.__('Search Runs…'),
    caption: args => (typeof args.q === 'string' ? args.q : ''),
    describedBy: SEARCH_ARGUMENTS,
    execute: async args => {
      reveal();
      const { model, widget } = await content.get();
      if (typeof args.q === 'string') {
        model.query = args.q;
      }
      widget.focusSearch();
    }
  });
  commands.addCommand(CommandIDs.openNotebook, {
    label: trans.__('Open Notebook'),
    describedBy: PATH_ARGUMENTS,
    execute: args => commands.execute('docmanager:open', { path: args.path })
  });
  commands.addCommand(CommandIDs.saveSearch, {
    label: trans.__('Save This Search…'),
    describedBy: SAVE_SEARCH_ARGUMENTS,
    isEnabled: () => content.current?.model.canSaveSearch ?? false,
    execute: async args =>
      (await content.get()).actions.execute(CommandIDs.saveSearch, args)
  });
  commands.addCommand(CommandIDs.deleteSearch, {
    label: args => String(args.name ?? trans.__('Delete Saved Search')),
    describedBy: SAVED_SEARCH_ARGUMENTS,
    execute: async args =>
      (await content.get()).actions.execute(CommandIDs.deleteSearch, args)
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Runs'),
    caption: trans.__('Fetch what is shown again'),
    icon: refreshIcon,
    describedBy: NO_ARGUMENTS,
    execute: async args =>
      (await content.get()).actions.execute(CommandIDs.refresh, args)
  });
}
