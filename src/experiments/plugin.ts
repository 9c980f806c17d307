import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import {
  IDsinfraApi,
  IInfrastructureSidebar,
  IRecordingSettings
} from '../tokens';
import { LazyContent } from '../ui/lazyContent';
import { LazySection } from '../ui/lazyPanel';

const PLUGIN_ID = 'dsinfra-jlab:experiments';

/** Runs are what is looked at most: the section stands first. */
const RANK = 100;

/** The section with all experiments, sessions and runs. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'All recorded runs in the sidebar.',
  autoStart: true,
  requires: [IDsinfraApi, IInfrastructureSidebar],
  optional: [
    IRecordingSettings,
    ISettingRegistry,
    ITranslator,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    sidebar: IInfrastructureSidebar,
    recording: IRecordingSettings | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, serviceManager } = app;
    const language = translator ?? nullTranslator;
    const trans = language.load('dsinfra_jlab');
    const content = new LazyContent(async () => {
      const [{ createContent }, settings] = await Promise.all([
        import('./content'),
        registry?.load(PLUGIN_ID) ?? null
      ]);
      return createContent({
        api,
        commands,
        recording,
        settings,
        translator: language,
        kernelTitle: name =>
          serviceManager.kernelspecs.specs?.kernelspecs[name]?.display_name ??
          name
      });
    });
    const section = new LazySection(async () => (await content.get()).widget);
    section.id = 'jp-dsinfra-experiments';
    section.title.label = trans.__('Experiments');
    section.title.caption = trans.__('Everything that was run on this server');
    sidebar.addSection(section, RANK);
    // Nothing needs the commands before the application is there.
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ './panelCommands'))
      .then(({ addCommands }) =>
        addCommands({ app, content, palette, section, sidebar, trans })
      );
  }
};

export default plugin;
