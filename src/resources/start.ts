import '../../style/resources-status.css';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { ITranslator } from '@jupyterlab/translation';
import { CommandToolbarButton } from '@jupyterlab/ui-components';

import { ResourcesClient } from '../api/resources';
import type { IDsinfraApi, IInfrastructureSidebar } from '../tokens';
import type { LazySection } from '../ui/lazyPanel';
import { tellFailure } from '../ui/messages';
import { AlertBook } from './alerts';
import type { IAlertActions } from './alertsView';
import { followCurrent } from './currentKernel';
import { SampleFeed } from './feed';
import { KernelActions } from './kernelActions';
import { ResourcesModel } from './model';
import { Notifier } from './notifier';
import { addCommands } from './panelCommands';
import { StatusItem } from './statusItem';
import { StatusModel } from './statusModel';
import { ResourceCommandIDs } from './tokens';
import type { ResourcesWidget } from './widget';

/** Whose settings say whether the item is shown. */
const PLUGIN_ID = 'dsinfra-jlab:resources';

/** Where the item stands among its neighbours: right of the kernel's own. */
const STATUS_RANK = 4;

export interface IStartOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  section: LazySection;
  sidebar: IInfrastructureSidebar;
  translator: ITranslator;
}

/** What is there once the application is. */
export interface IResources {
  /** Make the content of the section. */
  makeWidget(): Promise<ResourcesWidget>;
}

/** Add commands, alerts and the item of the status bar; nothing is read yet. */
export async function start(options: IStartOptions): Promise<IResources> {
  const { api, app, section, sidebar, translator } = options;
  const { kernels, sessions } = app.serviceManager;
  const trans = translator.load('dsinfra_jlab');
  const client = new ResourcesClient({ client: api.client });
  const feed = new SampleFeed({ api, client });
  const alerts = new AlertBook({ api, client });
  const model = new ResourcesModel({ api, alerts, client, feed });
  const actions = new KernelActions({
    app,
    dialogs: await app.resolveOptionalService(ISessionContextDialogs),
    kernels,
    sessions,
    translator
  });
  const alertActions = alertActionsOf(alerts, actions);
  const show = (): void => sidebar.reveal(section);
  addCommands({
    app,
    actions,
    model,
    palette: await app.resolveOptionalService(ICommandPalette),
    show,
    trans
  });
  new Notifier({
    alerts,
    actions: alertActions,
    clock: () => Date.now() + api.client.clockOffset,
    show,
    trans
  });
  await addStatusItem(options, feed, show);
  addDashboardButton(options);
  return {
    makeWidget: async () => {
      const { createContent } = await import('./content');
      return createContent({
        alertActions,
        commands: app.commands,
        model,
        translator
      });
    }
  };
}

function alertActionsOf(
  alerts: AlertBook,
  kernels: KernelActions
): IAlertActions {
  const told = (asked: Promise<void>): void => {
    asked.catch(tellFailure);
  };
  return {
    interrupt: ({ kernel_id: id }) => {
      if (id !== null) {
        void kernels.interrupt(id);
      }
    },
    snooze: ({ id }) => told(alerts.snooze(id)),
    wake: ({ id }) => told(alerts.wake(id)),
    mute: ({ id }) => told(alerts.mute(id)),
    details: ({ id }, signal) => alerts.details(id, signal)
  };
}

/** Show the kernel of the current notebook in the status bar, if the user wants it. */
async function addStatusItem(
  options: IStartOptions,
  feed: SampleFeed,
  show: () => void
): Promise<void> {
  const { app, translator } = options;
  const [statusBar, tracker, registry] = await Promise.all([
    app.resolveOptionalService(IStatusBar),
    app.resolveOptionalService(INotebookTracker),
    app.resolveOptionalService(ISettingRegistry)
  ]);
  if (statusBar === null || tracker === null) {
    return;
  }
  const model = new StatusModel({ feed, current: followCurrent(tracker) });
  statusBar.registerStatusItem(PLUGIN_ID, {
    item: new StatusItem({
      model,
      trans: translator.load('dsinfra_jlab'),
      onClick: show
    }),
    align: 'left',
    rank: STATUS_RANK,
    isActive: () => model.isShown,
    activeStateChanged: model.stateChanged
  });
  const settings = await registry?.load(PLUGIN_ID);
  const update = (): void => {
    model.isWanted = settings?.composite['showStatusItem'] !== false;
  };
  settings?.changed.connect(update);
  update();
}

/** Lead from the section to the charts, where these are not disabled. */
function addDashboardButton(options: IStartOptions): void {
  const { app, section } = options;
  const { commands } = app;
  const id = ResourceCommandIDs.openDashboard;
  if (commands.hasCommand(id)) {
    section.toolbar.addItem(
      'dashboard',
      new CommandToolbarButton({ commands, id, label: '' })
    );
  }
}
