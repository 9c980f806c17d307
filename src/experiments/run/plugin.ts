import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { IThemeManager, WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, ID_ARGUMENTS } from '../../commands';
import { IDsinfraApi } from '../../tokens';
import type { RunWidget } from './widget';

/** Opens runs in the main area. */
const runView: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:run-view',
  description: 'Everything about one run, in the main area.',
  autoStart: true,
  requires: [IDsinfraApi, IEditorServices, IRenderMimeRegistry],
  optional: [ITranslator, ILayoutRestorer, ILabShell, IStateDB, IThemeManager],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    editorServices: IEditorServices,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    state: IStateDB | null,
    themes: IThemeManager | null
  ) => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const tracker = new WidgetTracker<MainAreaWidget<RunWidget>>({
      namespace: 'dsinfra-jlab-run'
    });
    // Jupyter Notebook has room for one document: there a run stands beside it.
    const area = labShell ? 'main' : 'right';

    const open = async (id: string): Promise<MainAreaWidget<RunWidget>> => {
      const { createRunView } = await import('./main-area');
      const shown = tracker.find(widget => widget.content.model.id === id);
      if (shown) {
        return shown;
      }
      const widget = createRunView({
        api,
        commands: app.commands,
        contents: app.serviceManager.contents,
        editorServices,
        id,
        rendermime: rendermime.clone(),
        state,
        themes,
        translator: languages
      });
      app.shell.add(widget, area, { mode: 'tab-after' });
      await tracker.add(widget);
      return widget;
    };

    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open Run'),
      caption: trans.__('Show the code, outputs and facts of a run'),
      describedBy: ID_ARGUMENTS,
      isEnabled: args => typeof args['id'] === 'string' && args['id'] !== '',
      execute: async args => {
        const widget = await open(String(args['id']));
        app.shell.activateById(widget.id);
        return widget;
      }
    });

    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.openRun,
        args: widget => ({ id: widget.content.model.id }),
        name: widget => widget.content.model.id
      });
    }
  }
};

export default [runView];
