import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob } from '../../api/types';
import type { Cell } from './cells';
import { codeModelOf } from './cells';
import type { IDestination } from './destination';
import { isSame } from './destination';
import type { CellJob } from './job';
import type { NotebookJobs } from './notebook';

/** How long a message is shown, in milliseconds. */
const MESSAGE_TIME = 6000;

/** A cell that sends itself when it is run. */
const SENDS_ITSELF = /^\s*%%remote\b/;

/** Sends cells one after the other: each needs the names that those before have bound. */
export class CellSender {
  constructor(options: CellSender.IOptions) {
    this._options = options;
  }

  /**
   * Send cells of a notebook in their order.
   *
   * The next one goes when the one before has succeeded and its names are here; at the
   * first that does not, the others are not sent. The first one may have to wait, too.
   */
  async send(
    jobs: NotebookJobs,
    cells: readonly Cell[],
    to: IDestination,
    after: CellJob | null = null
  ): Promise<void> {
    const sendable = cells.filter(cell => this._isSendable(cell, jobs));
    const queue = jobs.beginAll(sendable, to);
    for (const { cell } of queue) {
      cell.clearExecution();
      cell.executionState = 'running';
    }
    const before = after === null ? null : await after.ended;
    let reason = after === null ? '' : this._reasonToStop(before);
    for (const cellJob of queue) {
      if (cellJob.isDisposed) {
        continue;
      }
      if (reason !== '') {
        cellJob.refuse(reason);
        continue;
      }
      await this._sendOne(cellJob, jobs.panel, to);
      if (cellJob !== queue[queue.length - 1]) {
        reason = this._reasonToStop(await cellJob.ended);
      }
    }
  }

  /** Send the cells that the page was closed on, behind what runs of those above them. */
  async sendLeft(jobs: NotebookJobs): Promise<void> {
    const left = [...jobs.left];
    for (let first = left[0]; first !== undefined; first = left[0]) {
      // Those that go elsewhere were asked for at another time, and come after these.
      const to = first.destination;
      const ids = left
        .filter(({ destination }) => isSame(destination, to))
        .map(({ cell }) => cell.id);
      const cells = jobs.panel.content.widgets.filter(({ model }) =>
        ids.includes(model.id)
      );
      await this.send(jobs, cells, to, jobs.openAbove(first));
      left.splice(
        0,
        left.length,
        ...left.filter(({ cell }) => !ids.includes(cell.id))
      );
    }
  }

  private async _sendOne(
    cellJob: CellJob,
    panel: NotebookPanel,
    to: IDestination
  ): Promise<void> {
    const { trans } = this._options;
    // That of a notebook that was opened a moment ago may still be on its way.
    await panel.sessionContext.ready;
    const kernel = panel.sessionContext.session?.kernel;
    if (cellJob.isDisposed) {
      return;
    }
    if (!kernel) {
      cellJob.refuse(trans.__('The notebook has no kernel.'));
      return;
    }
    await cellJob.send({
      target: to.target,
      code: cellJob.cell.sharedModel.getSource(),
      kernel_id: kernel.id,
      notebook_path: panel.context.localPath,
      cell_id: cellJob.cell.id,
      resources: to.resources,
      mode: to.mode
    });
  }

  private _reasonToStop(job: IJob | null): string {
    const { trans } = this._options;
    if (job === null) {
      return trans.__('A cell before it was not sent.');
    }
    if (job.state !== 'ok') {
      return trans.__('A cell before it did not succeed.');
    }
    return job.result_state === 'conflict'
      ? trans.__('Results of a cell before it wait for a choice.')
      : '';
  }

  /** Whether a cell can go now; says why not where the user may wonder. */
  private _isSendable(cell: Cell, jobs: NotebookJobs): boolean {
    const { trans } = this._options;
    const model = codeModelOf(cell);
    const code = model?.sharedModel.getSource() ?? '';
    if (model === null || code.trim() === '') {
      return false;
    }
    const known = jobs.of(model.id);
    const text = SENDS_ITSELF.test(code)
      ? trans.__('A cell with %%remote sends itself: run it here.')
      : known?.isOpen
        ? trans.__('This cell is on %1 already.', known.target)
        : known === null && model.executionState === 'running'
          ? trans.__('This cell still runs in the notebook’s kernel.')
          : '';
    if (text !== '') {
      Notification.info(text, { autoClose: MESSAGE_TIME });
    }
    return text === '';
  }

  private readonly _options: CellSender.IOptions;
}

export namespace CellSender {
  export interface IOptions {
    trans: TranslationBundle;
  }
}
