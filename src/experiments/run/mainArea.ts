import '../../../style/run.css';
import '../../../style/ui.css';

import type { IThemeManager } from '@jupyterlab/apputils';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import {
  ToolbarButton,
  addBelowIcon,
  copyIcon,
  deleteIcon,
  historyIcon,
  jumpForwardIcon,
  tableRowsIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import type { IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import { folderOf, saveReproduction } from '../../lineage/reproduce';
import type { IDsinfraApi } from '../../tokens';
import { RunModel } from './model';
import { TabMemory } from './tabMemory';
import { RunWidget } from './widget';

/** What the view of a run is made with. */
export interface IRunViewOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  contents: Contents.IManager;
  editorServices: IEditorServices;
  id: string;
  rendermime: IRenderMimeRegistry;
  /** Remembers which tab was looked at last. */
  state: IStateDB | null;
  themes: IThemeManager | null;
  translator: ITranslator;
}

/** Return the view of a run with its toolbar, ready to be added to the shell. */
export function createRunView(
  options: IRunViewOptions
): MainAreaWidget<RunWidget> {
  const { api, commands, id, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const model = new RunModel({ api, id });
  const content = new RunWidget({
    ...options,
    memory: new TabMemory(options.state),
    model,
    reproduce: run => reproduce(run, options)
  });
  content.title.label = trans.__('Run');
  content.title.icon = historyIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = `dsinfra-jlab-run-${id}`;
  widget.addClass('jp-DsinfraRunPanel');
  addButtons(widget, commands, model, trans);
  return widget;
}

/** Make the notebook that leads to the result of a run, and open it. */
async function reproduce(run: IRun, options: IRunViewOptions): Promise<void> {
  const { api, commands, contents } = options;
  const made = await api.client.reproduction(run.id);
  const path = await saveReproduction(
    made,
    folderOf(run.notebook_path),
    contents
  );
  await commands.execute('docmanager:open', { path });
}

/** Put into the toolbar what can be done with a run, each where it can be done. */
function addButtons(
  widget: MainAreaWidget<RunWidget>,
  commands: CommandRegistry,
  model: RunModel,
  trans: TranslationBundle
): void {
  const hasCode = (run: IRun): boolean => run.code !== '';
  const onCode = (command: string) => () => {
    void commands.execute(command, { run_id: model.id });
  };
  const add = (
    name: string,
    canDo: (run: IRun) => boolean,
    options: ToolbarButton['props'] & object
  ): void => {
    const button = new ToolbarButton({ ...options, enabled: false });
    widget.toolbar.addItem(name, button);
    model.stateChanged.connect(() => {
      const { state } = model;
      button.enabled = state.kind === 'ready' && canDo(state.run);
    }, button);
  };
  add(
    'go-to-cell',
    run =>
      run.notebook_path !== null &&
      run.cell_id !== null &&
      commands.isEnabled(CommandIDs.goToCell, { run_id: model.id }),
    {
      icon: jumpForwardIcon,
      label: trans.__('Go to cell'),
      tooltip: trans.__('Show the cell of this run in its notebook'),
      onClick: onCode(CommandIDs.goToCell)
    }
  );
  add(
    'trials',
    run => run.cell_id !== null && commands.hasCommand(CommandIDs.openTrials),
    {
      icon: tableRowsIcon,
      label: trans.__('Trials'),
      tooltip: trans.__('Show all runs of this cell as a table'),
      onClick: () => {
        const { run } = model;
        void commands.execute(CommandIDs.openTrials, {
          cell_id: run?.cell_id ?? '',
          notebook_path: run?.notebook_path ?? ''
        });
      }
    }
  );
  add('copy-code', hasCode, {
    icon: copyIcon,
    label: trans.__('Copy code'),
    tooltip: trans.__('Copy the code of this run'),
    onClick: onCode(CommandIDs.copyCode)
  });
  add('insert-code', hasCode, {
    icon: addBelowIcon,
    label: trans.__('Insert code below'),
    tooltip: trans.__(
      'Insert the code of this run below the active cell of the current notebook'
    ),
    onClick: onCode(CommandIDs.insertCode)
  });
  add('delete', () => true, {
    icon: deleteIcon,
    label: trans.__('Delete'),
    tooltip: trans.__('Put this run into the trash'),
    onClick: () => void model.remove()
  });
}
