import '../../../style/compute-cell.css';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import type {
  INotebookTracker,
  Notebook,
  NotebookPanel
} from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { ErrorsClient } from '../../api/errors';
import type { IJob } from '../../api/types';
import { ErrorCommandIDs } from '../../errors/tokens';
import type { IDsinfraApi, ReceivedEvent } from '../../tokens';
import { tellFailure } from '../../ui/messages';
import type { ICompute } from '../start';
import { isWaiting } from '../states';
import { ComputeCommandIDs } from '../tokens';
import type { Cell } from './cells';
import { TargetChoice } from './choice';
import { TargetChooser } from './chooser';
import { addCommands } from './commands';
import { CellHeader } from './header';
import type { IHeaderActions } from './headerView';
import type { CellJob } from './job';
import { addMenus } from './menus';
import { NotebookJobs } from './notebook';
import { OpenCells } from './openCells';
import { CellSender } from './sending';

export interface IStartOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  compute: ICompute;
  tracker: INotebookTracker;
}

/** What is there once cells can be sent. */
export interface ICellCompute {
  /** Make what chooses the target of a notebook. */
  chooser(panel: NotebookPanel): Widget;
}

/** Add commands and menus, and follow the jobs of the notebooks that are open. */
export async function start(options: IStartOptions): Promise<ICellCompute> {
  const { app, compute, tracker } = options;
  const languages =
    (await app.resolveOptionalService(ITranslator)) ?? nullTranslator;
  const trans = languages.load('dsinfra_jlab');
  const choice = new TargetChoice({
    state: await app.resolveOptionalService(IStateDB),
    targets: compute.targets
  });
  const cells = new CellCompute({ ...options, trans });
  addCommands({
    api: options.api,
    cells,
    choice,
    commands: app.commands,
    palette: await app.resolveOptionalService(ICommandPalette),
    tracker,
    trans
  });
  addMenus({ app, choice, tracker, trans });
  return {
    chooser: panel =>
      new TargetChooser({ choice, commands: app.commands, panel, trans })
  };
}

/** The jobs of the cells of all notebooks that are open. */
export class CellCompute {
  constructor(options: IStartOptions & { trans: TranslationBundle }) {
    this._options = options;
    const { api, app, tracker, trans } = options;
    this.sender = new CellSender({ trans });
    this._openCells = new OpenCells({
      baseUrl: app.serviceManager.serverSettings.baseUrl
    });
    tracker.forEach(panel => this._add(panel));
    tracker.widgetAdded.connect((_, panel) => this._add(panel));
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    api.events.received.connect(this._onReceived, this);
    api.events.missed.connect(this._onMissed, this);
    api.events.connectionChanged.connect(this._onMissed, this);
  }

  readonly sender: CellSender;

  /** The jobs of a notebook. */
  of(panel: NotebookPanel): NotebookJobs | null {
    return this._notebooks.get(panel) ?? null;
  }

  private _add(panel: NotebookPanel): void {
    const { api, compute } = this._options;
    if (this._watch === null) {
      // Kept for good: jobs go on while no notebook is open.
      this._watch = api.events.watch('job');
      compute.targets.follow();
    }
    const jobs = new NotebookJobs({
      client: compute.client,
      clockOffset: () => api.client.clockOffset,
      onAdded: (cellJob, cell) => this._show(cellJob, cell),
      onLeft: jobs => this._tellLeft(jobs),
      openCells: this._openCells,
      panel
    });
    this._notebooks.set(panel, jobs);
    panel.disposed.connect(() => this._notebooks.delete(panel));
  }

  private _show(model: CellJob, cell: Cell): void {
    const { trans } = this._options;
    const header = new CellHeader({ actions: this._actions, model, trans });
    model.disposed.connect(() => header.dispose());
    model.stateChanged.connect(() => this._review(model));
    void header.attachTo(cell);
  }

  private readonly _actions: IHeaderActions = {
    open: ({ id }) => this._execute(ComputeCommandIDs.openJob, id),
    openError: job => {
      this._openError(job).catch(tellFailure);
    },
    review: ({ id }) => this._execute(ComputeCommandIDs.reviewJob, id),
    sendAgain: model => {
      const jobs = this._notebookOf(model);
      const cell = jobs?.panel.content.widgets.find(
        other => other.model.id === model.cell.id
      );
      if (jobs && cell) {
        const isLeft = model.state.kind === 'left';
        void this.sender.send(
          jobs,
          [cell],
          model.destination,
          isLeft ? jobs.openAbove(model) : null
        );
        this._forgetLeft(jobs);
      }
    },
    sendLeft: model => {
      const jobs = this._notebookOf(model);
      if (jobs) {
        void this.sender.sendLeft(jobs);
        this._forgetLeft(jobs);
      }
    },
    countLeft: model => {
      const left = this._notebookOf(model)?.left ?? [];
      return left[0] === model ? left.length : 0;
    }
  };

  private _notebookOf(model: CellJob): NotebookJobs | null {
    for (const jobs of this._notebooks.values()) {
      if (jobs.of(model.cell.id) === model) {
        return jobs;
      }
    }
    return null;
  }

  /** Say which cells were not sent when the page was closed: they may be out of sight. */
  private _tellLeft(jobs: NotebookJobs): void {
    const { trans } = this._options;
    const { left, panel } = jobs;
    const [first] = left;
    if (first === undefined) {
      return;
    }
    const text = trans._n(
      '%2: %1 cell was not sent to %3 before the notebook was closed.',
      '%2: %1 cells were not sent to %3 before the notebook was closed.',
      left.length,
      panel.title.label,
      first.target
    );
    const id = Notification.warning(text, {
      autoClose: false,
      actions: [
        {
          label: trans.__('Send the Rest'),
          displayType: 'accent',
          callback: () => void this.sender.sendLeft(jobs)
        }
      ]
    });
    this._toldLeft.set(jobs, id);
  }

  /** Take the message on cells that were not sent away, when all of them were. */
  private _forgetLeft(jobs: NotebookJobs): void {
    const id = this._toldLeft.get(jobs);
    if (id !== undefined && jobs.left.length === 0) {
      this._toldLeft.delete(jobs);
      Notification.dismiss(id);
    }
  }

  private _execute(command: string, jobId: string): void {
    void this._options.app.commands.execute(command, { jobId });
  }

  /** Ask about a job that waits for the user's word, once. */
  private _review({ isOwn, job }: CellJob): void {
    if (
      isOwn &&
      job !== null &&
      isWaiting(job) &&
      !this._reviewed.has(job.id)
    ) {
      this._reviewed.add(job.id);
      this._execute(ComputeCommandIDs.reviewJob, job.id);
    }
  }

  /** Show the error that a job failed with, which stands below its run. */
  private async _openError(job: IJob): Promise<void> {
    const { api, app } = this._options;
    const errors = new ErrorsClient({ client: api.client });
    const { items } = await errors.runErrors(job.run_id);
    const error = items.find(({ id }) => id === job.error_id) ?? items[0];
    if (error !== undefined) {
      await app.commands.execute(ErrorCommandIDs.open, {
        groupId: error.group_id,
        errorId: error.id,
        runId: job.run_id
      });
    }
  }

  private _onScheduled(
    _: unknown,
    run: { notebook: Notebook; cell: Cell }
  ): void {
    this._ofContent(run.notebook)?.beginLocal(run.cell.model.id);
  }

  private _onExecuted(
    _: unknown,
    run: { notebook: Notebook; cell: Cell }
  ): void {
    this._ofContent(run.notebook)?.endLocal(run.cell.model.id);
  }

  private _ofContent(notebook: Notebook): NotebookJobs | null {
    for (const jobs of this._notebooks.values()) {
      if (jobs.panel.content === notebook) {
        return jobs;
      }
    }
    return null;
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type === 'job') {
      this._update(event.is_complete ? event.job_ids : null);
    }
  }

  private _onMissed(): void {
    this._update(null);
  }

  private _update(ids: readonly string[] | null): void {
    for (const jobs of this._notebooks.values()) {
      void jobs.update(ids);
    }
  }

  private readonly _openCells: OpenCells;
  private readonly _notebooks = new Map<NotebookPanel, NotebookJobs>();
  private readonly _options: IStartOptions & { trans: TranslationBundle };
  private readonly _reviewed = new Set<string>();
  /** The messages on cells that were not sent. */
  private readonly _toldLeft = new WeakMap<NotebookJobs, string>();
  private _watch: ReturnType<IDsinfraApi['events']['watch']> | null = null;
}
