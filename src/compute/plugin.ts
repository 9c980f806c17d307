import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IDsinfraApi, IInfrastructureSidebar } from '../tokens';
import { LazyContent } from '../ui/lazyContent';
import { LazySection } from '../ui/lazyPanel';
import { Tabs } from '../ui/tabs';
import type { JobWidget } from './job/widget';
import type { ICompute } from './start';
import { ComputeCommandIDs, IComputeContent } from './tokens';

/** Below the resources. */
const RANK = 400;

/** The section with targets and jobs, and the view of a job. */
const plugin: JupyterFrontEndPlugin<IComputeContent> = {
  id: 'dsinfra-jlab:compute',
  description: 'Targets and jobs in the sidebar, one job in the main area.',
  autoStart: true,
  provides: IComputeContent,
  requires: [IDsinfraApi, IInfrastructureSidebar],
  optional: [ITranslator, ILayoutRestorer, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    sidebar: IInfrastructureSidebar,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null
  ): IComputeContent => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const compute = new LazyContent<ICompute>(async () =>
      (await import(/* webpackChunkName: "later" */ './start')).start({
        api,
        app,
        section,
        sidebar,
        translator: languages
      })
    );
    const section: LazySection = new LazySection(async () =>
      (await compute.get()).makeWidget()
    );
    section.id = 'jp-dsinfra-compute';
    section.title.label = section.title.caption = trans.__('Compute');
    // Four open sections would leave none of them room on a small screen.
    sidebar.addSection(section, RANK, true);

    const command = ComputeCommandIDs.openJob;
    const tabs = new Tabs<MainAreaWidget<JobWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'job',
      command,
      argsOf: ({ content }) => ({ jobId: content.model.jobId })
    });
    app.commands.addCommand(command, {
      label: trans.__('Open Job'),
      describedBy: async () =>
        (await import('./job/mainArea')).OPEN_JOB_ARGUMENTS,
      execute: async args =>
        (await import('./job/mainArea')).openJob(args, tabs, {
          api,
          app,
          compute: await compute.get(),
          translator: languages
        })
    });
    // Nothing needs the other commands before the application is there.
    void app.restored.then(() => compute.get());
    return compute;
  }
};

export default plugin;
