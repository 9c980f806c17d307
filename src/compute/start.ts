import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator } from '@jupyterlab/translation';

import { ComputeClient } from '../api/compute';
import type {
  IComputeClient,
  IDsinfraApi,
  IInfrastructureSidebar
} from '../tokens';
import type { LazySection } from '../ui/lazyPanel';
import { ComputeActions } from './actions';
import { GroupBook } from './groups';
import { JobBook } from './jobs';
import { ComputeModel } from './model';
import { addCommands } from './panelCommands';
import { TargetBook } from './targets';
import type { ComputeWidget } from './widget';

/** Whose settings name the target that cells go to. */
const PLUGIN_ID = 'dsinfra-jlab:compute';

export interface IStartOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  section: LazySection;
  sidebar: IInfrastructureSidebar;
  translator: ITranslator;
}

/** What is there once the application is. */
export interface ICompute {
  readonly actions: ComputeActions;
  readonly client: IComputeClient;
  readonly targets: TargetBook;

  /** Make the content of the section. */
  makeWidget(): Promise<ComputeWidget>;
}

/** Add the commands; nothing is read yet. */
export async function start(options: IStartOptions): Promise<ICompute> {
  const { api, app, section, sidebar, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const client = new ComputeClient({ client: api.client });
  const targets = new TargetBook({ api, client });
  const jobs = new JobBook({ api, client });
  const groups = new GroupBook({
    api,
    client,
    isSingle: id => jobs.find(id) !== null
  });
  const model = new ComputeModel({ api, groups, jobs, targets });
  const actions = new ComputeActions({ client, groups, jobs, targets, trans });
  addCommands({
    actions,
    app,
    client,
    model,
    notebooks: await app.resolveOptionalService(INotebookTracker),
    palette: await app.resolveOptionalService(ICommandPalette),
    section,
    show: () => sidebar.reveal(section),
    targets,
    trans
  });
  await followSettings(app, targets);
  return {
    actions,
    client,
    targets,
    makeWidget: async () => {
      const { createContent } = await import('./content');
      return createContent({
        actions,
        commands: app.commands,
        model,
        translator
      });
    }
  };
}

async function followSettings(
  app: JupyterFrontEnd,
  targets: TargetBook
): Promise<void> {
  const registry = await app.resolveOptionalService(ISettingRegistry);
  const settings = await registry?.load(PLUGIN_ID);
  const update = (): void => {
    const name = settings?.composite['defaultTarget'];
    if (typeof name === 'string') {
      targets.preferred = name;
    }
  };
  settings?.changed.connect(update);
  update();
}
