import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { IThemeManager } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, ID_ARGUMENTS } from '../../commands';
import { IDsinfraApi } from '../../tokens';
import { Tabs } from '../../ui/tabs';
import type { RunWidget } from './widget';

/** Opens runs in the main area. */
const runView: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:run-view',
  description: 'One run in the main area.',
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
    const tabs = new Tabs<MainAreaWidget<RunWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'run',
      command: CommandIDs.openRun,
      argsOf: widget => ({ id: widget.content.model.id })
    });

    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open Run'),
      caption: trans.__('Show the code, outputs and facts of a run'),
      describedBy: ID_ARGUMENTS,
      isEnabled: args => typeof args['id'] === 'string' && args['id'] !== '',
      execute: async args => {
        const id = String(args['id']);
        const { createRunView } = await import('./mainArea');
        return tabs.open(
          widget => widget.content.model.id === id,
          () =>
            createRunView({
              api,
              commands: app.commands,
              contents: app.serviceManager.contents,
              editorServices,
              id,
              rendermime: rendermime.clone(),
              state,
              themes,
              translator: languages
            })
        );
      }
    });
  }
};

export default [runView];
