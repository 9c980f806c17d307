import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { NO_ARGUMENTS } from '../commands';
import { IDsinfraApi, IInfrastructureSidebar } from '../tokens';
import { LazyContent } from '../ui/lazyContent';
import { LazySection } from '../ui/lazyPanel';
import { Tabs } from '../ui/tabs';
import { ErrorCommandIDs } from './tokens';
import type { TrendsWidget } from './trends/widget';

const PLUGIN_ID = 'dsinfra-jlab:errors';

/** Below the experiments. */
const RANK = 200;

/** The section with all groups of errors, and how they go over time. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'All errors in the sidebar, and their trends.',
  autoStart: true,
  requires: [IDsinfraApi, IInfrastructureSidebar],
  optional: [
    ITranslator,
    ILayoutRestorer,
    ILabShell,
    INotebookTracker,
    ISettingRegistry,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    sidebar: IInfrastructureSidebar,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    notebooks: INotebookTracker | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const content = new LazyContent(async () => {
      const [{ createContent }, settings] = await Promise.all([
        import('./content'),
        registry?.load(PLUGIN_ID) ?? null
      ]);
      return createContent({
        api,
        commands,
        notebooks,
        settings,
        translator: languages
      });
    });
    const section = new LazySection(async () => (await content.get()).widget);
    section.id = 'jp-dsinfra-errors';
    section.title.label = section.title.caption = trans.__('Errors');
    sidebar.addSection(section, RANK);

    const command = ErrorCommandIDs.openTrends;
    const tabs = new Tabs<MainAreaWidget<TrendsWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'error-trends',
      command,
      argsOf: () => ({})
    });
    commands.addCommand(command, {
      label: trans.__('Error Trends'),
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        const { createTrends } = await import('./trends/content');
        return tabs.open(
          () => true,
          () => createTrends({ api, commands, translator: languages })
        );
      }
    });
    // Nothing needs the other commands before the application is there.
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ './panelCommands'))
      .then(({ addCommands }) =>
        addCommands({ api, app, content, palette, section, sidebar, trans })
      );
  }
};

export default plugin;
