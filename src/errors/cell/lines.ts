import '../../../style/error-line.css';

import type { INotebookTracker, Notebook } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { ErrorsClient } from '../../api/errors';
import type { IErrorGroup } from '../../api/types';
import type { IDsinfraApi, IRecordingSettings } from '../../tokens';
import { ErrorCommandIDs } from '../tokens';
import { CellLine } from './line';
import type { ICellFinding, ICellKey } from './model';
import { FailedCells } from './model';

type Cell = Notebook['widgets'][number];

/** What the lines below failed cells are made with. */
export interface ICellLinesOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  locale: string;
  recording: IRecordingSettings | null;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** Put a line with the diagnosis below each cell that fails from now on. */
export function addCellLines(options: ICellLinesOptions): void {
  const { api } = options;
  const failed = new FailedCells({
    clockOffset: () => api.client.clockOffset,
    errors: new ErrorsClient({ client: api.client }),
    events: api.events
  });
  const lines = new CellLines(failed, options);
  NotebookActions.executionScheduled.connect(lines.onScheduled, lines);
  NotebookActions.executed.connect(lines.onExecuted, lines);
  failed.found.connect(lines.onFound, lines);
}

class CellLines {
  constructor(failed: FailedCells, options: ICellLinesOptions) {
    this._failed = failed;
    this._options = options;
  }

  onScheduled(_: unknown, run: { notebook: Notebook; cell: Cell }): void {
    const key = this._keyOf(run.notebook, run.cell);
    this._lines.get(run.cell)?.dispose();
    if (key !== null && this._isRecorded(key.path)) {
      this._failed.begin(key);
    }
  }

  onExecuted(
    _: unknown,
    run: {
      notebook: Notebook;
      cell: Cell;
      success: boolean;
      error?: { errorName?: string } | null;
    }
  ): void {
    const { cell, error, notebook, success } = run;
    const key = this._keyOf(notebook, cell);
    if (key === null) {
      return;
    }
    // What waited behind a failed cell was skipped: that has no error of its own.
    const hasFailed = !success && !!error?.errorName;
    this._failed.end(key, hasFailed);
    if (hasFailed && this._isRecorded(key.path)) {
      // In its place at once: nothing moves when the answer is there.
      this._add(cell);
    }
  }

  onFound(_: unknown, finding: ICellFinding): void {
    const { cellId, group, path } = finding;
    const panel = this._options.tracker.find(
      other => other.context.localPath === path
    );
    const cell = panel?.content.widgets.find(
      ({ model }) => model.id === cellId
    );
    if (!cell) {
      return;
    }
    if (group === null || group.state === 'ignored') {
      this._lines.get(cell)?.dispose();
    } else {
      this._add(cell).fill(group);
    }
  }

  /** Return the line of a cell: the one it has, else a new one. */
  private _add(cell: Cell): CellLine {
    const known = this._lines.get(cell);
    if (known && !known.isDisposed) {
      return known;
    }
    const line = new CellLine({
      locale: this._options.locale,
      open: group => this._open(group),
      trans: this._options.trans
    });
    this._lines.set(cell, line);
    void line.attachTo(cell);
    return line;
  }

  private _open(group: IErrorGroup): void {
    void this._options.commands.execute(ErrorCommandIDs.open, {
      groupId: group.id,
      errorId: group.last_error_id,
      runId: group.last_run_id
    });
  }

  private _keyOf(notebook: Notebook, cell: Cell): ICellKey | null {
    const panel = this._options.tracker.find(
      other => other.content === notebook
    );
    return panel && cell.model.type === 'code'
      ? { path: panel.context.localPath, cellId: cell.model.id }
      : null;
  }

  private _isRecorded(path: string): boolean {
    const { api, recording } = this._options;
    const settings = recording?.current;
    return (
      api.state === 'ready' &&
      (!settings ||
        (settings.is_recording && !settings.excluded_notebooks.includes(path)))
    );
  }

  private readonly _failed: FailedCells;
  private readonly _lines = new WeakMap<Cell, CellLine>();
  private readonly _options: ICellLinesOptions;
}
