import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import {
  CommandToolbarButton,
  addIcon,
  copyIcon,
  deleteIcon,
  editIcon,
  jumpForwardIcon,
  launchIcon,
  pasteIcon,
  refreshIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { NO_ARGUMENTS } from '../commands';
import { cellOf, insertBelow, revealCell } from '../errors/cells';
import type { IComputeClient } from '../tokens';
import type { LazySection } from '../ui/lazyPanel';
import { tellFailure } from '../ui/messages';
import type { ComputeActions } from './actions';
import { isDashboardSafe, reachable } from './dashboard';
import type { ComputeModel } from './model';
import type { TargetBook } from './targets';
import { ComputeCommandIDs as IDs } from './tokens';

/** How long messages are shown, in milliseconds. */
const MESSAGE_TIME = 2000;

const TARGET = {
  args: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', description: 'The name of the target.' }
    }
  }
} as const;

const JOB = {
  args: {
    type: 'object',
    properties: {
      jobId: {
        type: 'string',
        description: 'The id of the job. Default: that selected in the sidebar.'
      }
    }
  }
} as const;

const GROUP = {
  args: {
    type: 'object',
    properties: {
      groupId: {
        type: 'string',
        description:
          'The id of the group. Default: that selected in the sidebar.'
      }
    }
  }
} as const;

export interface ICommandOptions {
  actions: ComputeActions;
  app: JupyterFrontEnd;
  client: IComputeClient;
  model: ComputeModel;
  notebooks: INotebookTracker | null;
  palette: ICommandPalette | null;
  section: LazySection;
  show: () => void;
  targets: TargetBook;
  trans: TranslationBundle;
}

/** Add the commands of the section: on the section, on a target, on a job. */
export function addCommands(options: ICommandOptions): void {
  const { actions, app, palette, section, show, trans } = options;
  const { commands } = app;
  commands.addCommand(IDs.show, {
    label: trans.__('Show Compute'),
    caption: trans.__('Targets that cells can be sent to, and what runs there'),
    describedBy: NO_ARGUMENTS,
    execute: show
  });
  commands.addCommand(IDs.addTarget, {
    label: trans.__('Add Target…'),
    caption: trans.__('Add a place that cells can be sent to'),
    icon: addIcon,
    describedBy: NO_ARGUMENTS,
    execute: () => actions.editTarget(null)
  });
  for (const command of [IDs.show, IDs.addTarget]) {
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
  section.toolbar.addItem(
    'add-target',
    new CommandToolbarButton({ commands, id: IDs.addTarget, label: '' })
  );
  addTargetCommands(options);
  addJobCommands(options);
  addGroupCommands(options);
}

type Spec = readonly [
  id: string,
  label: string,
  icon: LabIcon | undefined,
  execute: (key: string) => Promise<unknown>
];

function addTargetCommands(options: ICommandOptions): void {
  const { actions, app, trans } = options;
  const specs: Spec[] = [
    [IDs.startTarget, trans.__('Start'), runIcon, n => actions.startTarget(n)],
    [IDs.stopTarget, trans.__('Stop'), stopIcon, n => actions.stopTarget(n)],
    [IDs.testTarget, trans.__('Test'), undefined, n => actions.testTarget(n)],
    [IDs.editTarget, trans.__('Edit…'), editIcon, n => actions.editTarget(n)],
    [
      IDs.removeTarget,
      trans.__('Remove…'),
      deleteIcon,
      name => actions.removeTarget(name)
    ],
    [
      IDs.insertTargetCode,
      trans.__('Insert Code to Connect'),
      pasteIcon,
      name => insertCode(name, options)
    ],
    [
      IDs.copyTargetCode,
      trans.__('Copy Code to Connect'),
      copyIcon,
      async name => {
        Clipboard.copyToSystem(await codeOf(name, options));
        Notification.success(trans.__('Copied.'), { autoClose: MESSAGE_TIME });
      }
    ],
    [
      IDs.openTargetDashboard,
      trans.__('Open Dashboard'),
      launchIcon,
      name => openDashboard(name, options)
    ]
  ];
  for (const [id, label, icon, execute] of specs) {
    app.commands.addCommand(id, {
      label,
      icon,
      describedBy: TARGET,
      isEnabled: args =>
        typeof args.name === 'string' &&
        (id !== IDs.insertTargetCode ||
          (options.notebooks?.currentWidget ?? null) !== null),
      execute: async args => {
        if (typeof args.name === 'string') {
          await told(execute(args.name));
        }
      }
    });
  }
}

function addJobCommands(options: ICommandOptions): void {
  const { actions, app, model, trans } = options;
  const idOf = (args: ReadonlyPartialJSONObject): string | null =>
    typeof args.jobId === 'string' ? args.jobId : model.selectedJobId;
  const specs: Spec[] = [
    [IDs.cancelJob, trans.__('Cancel'), stopIcon, id => actions.cancelJob(id)],
    [
      IDs.retryJob,
      trans.__('Run Again'),
      refreshIcon,
      async id => {
        const job = await actions.retryJob(id);
        if (job !== null) {
          model.selectedId = job.id;
        }
        return job?.id ?? null;
      }
    ],
    [
      IDs.reviewJob,
      trans.__('Review Before Sending…'),
      undefined,
      id => actions.reviewJob(id)
    ],
    [
      IDs.goToJobCell,
      trans.__('Go to Cell'),
      jumpForwardIcon,
      id => goToCell(id, options)
    ],
    [
      IDs.forgetJob,
      trans.__('Remove from List'),
      deleteIcon,
      id => actions.forgetJob(id)
    ]
  ];
  for (const [command, label, icon, execute] of specs) {
    app.commands.addCommand(command, {
      label,
      icon,
      describedBy: JOB,
      isEnabled: args => idOf(args) !== null,
      execute: async args => {
        const id = idOf(args);
        return id === null ? null : told(execute(id));
      }
    });
  }
}

function addGroupCommands(options: ICommandOptions): void {
  const { actions, app, model, trans } = options;
  const idOf = (args: ReadonlyPartialJSONObject): string | null =>
    typeof args.groupId === 'string' ? args.groupId : model.selectedGroupId;
  const specs: Spec[] = [
    [
      IDs.cancelGroup,
      trans.__('Cancel All'),
      stopIcon,
      id => actions.cancelGroup(id)
    ],
    [
      IDs.retryGroup,
      trans.__('Run Failed Ones Again'),
      refreshIcon,
      id => actions.retryGroup(id)
    ]
  ];
  for (const [command, label, icon, execute] of specs) {
    app.commands.addCommand(command, {
      label,
      icon,
      describedBy: GROUP,
      isEnabled: args => idOf(args) !== null,
      execute: async args => {
        const id = idOf(args);
        return id === null ? null : told(execute(id));
      }
    });
  }
}

async function codeOf(name: string, options: ICommandOptions): Promise<string> {
  const { client, trans } = options;
  const code = (await client.target(name)).client_code;
  if (code === null) {
    throw new Error(trans.__('There is no code that connects to %1.', name));
  }
  return code;
}

async function insertCode(
  name: string,
  options: ICommandOptions
): Promise<void> {
  const { app, notebooks: tracker, trans } = options;
  const code = await codeOf(name, options);
  if (tracker === null) {
    return;
  }
  const place = await cellOf({}, { app, tracker, trans });
  const cell = place === null ? null : insertBelow(place, code);
  if (place !== null && cell !== null) {
    await revealCell({ ...place, cell }, app);
  }
}

/** Show the engine's page in a tab of the browser, which keeps it apart from this one. */
async function openDashboard(
  name: string,
  options: ICommandOptions
): Promise<void> {
  const { app, client, trans } = options;
  const url = (await client.target(name)).dashboard_url;
  if (url === null || !isDashboardSafe(url)) {
    throw new Error(trans.__('%1 has no dashboard now.', name));
  }
  const { baseUrl } = app.serviceManager.serverSettings;
  const address = await reachable(url, baseUrl);
  if (address === null) {
    throw new Error(
      trans.__(
        'The dashboard of %1 is at %2 on the server’s machine, and only there. Install jupyter-server-proxy beside the server, or forward the port.',
        name,
        url
      )
    );
  }
  window.open(address, '_blank', 'noopener,noreferrer');
}

async function goToCell(id: string, options: ICommandOptions): Promise<void> {
  const { app, client, notebooks: tracker, trans } = options;
  const { cell_id, notebook_path } = await client.job(id);
  if (tracker === null || notebook_path === null) {
    return;
  }
  const place = await cellOf(
    { cell_id: cell_id ?? '', notebook_path },
    { app, tracker, trans }
  );
  if (place !== null) {
    await revealCell(place, app);
  }
}

/** Do something; a failure is told to the user. */
async function told(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    tellFailure(error);
    return null;
  }
}
