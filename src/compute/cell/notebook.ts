import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IJob } from '../../api/types';
import type { IComputeClient } from '../../tokens';
import { OneAtATime } from '../../ui/oneAtATime';
import type { Cell, ICodeModel } from './cells';
import { codeModelOf, codeModelsOf } from './cells';
import type { IDestination } from './destination';
import { destinationOf } from './destination';
import { CellJob } from './job';
import { CellKeeper } from './keeping';
import { markOf, setMark } from './mark';
import type { ILocalRun } from './newest';
import { isNewest } from './newest';
import type { OpenCells } from './openCells';
import { claim } from './placing';
import { isWriter, offerToWrite } from './writer';

/** Jobs of a notebook that are looked at: those before have cells that know them. */
const JOBS_LIMIT = 100;

/** The jobs of the cells of one notebook that is open. */
export class NotebookJobs implements IDisposable {
  constructor(options: NotebookJobs.IOptions) {
    this._options = options;
    this._openedAt = this._now();
    const { panel } = options;
    panel.disposed.connect(this.dispose, this);
    this._keeper = new CellKeeper({
      jobs: () => this._inOrder(),
      openCells: options.openCells,
      path: () => panel.context.localPath
    });
    panel.context.pathChanged.connect(this._keeper.move, this._keeper);
    void Promise.all([panel.context.ready, panel.revealed]).then(() => {
      this._start();
    });
  }

  get panel(): NotebookPanel {
    return this._options.panel;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._keeper.dispose();
      for (const job of this._jobs.values()) {
        job.dispose();
      }
      this._jobs.clear();
      Signal.clearData(this);
    }
  }

  /** The job that the output of a cell is from, or will be. */
  of(cellId: string): CellJob | null {
    return this._jobs.get(cellId) ?? null;
  }

  /** Begin with those of some cells that are code; all of them are about to be sent. */
  beginAll(cells: readonly Cell[], to: IDestination): CellJob[] {
    return this._keeper.atOnce(() =>
      cells.flatMap(cell => this.begin(cell, to) ?? [])
    );
  }

  /** Begin with a cell that is about to be sent; null if it is no cell of code. */
  begin(cell: Cell, to: IDestination): CellJob | null {
    const model = codeModelOf(cell);
    if (model === null) {
      return null;
    }
    this.drop(model.id);
    const cellJob = this._add(model, to);
    this._keeper.keep();
    return cellJob;
  }

  /** Cells that the page was closed on before they were sent, in their order. */
  get left(): readonly CellJob[] {
    return this._inOrder().filter(({ state }) => state.kind === 'left');
  }

  /** The last cell above another one that has gone to the same target, and not ended. */
  openAbove(cellJob: CellJob): CellJob | null {
    const jobs = this._inOrder();
    return (
      jobs
        .slice(0, jobs.indexOf(cellJob))
        .filter(({ isOpen, target }) => isOpen && target === cellJob.target)
        .at(-1) ?? null
    );
  }

  /** Take up what is known to have changed; all of it if nothing is named. */
  async update(ids: readonly string[] | null): Promise<void> {
    if (this._isDisposed || !this._isStarted) {
      return;
    }
    this._scan();
    const known = new Set<string>();
    const refreshed = [...this._jobs.values()].flatMap(cellJob => {
      const id = cellJob.job?.id ?? null;
      if (id === null) {
        return [];
      }
      known.add(id);
      return ids === null || ids.includes(id) ? [cellJob.refresh()] : [];
    });
    const isNew = (id: string): boolean =>
      !known.has(id) && !this._passedOver.has(id);
    if (ids === null || ids.some(isNew)) {
      refreshed.push(this._lookFor(ids ?? []));
    }
    await Promise.all(refreshed);
  }

  /** A cell is run here: what its job puts out is not wanted any more. */
  beginLocal(cellId: string): void {
    const model = this._models().get(cellId);
    const cellJob = this.of(cellId);
    const mark = model ? markOf(model) : null;
    this._locals.set(cellId, {
      since: this._now(),
      earlierId: cellJob?.job?.id ?? mark?.id ?? null,
      isRunning: true
    });
    if (model && mark !== null) {
      // A job that goes on is found again when the notebook is opened, unless this says so.
      const isLeft = cellJob === null || cellJob.isOpen;
      setMark(model, isLeft ? { ...mark, isLeft } : null);
    }
    this.drop(cellId);
  }

  /** A run here has ended: the cell may have sent itself. */
  endLocal(cellId: string): void {
    const local = this._locals.get(cellId);
    if (local) {
      this._locals.set(cellId, { ...local, isRunning: false });
      void this._looking.ask();
    }
  }

  /** Forget the job of a cell; its output stays. */
  drop(cellId: string): void {
    const cellJob = this._jobs.get(cellId);
    this._jobs.delete(cellId);
    cellJob?.dispose();
    this._keeper.keep();
  }

  private _start(): void {
    const { model } = this.panel.content;
    if (this._isDisposed || model === null) {
      return;
    }
    this._isStarted = true;
    offerToWrite(model.sharedModel, () => void this.update(null), this);
    model.cells.changed.connect(this._onCellsChanged, this);
    void this._takeUp();
  }

  /** Take up what was to be sent, or went on, when the notebook was closed. */
  private async _takeUp(): Promise<void> {
    await this._keeper.begin(this.panel.model?.readOnly ?? true);
    await this.update(null);
    const models = this._models();
    for (const { at, id, jobId, to } of this._keeper.earlier) {
      const model = models.get(id);
      if (this._isDisposed || !model) {
        continue;
      }
      if (!this._jobs.has(id) && jobId === null) {
        this._add(model, to, at).leave();
      } else if (!this._jobs.has(id) && jobId !== null) {
        if (isWriter(this.panel.model)) {
          claim(model, jobId);
        }
        await this._follow(model, jobId);
      }
      const cellJob = this.of(id);
      if (cellJob !== null && cellJob.job !== null) {
        // If nothing was known of it, only the answer to its sending did not come any more.
        cellJob.isOwn = true;
      }
    }
    this._keeper.finish();
    if (this.left.length > 0) {
      this._options.onLeft(this);
    }
  }

  /** The jobs of cells in the order of the cells. */
  private _inOrder(): CellJob[] {
    return [...this._models().keys()].flatMap(id => this._jobs.get(id) ?? []);
  }

  private _onCellsChanged(): void {
    // A cell that is moved is taken away and made anew, one after the other.
    this._scanTimer ??= setTimeout(() => {
      this._scanTimer = undefined;
      if (!this._isDisposed) {
        this._scan();
      }
    });
  }

  /** Follow the jobs that cells name, and let go of those whose cell is gone. */
  private _scan(): void {
    const models = this._models();
    for (const [cellId, cellJob] of [...this._jobs]) {
      const model = models.get(cellId);
      if (model !== cellJob.cell || this._isOvertaken(cellJob)) {
        this.drop(cellId);
      }
    }
    for (const model of models.values()) {
      const mark = markOf(model);
      if (
        mark !== null &&
        !mark.isLeft &&
        !this._jobs.has(model.id) &&
        !this._hidden.has(mark.id)
      ) {
        void this._follow(model, mark.id);
      }
    }
  }

  /** Whether somebody else who has the notebook open ran or sent the cell again. */
  private _isOvertaken({ cell, job }: CellJob): boolean {
    const mark = markOf(cell);
    return job !== null && (mark === null || mark.isLeft || mark.id !== job.id);
  }

  /** Follow the job that a cell names, if that job is one of this cell. */
  private async _follow(model: ICodeModel, id: string): Promise<void> {
    if (this._asked.has(id)) {
      return;
    }
    this._asked.add(id);
    try {
      const job = await this._options.client.job(id);
      const mark = model.isDisposed ? null : markOf(model);
      if (
        !this._isDisposed &&
        mark?.id === id &&
        !mark.isLeft &&
        // A copy of a cell has the metadata of the other, and is another cell.
        job.cell_id === model.id &&
        !this._jobs.has(model.id)
      ) {
        const cellJob = this._add(model, destinationOf(job));
        cellJob.take(job);
        await cellJob.refresh();
      }
    } catch {
      // It was taken off the list, or is another server's; asked again with what comes next.
    } finally {
      this._asked.delete(id);
    }
  }

  private async _lookFor(ids: readonly string[]): Promise<void> {
    this._listed = null;
    await this._looking.ask();
    const listed = this._listed as ReadonlySet<string> | null;
    if (listed !== null) {
      // Those of other notebooks: not asked for again with all that happens to them.
      for (const id of ids) {
        if (!listed.has(id)) {
          this._passedOver.add(id);
        }
      }
    }
  }

  /** Look for jobs of cells that do not know of them: code has sent them. */
  private async _look(): Promise<void> {
    const { client, panel } = this._options;
    const path = panel.context.localPath;
    let items: readonly IJob[];
    try {
      const query = { notebook_path: path, limit: JOBS_LIMIT };
      items = (await client.jobs(query)).items;
    } catch {
      return;
    }
    if (this._isDisposed) {
      return;
    }
    this._listed = new Set(items.map(({ id }) => id));
    const seen = new Set<string>();
    const models = this._models();
    for (const job of items) {
      const model = job.cell_id === null ? undefined : models.get(job.cell_id);
      // Newest first: one before another of the same cell is not shown any more.
      if (model && job.shown_by === 'browser' && !seen.has(model.id)) {
        seen.add(model.id);
        this._adopt(model, job);
      } else {
        this._passedOver.add(job.id);
      }
    }
  }

  private _adopt(model: ICodeModel, job: IJob): void {
    const local = this._locals.get(model.id);
    if (local?.isRunning) {
      // What the code prints comes first; asked again when it has ended.
      return;
    }
    const mark = markOf(model);
    const known = this._jobs.get(model.id);
    if (mark?.id === job.id || (known && known.job === null)) {
      return;
    }
    const past = {
      askedAt: this._keeper.earlier.find(({ id }) => id === model.id)?.at,
      local,
      openedAt: this._openedAt
    };
    if (isNewest(job, model, past) && !this.panel.model?.readOnly) {
      this.drop(model.id);
      if (isWriter(this.panel.model)) {
        claim(model, job.id);
        const cellJob = this._add(model, destinationOf(job));
        cellJob.isOwn = true;
        cellJob.take(job);
        void cellJob.refresh();
      }
    } else {
      this._passedOver.add(job.id);
    }
  }

  private _add(
    model: ICodeModel,
    destination: IDestination,
    askedAt = this._now()
  ): CellJob {
    const { client, clockOffset, onAdded } = this._options;
    const cellJob = new CellJob({
      askedAt,
      cell: model,
      client,
      clockOffset,
      destination,
      isPlacing: () =>
        this.panel.model !== null &&
        !this.panel.model.readOnly &&
        isWriter(this.panel.model)
    });
    this._jobs.set(model.id, cellJob);
    cellJob.stateChanged.connect(() => this._keeper.keep());
    cellJob.dismissed.connect(() => {
      if (cellJob.job !== null) {
        this._hidden.add(cellJob.job.id);
        this._passedOver.add(cellJob.job.id);
      }
      this.drop(model.id);
    });
    const cell = this.panel.content.widgets.find(
      other => other.model.id === model.id
    );
    if (cell) {
      onAdded(cellJob, cell);
    }
    return cellJob;
  }

  private _models(): Map<string, ICodeModel> {
    return codeModelsOf(this.panel.content.widgets);
  }

  private _now(): number {
    return Date.now() + this._options.clockOffset();
  }

  /** Jobs that are being asked for. */
  private readonly _asked = new Set<string>();
  /** Jobs whose line the user does not want to see. */
  private readonly _hidden = new Set<string>();
  private _isDisposed = false;
  private _isStarted = false;
  private readonly _jobs = new Map<string, CellJob>();
  /** What the last look has found; null if it failed. */
  private _listed: ReadonlySet<string> | null = null;
  private readonly _locals = new Map<string, ILocalRun>();
  private readonly _looking = new OneAtATime(() => this._look());
  private readonly _openedAt: number;
  private readonly _options: NotebookJobs.IOptions;
  /** Jobs that are known to belong into no cell. */
  private readonly _passedOver = new Set<string>();
  private readonly _keeper: CellKeeper;
  private _scanTimer: ReturnType<typeof setTimeout> | undefined;
}

export namespace NotebookJobs {
  export interface IOptions {
    client: Pick<
      IComputeClient,
      'cancelJob' | 'job' | 'jobLog' | 'jobs' | 'landJob' | 'submitJob'
    >;
    /** Milliseconds that the server's clock is ahead. */
    clockOffset: () => number;
    /** Called with each job of a cell that is shown from now on. */
    onAdded: (job: CellJob, cell: Cell) => void;
    /** Called once if cells were to be sent when the page was closed. */
    onLeft: (jobs: NotebookJobs) => void;
    panel: NotebookPanel;
    openCells: OpenCells;
  }
}
