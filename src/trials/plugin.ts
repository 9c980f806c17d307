import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CELL_ARGUMENTS, CommandIDs } from '../commands';
import { IDsinfraApi } from '../tokens';
import { Tabs } from '../ui/tabs';
import type { TrialsWidget } from './widget';

/** Opens the runs of a cell as a table. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:trials',
  description: 'The runs of one cell as a table.',
  autoStart: true,
  requires: [IDsinfraApi],
  optional: [
    INotebookTracker,
    IStateDB,
    ITranslator,
    ILayoutRestorer,
    ILabShell,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    notebooks: INotebookTracker | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const command = CommandIDs.openTrials;
    const tabs = new Tabs<MainAreaWidget<TrialsWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'trials',
      command,
      argsOf: ({ content: { model } }) => ({
        cell_id: model.cellId,
        notebook_path: model.notebookPath
      })
    });
    // The cell that is named or pointed at, else the active one of the notebook in front.
    const cellOf = (args: ReadonlyPartialJSONObject) => {
      if (typeof args.cell_id === 'string') {
        return { cellId: args.cell_id, path: String(args.notebook_path ?? '') };
      }
      const panel = notebooks?.currentWidget;
      const hit = args.is_pointed
        ? app.contextMenuHitTest(node => node.classList.contains('jp-Cell'))
        : undefined;
      const cell =
        panel?.content.widgets.find(({ node }) => node === hit) ??
        panel?.content.activeCell;
      return {
        cellId: cell?.model.id ?? '',
        path: panel?.context.localPath ?? ''
      };
    };
    commands.addCommand(command, {
      label: trans.__('Trials of This Cell'),
      describedBy: CELL_ARGUMENTS,
      isEnabled: args => cellOf(args).cellId !== '',
      execute: async args => {
        const { cellId, path: notebookPath } = cellOf(args);
        const { createTrials } = await import('./content');
        return tabs.open(
          ({ content: { model } }) =>
            model.cellId === cellId && model.notebookPath === notebookPath,
          () =>
            createTrials({
              api,
              cellId,
              commands,
              notebookPath,
              state,
              translator: languages
            })
        );
      }
    });
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
};

export default plugin;
