import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

type Cell = Notebook['widgets'][number];

/** How long a cell that was jumped to stays marked. */
const MARK_MS = 2000;

/** The cell of a run, and how it was recognised. */
export interface IFoundCell {
  cell: Cell;
  /** `code` if the cell has another id now, but is the only one with this code. */
  by: 'id' | 'code';
}

/**
 * Find the cell that a run was a run of.
 *
 * A notebook in a format older than 4.5 does not store cell ids: there the code
 * has to do, if no two cells have it.
 */
export function findCell(
  notebook: Notebook,
  cellId: string | null,
  code: string
): IFoundCell | null {
  const byId = notebook.widgets.find(cell => cell.model.id === cellId);
  if (byId) {
    return { cell: byId, by: 'id' };
  }
  const same = notebook.widgets.filter(
    cell =>
      cell.model.type === 'code' &&
      code !== '' &&
      cell.model.sharedModel.getSource() === code
  );
  const [only] = same;
  return only && same.length === 1 ? { cell: only, by: 'code' } : null;
}

/** Bring a cell into view, make it the active one and mark it for a moment. */
export async function showCell(notebook: Notebook, cell: Cell): Promise<void> {
  NotebookActions.expandParent(cell, notebook);
  notebook.deselectAll();
  notebook.activeCellIndex = notebook.widgets.indexOf(cell);
  notebook.mode = 'command';
  notebook.activate();
  await notebook.scrollToCell(cell, 'center');
  cell.addClass('jp-DsinfraFoundCell');
  setTimeout(() => cell.removeClass('jp-DsinfraFoundCell'), MARK_MS);
}

/** Put code into a new cell below the active one, without running it. */
export async function insertBelow(
  panel: NotebookPanel,
  code: string
): Promise<void> {
  const notebook = panel.content;
  const { model } = notebook;
  if (!model || model.readOnly) {
    return;
  }
  const index = notebook.activeCellIndex + 1;
  model.sharedModel.insertCell(index, {
    cell_type: 'code',
    // As for a cell the user adds: its outputs come from a run of their own.
    metadata: { trusted: true },
    source: code
  });
  const cell = notebook.widgets[index];
  if (cell) {
    await showCell(notebook, cell);
  }
}
