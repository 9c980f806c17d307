import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IDsinfraApi, IRecordingSettings } from '../../tokens';
import { LazyPanel } from '../../ui/lazyPanel';

/** The name of the badge in the settings of the toolbar. */
const BADGE = 'dsinfra-badge';

/** What the commands need. */
export interface ICommandOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  recording: IRecordingSettings | null;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** Ties runs to the notebooks they were run in. */
const notebook: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:notebook',
  description: 'A badge on notebooks, and the way from a run to its cell.',
  autoStart: true,
  requires: [IDsinfraApi, INotebookTracker],
  optional: [IRecordingSettings, IToolbarWidgetRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    tracker: INotebookTracker,
    recording: IRecordingSettings | null,
    toolbars: IToolbarWidgetRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('dsinfra_jlab');
    toolbars?.addFactory<NotebookPanel>(
      'Notebook',
      BADGE,
      panel =>
        new LazyPanel(async () => {
          const { createBadge } = await import(
            /* webpackChunkName: "later" */ './badge'
          );
          return createBadge(panel, {
            api,
            commands: app.commands,
            recording,
            trans
          });
        })
    );
    // Nothing needs the commands before the application is there.
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ './codeCommands'))
      .then(({ addCommands }) =>
        addCommands({ api, app, recording, tracker, trans })
      );
  }
};

export default [notebook];
