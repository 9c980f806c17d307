import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IDsinfraApi, IInfrastructureSidebar } from '../tokens';
import { LazyContent } from '../ui/lazyContent';
import { LazySection } from '../ui/lazyPanel';
import type { IResources } from './start';

/** Below the errors. */
const RANK = 300;

/** The section with the machine, its kernels and its GPUs. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:resources',
  description: 'Resources in the sidebar.',
  autoStart: true,
  requires: [IDsinfraApi, IInfrastructureSidebar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    sidebar: IInfrastructureSidebar,
    translator: ITranslator | null
  ): void => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const resources = new LazyContent<IResources>(async () =>
      (await import(/* webpackChunkName: "later" */ './start')).start({
        api,
        app,
        section,
        sidebar,
        translator: languages
      })
    );
    const section: LazySection = new LazySection(async () =>
      (await resources.get()).makeWidget()
    );
    section.id = 'jp-dsinfra-resources';
    section.title.label = section.title.caption = trans.__('Resources');
    sidebar.addSection(section, RANK);
    // Alerts and the status bar can wait until the application is there.
    void app.restored.then(() => resources.get());
  }
};

export default plugin;
