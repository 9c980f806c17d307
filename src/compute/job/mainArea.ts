import '../../../style/run.css';
import '../../../style/compute.css';
import '../../../style/ui.css';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { IThemeManager, MainAreaWidget } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import {
  ToolbarButton,
  historyIcon,
  jumpForwardIcon,
  refreshIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ErrorsClient } from '../../api/errors';
import { ResourcesClient } from '../../api/resources';
import type { IJob } from '../../api/types';
import { CommandIDs } from '../../commands';
import { ErrorCommandIDs } from '../../errors/tokens';
import type { IDsinfraApi } from '../../tokens';
import { tellFailure } from '../../ui/messages';
import type { Tabs } from '../../ui/tabs';
import type { ICompute } from '../start';
import { isOpen } from '../states';
import { ComputeCommandIDs } from '../tokens';
import { JobModel } from './model';
import type { IJobActions } from './view';
import { JobWidget } from './widget';

/** What the command that opens a job takes. */
export const OPEN_JOB_ARGUMENTS = {
  args: {
    type: 'object',
    required: ['jobId'],
    properties: {
      jobId: { type: 'string', description: 'The id of the job.' }
    }
  }
} as const;

/** What the view of a job is made with. */
export interface IJobViewOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  compute: ICompute;
  translator: ITranslator;
}

/** Show a job, in the tab it has if it has one. */
export async function openJob(
  args: ReadonlyPartialJSONObject,
  tabs: Tabs<MainAreaWidget<JobWidget>>,
  options: IJobViewOptions
): Promise<void> {
  const { jobId } = args;
  if (typeof jobId !== 'string' || jobId === '') {
    return;
  }
  const { app } = options;
  const [rendermime, themes] = await Promise.all([
    app.resolveRequiredService(IRenderMimeRegistry),
    app.resolveOptionalService(IThemeManager)
  ]);
  await tabs.open(
    tab => tab.content.model.jobId === jobId,
    () => createJobView(jobId, rendermime, themes, options)
  );
}

/** Return the view of a job with its toolbar, ready to be added to the shell. */
export function createJobView(
  jobId: string,
  rendermime: IRenderMimeRegistry,
  themes: IThemeManager | null,
  options: IJobViewOptions
): MainAreaWidget<JobWidget> {
  const { api, compute, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const model = new JobModel({ api, client: compute.client, jobId });
  const content = new JobWidget({
    actions: actionsOf(model, options),
    model,
    rendermime,
    resources: new ResourcesClient({ client: api.client }),
    themes,
    translator
  });
  content.title.label = trans.__('Job');
  content.title.icon = runIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = `dsinfra-jlab-job-${jobId}`;
  widget.addClass('jp-DsinfraRunPanel');
  addButtons(widget, model, options.app, trans);
  return widget;
}

/** Return what the view asks to be done; what goes wrong is told to the user. */
function actionsOf(model: JobModel, options: IJobViewOptions): IJobActions {
  const { api, app, compute } = options;
  const { commands } = app;
  const start = (work: Promise<unknown>): void => {
    work.catch(tellFailure);
  };
  return {
    review: () =>
      start(compute.actions.reviewJob(model.jobId).then(() => model.refresh())),
    land: request => start(model.land(request)),
    openError: () => start(openError(model, api, app)),
    openJob: jobId =>
      start(commands.execute(ComputeCommandIDs.openJob, { jobId })),
    openNotebook: () =>
      start(
        commands.execute('docmanager:open', { path: model.job?.notebook_path })
      )
  };
}

/** Show the error that a job failed with, which stands below its run. */
async function openError(
  model: JobModel,
  api: IDsinfraApi,
  app: JupyterFrontEnd
): Promise<void> {
  const { job } = model;
  if (job === null) {
    return;
  }
  const client = new ErrorsClient({ client: api.client });
  const { items } = await client.runErrors(job.run_id);
  const error = items.find(({ id }) => id === job.error_id) ?? items[0];
  if (error !== undefined) {
    await app.commands.execute(ErrorCommandIDs.open, {
      groupId: error.group_id,
      errorId: error.id,
      runId: job.run_id
    });
  }
}

/** Put into the toolbar what can be done with a job, each where it can be done. */
function addButtons(
  widget: MainAreaWidget<JobWidget>,
  model: JobModel,
  app: JupyterFrontEnd,
  trans: TranslationBundle
): void {
  const { commands } = app;
  const add = (
    name: string,
    command: string,
    canDo: (job: IJob) => boolean,
    props: ToolbarButton['props'] & object
  ): void => {
    const button = new ToolbarButton({ ...props, enabled: false });
    widget.toolbar.addItem(name, button);
    model.stateChanged.connect(() => {
      const { job } = model;
      button.enabled =
        job !== null && canDo(job) && commands.hasCommand(command);
    }, button);
  };
  const execute = (command: string) => () => {
    void commands.execute(command, { jobId: model.jobId });
  };
  add(
    'cancel',
    ComputeCommandIDs.cancelJob,
    job => isOpen(job) && job.cancel_asked_at === null,
    {
      icon: stopIcon,
      label: trans.__('Cancel'),
      tooltip: trans.__('Interrupt the code, and end it if that does not'),
      onClick: () => {
        model.cancel().catch(tellFailure);
      }
    }
  );
  add('retry', ComputeCommandIDs.retryJob, job => !isOpen(job), {
    icon: refreshIcon,
    label: trans.__('Run again'),
    tooltip: trans.__('Send the same again, as a new job'),
    onClick: () => void retry(model, app)
  });
  add(
    'go-to-cell',
    ComputeCommandIDs.goToJobCell,
    job => job.cell_id !== null && job.notebook_path !== null,
    {
      icon: jumpForwardIcon,
      label: trans.__('Go to cell'),
      tooltip: trans.__('Show the cell of this job in its notebook'),
      onClick: execute(ComputeCommandIDs.goToJobCell)
    }
  );
  add('open-run', CommandIDs.openRun, job => job.started_at !== null, {
    icon: historyIcon,
    label: trans.__('Open run'),
    tooltip: trans.__('Show what was recorded of this job'),
    onClick: () => {
      const id = model.job?.run_id;
      void commands.execute(CommandIDs.openRun, { id });
    }
  });
}

/** Send the job again, and show the new one. */
async function retry(model: JobModel, app: JupyterFrontEnd): Promise<void> {
  const { commands } = app;
  const { jobId } = model;
  const made: unknown = await commands.execute(ComputeCommandIDs.retryJob, {
    jobId
  });
  if (typeof made === 'string') {
    await commands.execute(ComputeCommandIDs.openJob, { jobId: made });
  }
}
