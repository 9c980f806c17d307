import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { NO_ARGUMENTS } from '../../commands';
import { trendsIcon } from '../../errors/trends/icon';
import { IDsinfraApi } from '../../tokens';
import { Tabs } from '../../ui/tabs';
import { ResourceCommandIDs } from '../tokens';
import type { DashboardWidget } from './widget';

/** Opens the charts of the machine in the main area. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:resources-dashboard',
  description: 'Charts of CPU, memory and GPUs in the main area.',
  autoStart: true,
  requires: [IDsinfraApi],
  optional: [
    ITranslator,
    ILayoutRestorer,
    ILabShell,
    IThemeManager,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    themes: IThemeManager | null,
    palette: ICommandPalette | null
  ): void => {
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const command = ResourceCommandIDs.openDashboard;
    const tabs = new Tabs<MainAreaWidget<DashboardWidget>>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'resources',
      command,
      argsOf: () => ({})
    });
    app.commands.addCommand(command, {
      label: trans.__('Resource Charts'),
      icon: trendsIcon,
      describedBy: NO_ARGUMENTS,
      execute: async () => {
        const { createDashboard } = await import('./content');
        return tabs.open(
          () => true,
          () => createDashboard({ api, themes, translator: languages })
        );
      }
    });
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
};

export default plugin;
