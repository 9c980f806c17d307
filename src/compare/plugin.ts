import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { IThemeManager } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { UUID } from '@lumino/coreutils';

import { CommandIDs, RUN_IDS_ARGUMENTS } from '../commands';
import { IDsinfraApi } from '../tokens';
import { Tabs } from '../ui/tabs';
import { isComparable } from './comparable';
import type { CompareWidget } from './widget';

type Comparison = MainAreaWidget<CompareWidget>;

/** Shows runs side by side. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:compare',
  description: 'Runs side by side.',
  autoStart: true,
  requires: [IDsinfraApi, IRenderMimeRegistry],
  optional: [ITranslator, ILayoutRestorer, ILabShell, IThemeManager],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    themes: IThemeManager | null
  ) => {
    const { commands } = app;
    const languages = translator ?? nullTranslator;
    const trans = languages.load('dsinfra_jlab');
    const command = CommandIDs.compareRuns;
    const tabs = new Tabs<Comparison>({
      shell: app.shell,
      labShell,
      restorer,
      name: 'compare',
      command,
      argsOf: ({ content: { model, tab } }) => ({
        run_ids: [...model.ids],
        tab
      })
    });
    const idsOf = (value: unknown): string[] =>
      Array.isArray(value) ? value.map(String) : [];

    commands.addCommand(command, {
      label: trans.__('Compare Runs'),
      describedBy: RUN_IDS_ARGUMENTS,
      isEnabled: args => isComparable(idsOf(args.run_ids)),
      execute: async args => {
        const ids = idsOf(args.run_ids);
        const { createComparison } = await import('./content');
        return tabs.open(
          ({ content: { model } }) => model.ids.join() === ids.join(),
          () =>
            createComparison({
              api,
              commands,
              ids,
              onChange: widget => tabs.save(widget),
              tab: typeof args.tab === 'string' ? args.tab : UUID.uuid4(),
              rendermime: rendermime.clone(),
              themes,
              translator: languages
            })
        );
      }
    });
    // Runs are marked in menus only, which nobody opens before.
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ './marking'))
      .then(({ addMarking }) => addMarking(commands, trans));
  }
};

export default plugin;
