import '../../../style/goto.css';

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import { findCell, showCell } from './cells';

/** What is needed to show the cell of a run. */
export interface IGoToOptions {
  activate: (id: string) => void;
  commands: CommandRegistry;
  contents: Contents.IManager;
  run: IRun;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/**
 * Open the notebook of a run and scroll to its cell. Where the notebook or the
 * cell is gone, say so and offer the code.
 */
export async function goToCell(options: IGoToOptions): Promise<void> {
  const { activate, run, trans } = options;
  const panel = await openNotebook(options);
  if (panel === null) {
    return;
  }
  activate(panel.id);
  await panel.context.ready;
  await panel.revealed;
  const found = findCell(panel.content, run.cell_id, run.code);
  if (found === null) {
    await offerCode(
      options,
      trans.__('This cell no longer exists'),
      trans.__(
        '“%1” has no cell like it any more. Its code was kept with the run.',
        panel.title.label
      )
    );
    return;
  }
  await showCell(panel.content, found.cell);
  if (found.by === 'code') {
    Notification.info(
      trans.__('The cell was recognised by its code: it has another id now.'),
      { autoClose: 4000 }
    );
  }
}

/** Return the panel of the run's notebook; null if there is none, which was said. */
export async function openNotebook(
  options: IGoToOptions
): Promise<NotebookPanel | null> {
  const { commands, contents, run, tracker, trans } = options;
  const path = run.notebook_path;
  if (path === null) {
    return null;
  }
  const open = tracker.find(panel => panel.context.localPath === path);
  if (open) {
    return open;
  }
  try {
    await contents.get(path, { content: false });
  } catch {
    await offerCode(
      options,
      trans.__('The notebook was not found'),
      trans.__(
        'There is no “%1” here: it was moved, deleted, or belongs to another server. The code was kept with the run.',
        path
      )
    );
    return null;
  }
  // Jupyter Notebook opens another tab of the browser and returns nothing.
  const widget: unknown = await commands.execute('docmanager:open', { path });
  return tracker.find(panel => panel === widget) ?? null;
}

async function offerCode(
  options: IGoToOptions,
  title: string,
  body: string
): Promise<void> {
  const { commands, run, trans } = options;
  const args = { run_id: run.id };
  const insert = Dialog.okButton({
    accept: true,
    actions: ['insert'],
    caption: trans.__('Insert the code below the active cell'),
    label: trans.__('Insert code below')
  });
  const copy = Dialog.createButton({
    actions: ['copy'],
    caption: trans.__('Copy the code of the run'),
    label: trans.__('Copy code')
  });
  const canInsert = commands.isEnabled(CommandIDs.insertCode, args);
  const { button } = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      ...(run.code === '' ? [] : canInsert ? [copy, insert] : [copy])
    ]
  });
  if (button.actions.includes('insert')) {
    await commands.execute(CommandIDs.insertCode, args);
  } else if (button.actions.includes('copy')) {
    await commands.execute(CommandIDs.copyCode, args);
  }
}
