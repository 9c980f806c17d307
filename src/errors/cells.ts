import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type {
  INotebookTracker,
  Notebook,
  NotebookPanel
} from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { showCell } from '../experiments/run/cells';

type Cell = Notebook['widgets'][number];

/** A cell of a notebook that is open. */
export interface ICellPlace {
  panel: NotebookPanel;
  cell: Cell;
}

/** What is needed to find a cell. */
export interface ICellOptions {
  app: JupyterFrontEnd;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** How long a message is shown, in milliseconds. */
const MESSAGE_TIME = 6000;

/**
 * Return the cell that a command is about: the one named, else the active one.
 * Opens its notebook; null if there is no such cell, which was said.
 */
export async function cellOf(
  args: ReadonlyPartialJSONObject,
  options: ICellOptions
): Promise<ICellPlace | null> {
  const { app, tracker, trans } = options;
  const { cell_id: id, notebook_path: path } = args;
  let panel = tracker.currentWidget;
  if (typeof path === 'string' && path !== '') {
    panel = tracker.find(other => other.context.localPath === path) ?? null;
    if (panel === null) {
      const widget: unknown = await app.commands.execute('docmanager:open', {
        path
      });
      panel = tracker.find(other => other === widget) ?? null;
    }
  }
  if (panel === null) {
    return null;
  }
  await panel.context.ready;
  await panel.revealed;
  const cell =
    typeof id === 'string' && id !== ''
      ? panel.content.widgets.find(other => other.model.id === id)
      : panel.content.activeCell;
  if (!cell) {
    Notification.info(trans.__('The notebook no longer has this cell.'), {
      autoClose: MESSAGE_TIME
    });
    return null;
  }
  return { panel, cell };
}

/** Bring a cell to the front of everything. */
export async function revealCell(
  place: ICellPlace,
  app: JupyterFrontEnd
): Promise<void> {
  app.shell.activateById(place.panel.id);
  await showCell(place.panel.content, place.cell);
}

/** Run a cell; resolves to whether it succeeded. */
export async function runCell(place: ICellPlace): Promise<boolean> {
  const { cell, panel } = place;
  const { content, context } = panel;
  return NotebookActions.runCells(content, [cell], context.sessionContext);
}

/** Run all cells above; resolves to whether all succeeded. */
export async function runAbove(place: ICellPlace): Promise<boolean> {
  const { cell, panel } = place;
  const { content, context } = panel;
  const above = content.widgets.slice(0, content.widgets.indexOf(cell));
  return above.length === 0
    ? true
    : NotebookActions.runCells(content, above, context.sessionContext);
}

/**
 * Put code into a new cell below a cell.
 *
 * Returns the new cell; null if the notebook cannot be written.
 */
export function insertBelow(place: ICellPlace, code: string): Cell | null {
  const { cell, panel } = place;
  const notebook = panel.content;
  const { model } = notebook;
  if (!model || model.readOnly) {
    return null;
  }
  const index = notebook.widgets.indexOf(cell) + 1;
  model.sharedModel.insertCell(index, {
    cell_type: 'code',
    // As for a cell the user adds: its outputs come from a run of their own.
    metadata: { trusted: true },
    source: code
  });
  return notebook.widgets[index] ?? null;
}
