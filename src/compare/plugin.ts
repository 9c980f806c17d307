import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { IThemeManager, WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, RUN_IDS_ARGUMENTS, RUN_ID_ARGUMENTS } from '../commands';
import { IDsinfraApi } from '../tokens';
import type { CompareWidget } from './widget';

type Comparison = MainAreaWidget<CompareWidget>;

/** Shows runs side by side. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'dsinfra-jlab:compare',
  description: 'Runs side by side, in the main area.',
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
    const { commands, shell } = app;
    const language = translator ?? nullTranslator;
    const trans = language.load('dsinfra_jlab');
    const command = CommandIDs.compareRuns;
    const marked = new Set<string>();
    const tracker = new WidgetTracker<Comparison>({
      namespace: 'dsinfra-jlab-compare'
    });
    const nameOf = (widget: Comparison): string =>
      widget.content.model.ids.join(' ');
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
        let widget = tracker.find(shown => nameOf(shown) === ids.join(' '));
        if (!widget) {
          const made = createComparison({
            api,
            commands,
            ids,
            rendermime: rendermime.clone(),
            themes,
            translator: language
          });
          // What is restored are the runs that were last compared.
          made.content.model.idsChanged.connect(
            () => void tracker.save(made),
            made
          );
          // Jupyter Notebook has room for one document only.
          shell.add(made, labShell ? 'main' : 'right', { mode: 'tab-after' });
          await tracker.add(made);
          widget = made;
        }
        shell.activateById(widget.id);
        return widget;
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
    void restorer?.restore(tracker, {
      command,
      args: widget => ({ run_ids: [...widget.content.model.ids] }),
      name: nameOf
    });
  }
};

export default plugin;
