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

import { CommandIDs, RUN_IDS_ARGUMENTS, RUN_ID_ARGUMENTS } from '../commands';
import { IDsinfraApi } from '../tokens';
import { Tabs } from '../ui/tabs';
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
    const marked = new Set<string>();
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
    // The marked runs, and the one that is pointed at.
    const markedWith = (id: unknown): string[] => [
      ...new Set([...marked, ...(typeof id === 'string' ? [id] : [])])
    ];
    const isPossible = ({ length }: string[]): boolean =>
      length >= 2 && length <= 20;

    commands.addCommand(command, {
      label: trans.__('Compare Runs'),
      describedBy: RUN_IDS_ARGUMENTS,
      isEnabled: args => isPossible(idsOf(args.run_ids)),
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
    commands.addCommand(CommandIDs.markRun, {
      label: args =>
        marked.has(String(args.run_id))
          ? trans.__('Unmark for Comparison')
          : trans.__('Mark for Comparison'),
      describedBy: RUN_ID_ARGUMENTS,
      isEnabled: args => typeof args.run_id === 'string',
      execute: args => {
        const id = String(args.run_id);
        if (!marked.delete(id)) {
          marked.add(id);
        }
      }
    });
    commands.addCommand(CommandIDs.compareMarked, {
      label: args =>
        trans.__('Compare with Marked (%1)', markedWith(args.run_id).length),
      describedBy: RUN_ID_ARGUMENTS,
      isEnabled: args => isPossible(markedWith(args.run_id)),
      execute: async args => {
        const ids = markedWith(args.run_id);
        marked.clear();
        await commands.execute(command, { run_ids: ids });
      }
    });
  }
};

export default plugin;
