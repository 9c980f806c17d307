import '../../../style/ui.css';
import '../../../style/error-detail.css';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { bugIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';

import { ErrorsClient } from '../../api/errors';
import type { IErrorRecord, IFrame } from '../../api/types';
import { CommandIDs } from '../../commands';
import type { IDsinfraApi } from '../../tokens';
import { FAILURE_TIME, tellFailure } from '../../ui/messages';
import type { Tabs } from '../../ui/tabs';
import { cellOf, insertBelow, revealCell, runAbove, runCell } from '../cells';
import { releaseMemory } from '../kernels';
import type { IOpenErrorArguments } from '../tokens';
import { ErrorCommandIDs } from '../tokens';
import type { IErrorActions } from './actions';
import type { AdviceAction } from './advice';
import type { IPlaceOptions } from './goto';
import { goToLine, openFile } from './goto';
import { ErrorModel } from './model';
import { addButtons } from './toolbar';
import { ErrorWidget } from './widget';

/** How long messages are shown, in milliseconds. */
const MESSAGE_TIME = 2000;

/** What the view of a group is made with. */
export interface IErrorViewOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  editorServices: IEditorServices;
  errorId?: string | undefined;
  groupId: string;
  rendermime: IRenderMimeRegistry;
  runId?: string | undefined;
  /** Null where there are no notebooks. */
  tracker: INotebookTracker | null;
  translator: ITranslator;
}

/** Show a group, in the tab it has if it has one. */
export async function openError(
  args: ReadonlyPartialJSONObject,
  tabs: Tabs<MainAreaWidget<ErrorWidget>>,
  options: Omit<IErrorViewOptions, 'groupId' | 'errorId' | 'runId'>
): Promise<void> {
  const { groupId, errorId, runId } = args as Partial<IOpenErrorArguments>;
  if (!groupId) {
    return;
  }
  let isNew = false;
  const tab = await tabs.open(
    widget => widget.content.model.groupId === groupId,
    () => {
      isNew = true;
      return createErrorView({ ...options, errorId, groupId, runId });
    }
  );
  if (!isNew && (errorId || runId)) {
    await tab.content.model.show(errorId, runId);
  }
}

/** Return the view of a group with its toolbar, ready to be added to the shell. */
export function createErrorView(
  options: IErrorViewOptions
): MainAreaWidget<ErrorWidget> {
  const { api, groupId, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const errors = new ErrorsClient({ client: api.client });
  const model = new ErrorModel({
    errorId: options.errorId,
    errors,
    events: api.events,
    groupId,
    runId: options.runId,
    runs: api.client
  });
  const actions = actionsOf(options, trans);
  const content = new ErrorWidget({
    actions,
    locale: translator.languageCode,
    model,
    trans
  });
  content.id = `dsinfra-jlab-error-content-${groupId}`;
  content.title.label = trans.__('Error');
  content.title.icon = bugIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = `dsinfra-jlab-error-${groupId}`;
  widget.addClass('jp-DsinfraErrorPanel');
  addButtons({
    commands: options.app.commands,
    client: api.client,
    errors,
    goToLine: record => actions.showCell(record),
    hasNotebooks: options.tracker !== null,
    model,
    toolbar: widget.toolbar,
    trans
  });
  return widget;
}

/** Return what the view asks to be done; what goes wrong is told to the user. */
function actionsOf(
  options: IErrorViewOptions,
  trans: TranslationBundle
): IErrorActions {
  const { app, rendermime } = options;
  const { commands } = app;
  const start = (work: Promise<unknown>): void => {
    work.catch(tellFailure);
  };
  return {
    advice: (action, record) => start(follow(action, record, options, trans)),
    compare: runIds =>
      start(commands.execute(CommandIDs.compareRuns, { run_ids: [...runIds] })),
    copy: text => {
      Clipboard.copyToSystem(text);
      Notification.success(trans.__('Copied.'), { autoClose: MESSAGE_TIME });
    },
    openFrame: (frame, record) =>
      start(openFrame(frame, record, options, trans)),
    openGroup: groupId =>
      start(commands.execute(ErrorCommandIDs.open, { groupId })),
    openNotebook: path => start(commands.execute('docmanager:open', { path })),
    openRun: id => start(commands.execute(CommandIDs.openRun, { id })),
    release: record =>
      releaseMemory(record.kernel_id, app.serviceManager.kernels),
    renderMarkdown: (text, host) => renderMarkdown(text, host, rendermime),
    showCell: record =>
      start(showLine(record.run_id, record.line, record.column, options, trans))
  };
}

/** Show where a frame is: in its cell, or in its file. */
async function openFrame(
  frame: IFrame,
  record: IErrorRecord,
  options: IErrorViewOptions,
  trans: TranslationBundle
): Promise<void> {
  const runId =
    frame.run_id ?? (frame.cell_id === record.cell_id ? record.run_id : null);
  if (frame.kind === 'cell' && runId !== null) {
    await showLine(runId, frame.line, frame.column, options, trans);
  } else if (frame.kind === 'cell') {
    Notification.info(
      trans.__('Which cell this call was in is not known any more.'),
      { autoClose: FAILURE_TIME }
    );
  } else {
    await openFile(frame, placeOptions(options, trans));
  }
}

async function showLine(
  runId: string,
  line: number | null,
  column: number | null,
  options: IErrorViewOptions,
  trans: TranslationBundle
): Promise<void> {
  const run = await options.api.client.run(runId);
  await goToLine({ run, line, column }, placeOptions(options, trans));
}

function placeOptions(
  options: IErrorViewOptions,
  trans: TranslationBundle
): IPlaceOptions {
  const { app, editorServices, tracker } = options;
  return {
    activate: id => app.shell.activateById(id),
    commands: app.commands,
    contents: app.serviceManager.contents,
    editorServices,
    tracker,
    trans
  };
}

/** Do what a piece of advice says. */
async function follow(
  action: AdviceAction,
  record: IErrorRecord,
  options: IErrorViewOptions,
  trans: TranslationBundle
): Promise<void> {
  const { app, tracker } = options;
  if (tracker === null) {
    return;
  }
  const isOther = action.kind === 'run_cell' || action.kind === 'show_cell';
  const place = await cellOf(
    {
      notebook_path: record.notebook_path ?? '',
      cell_id: isOther ? action.cellId : (record.cell_id ?? '')
    },
    { app, tracker, trans }
  );
  if (place === null) {
    return;
  }
  await revealCell(place, app);
  switch (action.kind) {
    case 'run_cell':
      await runCell(place);
      break;
    case 'run_above':
      await runAbove(place);
      break;
    case 'insert_code': {
      const cell = insertBelow(place, action.code);
      if (cell) {
        await revealCell({ ...place, cell }, app);
      }
      break;
    }
    case 'restart':
      await app.commands.execute(RESTART);
      break;
    case 'show_cell':
      break;
  }
}

/** JupyterLab's command, which asks before it does anything. */
const RESTART = 'notebook:restart-kernel';

/** Render Markdown as JupyterLab does, which takes out what could run. */
function renderMarkdown(
  text: string,
  host: HTMLElement,
  rendermime: IRenderMimeRegistry
): () => void {
  const mimeType = 'text/markdown';
  const renderer = rendermime.createRenderer(mimeType);
  const model = rendermime.createModel({
    data: { [mimeType]: text },
    trusted: false
  });
  void renderer.renderModel(model).then(() => {
    if (!renderer.isDisposed && host.isConnected) {
      Widget.attach(renderer, host);
    }
  });
  return () => {
    if (renderer.isAttached) {
      Widget.detach(renderer);
    }
    renderer.dispose();
  };
}
