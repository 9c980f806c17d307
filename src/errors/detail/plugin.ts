import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { OPEN_ERROR_ARGUMENTS } from '../../commands';
import { IDsinfraApi, IRecordingSettings } from '../../tokens';
import { Tabs } from '../../ui/tabs';
import { ErrorCommandIDs } from '../tokens';
import type { ErrorWidget } from './widget';

/** Opens errors in the main area, and tells of them where cells fail. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:error',
  description: 'One error in the main area, and a line below failed cells.',
  autoStart: true,
  requires: [IDsinfraApi, IEditorServices, IRenderMimeRegistry],
  optional: [
    INotebookTracker,
    ITranslator,
    ILayoutRestorer,
    ILabShell,
    ICommandPalette,
    IRecordingSettings
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    editorServices: IEditorServices,
    rendermime: IRenderMimeRegistry,
    tracker: INotebookTracker | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    palette: ICommandPalette | null,
    recording: IRecordingSettings | null
  ) => {
    const command = ErrorCommandIDs.open;
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const options = {
      api,
      app,
      editorServices,
      palette,
      recording,
      rendermime,
      tracker,
      translator: languages
    };
    const tabs = new Tabs<MainAreaWidget<ErrorWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'error',
      command,
      argsOf: ({ content: { model } }) => ({ groupId: model.groupId })
    });
    app.commands.addCommand(command, {
      label: trans.__('Open Error'),
      describedBy: OPEN_ERROR_ARGUMENTS,
      execute: async args =>
        (await import('./mainArea')).openError(args, tabs, options)
    });
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ '../notebooks'))
      .then(({ attachToNotebooks }) => attachToNotebooks(options));
  }
};

export default plugin;
