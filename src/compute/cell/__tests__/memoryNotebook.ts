import type { NotebookPanel } from '@jupyterlab/notebook';
import type { NotebookModel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { IJob, INewJob } from '../../../api/types';
import type { IJobQuery, IPage } from '../../../tokens';
import { MemoryCompute, makeJob } from '../../__tests__/memoryCompute';
import type { ICodeModel } from '../cells';

export const PATH = 'work/train.ipynb';

/** A server that lists the jobs of a notebook, as they stand. */
export class Server extends MemoryCompute {
  override async jobs(query: IJobQuery = {}): Promise<IPage<IJob>> {
    this.requests.push(`list ${query.notebook_path}`);
    const items = this.jobList.filter(
      job => job.notebook_path === query.notebook_path
    );
    return { items, next_cursor: null };
  }

  /** A job of the cell, which is listed from now on. */
  override async submitJob(job: INewJob): Promise<IJob> {
    await super.submitJob(job);
    const sent = makeJob({
      id: `job of ${job.cell_id}`,
      cell_id: job.cell_id ?? null,
      notebook_path: job.notebook_path ?? null,
      target: job.target,
      submitted_at: new Date().toISOString()
    });
    this.jobList = [sent, ...this.jobList];
    return sent;
  }

  /** Let the job of a cell end. */
  end(cellId: string, state: IJob['state'] = 'ok'): void {
    this.jobList = this.jobList.map(job =>
      job.cell_id === cellId
        ? { ...job, state, ended_at: new Date().toISOString() }
        : job
    );
  }
}

/** What of a panel the jobs of its cells need. */
export class Panel {
  constructor(readonly model: NotebookModel) {}

  readonly disposed = new Signal<this, void>(this);
  readonly revealed = Promise.resolve();
  readonly title = { label: 'train.ipynb' };
  readonly context = {
    ready: Promise.resolve(),
    localPath: PATH,
    pathChanged: new Signal<object, string>({})
  };
  readonly sessionContext = { session: { kernel: { id: 'k1' } } };

  get content(): object {
    return {
      model: this.model,
      widgets: Array.from(this.model.cells, model => ({ model }))
    };
  }

  get asPanel(): NotebookPanel {
    return this as unknown as NotebookPanel;
  }

  cell(index: number): ICodeModel {
    return this.model.cells.get(index) as unknown as ICodeModel;
  }

  /** The text of a cell's outputs. */
  text(index: number): string {
    return this.cell(index)
      .outputs.toJSON()
      .map(({ text }) => String(text))
      .join('');
  }

  insert(index: number, id: string, source: string): void {
    const cell = { id, cell_type: 'code', source };
    this.model.sharedModel.insertCell(index, cell as never);
  }
}
