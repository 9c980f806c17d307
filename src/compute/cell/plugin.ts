import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';

import { IDsinfraApi } from '../../tokens';
import { LazyContent } from '../../ui/lazyContent';
import { LazyPanel } from '../../ui/lazyPanel';
import { IComputeContent } from '../tokens';

/** Sends cells, and puts what they put out where they are. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:compute-cell',
  description: 'Cells sent to targets, with their output in the notebook.',
  autoStart: true,
  requires: [IDsinfraApi, INotebookTracker, IComputeContent],
  optional: [IToolbarWidgetRegistry],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    tracker: INotebookTracker,
    compute: IComputeContent,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const content = new LazyContent(async () =>
      (await import(/* webpackChunkName: "later" */ './start')).start({
        api,
        app,
        compute: await compute.get(),
        tracker
      })
    );
    toolbars?.addFactory<NotebookPanel>(
      'Notebook',
      'dsinfra-target',
      panel => new LazyPanel(async () => (await content.get()).chooser(panel))
    );
    void app.restored.then(() => content.get());
  }
};

export default plugin;
