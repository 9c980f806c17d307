import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
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
import type { IInfrastructureSidebar } from '../tokens';
import type { LazyContent } from '../ui/lazyContent';
import type { LazySection } from '../ui/lazyPanel';
import type { IExperimentsContent } from './content';

/** Commands that are offered in the palette; the others need a run. */
const PALETTE = [CommandIDs.searchRuns, CommandIDs.refresh];

/** What the commands of the section act on. */
export interface ICommandOptions {
  app: JupyterFrontEnd;
  content: LazyContent<IExperimentsContent>;
  palette: ICommandPalette | null;
  section: LazySection;
  sidebar: IInfrastructureSidebar;
  trans: TranslationBundle;
}

/** Add the commands of the section, and what offers them. */
export function addCommands(options: ICommandOptions): void {
  const { app, content, palette, section, sidebar, trans } = options;
  const { commands } = app;
  addRunCommands(app, content, trans);
  addPanelCommands(app, content, trans, () => sidebar.reveal(section));
  section.toolbar.addItem(
    'refresh',
    new CommandToolbarButton({ commands, id: CommandIDs.refresh, label: '' })
  );
  for (const command of PALETTE) {
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
}

/** Add the commands on a run: the one given by id, else the selected one. */
function addRunCommands(
  app: JupyterFrontEnd,
  content: LazyContent<IExperimentsContent>,
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
  content: LazyContent<IExperimentsContent>,
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
