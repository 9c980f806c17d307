import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ErrorsClient } from '../api/errors';
import { messageOf } from '../api/failures';
import type { IErrorRecord } from '../api/types';
import { CELL_ARGUMENTS } from '../commands';
import type { IDsinfraApi } from '../tokens';
import { ErrorActionIDs } from './actionIds';
import { LINE_CLASS } from './cell/line';
import type { ICellPlace } from './cells';
import { cellOf, insertBelow, revealCell, runAbove, runCell } from './cells';
import { releaseMemory } from './kernels';
import { PROFILERS, profilingCells, versionOf } from './profiling';
import { ErrorCommandIDs } from './tokens';

/** How long messages are shown, in milliseconds. */
const MESSAGE_TIME = 6000;

/** Runs of a cell among which its last failure is looked for. */
const RUNS_LOOKED_AT = 20;

/** The outputs of a cell of code, as far as they are looked at here. */
interface ICodeCellModel {
  outputs: {
    readonly length: number;
    get(index: number): { readonly type: string };
  };
}

/** What the commands need. */
export interface IActionOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  editorServices: IEditorServices;
  palette: ICommandPalette | null;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

type Args = ReadonlyPartialJSONObject;

/** Add the commands on the cell of an error. */
export function addActions(options: IActionOptions): void {
  const { app, palette, tracker, trans } = options;
  const specs: [string, string, string, (args: Args) => Promise<void>][] = [
    [
      ErrorActionIDs.explain,
      trans.__('Explain Error of This Cell'),
      trans.__('Show what is known of the error this cell failed with'),
      args => explain(args, options)
    ],
    [
      ErrorActionIDs.goToLine,
      trans.__('Go to Line of Error'),
      trans.__('Show the line of this cell that failed'),
      args => goToError(args, options)
    ],
    [
      ErrorActionIDs.runToHere,
      trans.__('Run to Here'),
      trans.__('Run all cells above this one, then this one'),
      args => runToHere(args, options)
    ],
    [
      ErrorActionIDs.debug,
      trans.__('Inspect Last Error with %debug'),
      trans.__('Look into the frames of the last error, in a new cell'),
      args => debug(args, options)
    ],
    [
      ErrorActionIDs.startDebugger,
      trans.__('Turn On Debugger'),
      trans.__(
        'Set breakpoints or pause on exceptions, then run the cell again'
      ),
      args => startDebugger(args, options)
    ],
    [
      ErrorActionIDs.profileTime,
      trans.__('Profile Time of This Cell'),
      trans.__('Insert this cell anew, with pyinstrument'),
      args => profile('time', args, options)
    ],
    [
      ErrorActionIDs.profileMemory,
      trans.__('Profile Memory of This Cell'),
      trans.__('Insert this cell anew, with memray'),
      args => profile('memory', args, options)
    ],
    [
      ErrorActionIDs.release,
      trans.__('Release Memory of Last Error'),
      trans.__('Let the kernel go of what its last traceback holds'),
      () => release(options)
    ]
  ];
  for (const [id, label, caption, execute] of specs) {
    app.commands.addCommand(id, {
      label,
      caption,
      describedBy: CELL_ARGUMENTS,
      isEnabled: args =>
        typeof args.cell_id === 'string' || tracker.currentWidget !== null,
      // A menu does not offer to explain what did not fail.
      isVisible: args =>
        id !== ErrorActionIDs.explain ||
        typeof args.cell_id === 'string' ||
        hasFailed(tracker.activeCell),
      execute: async args => {
        try {
          await execute(args);
        } catch (error) {
          Notification.error(messageOf(error), { autoClose: MESSAGE_TIME });
        }
      }
    });
    palette?.addItem({ command: id, category: trans.__('Infrastructure') });
  }
}

/** Whether a cell has failed, as far as can be seen. */
function hasFailed(cell: INotebookTracker['activeCell']): boolean {
  // Not every error is shown as one: groups of exceptions come as plain text.
  if (cell?.node.querySelector(`.${LINE_CLASS}`)) {
    return true;
  }
  const outputs = (cell?.model as Partial<ICodeCellModel> | undefined)?.outputs;
  for (let index = 0; index < (outputs?.length ?? 0); index++) {
    if (outputs?.get(index).type === 'error') {
      return true;
    }
  }
  return false;
}

/** Return the error that the newest failed run of a cell ended with. */
async function lastErrorOf(
  place: ICellPlace,
  options: IActionOptions
): Promise<IErrorRecord | null> {
  const { client } = options.api;
  const { items } = await client.runs({
    cell_id: place.cell.model.id,
    limit: RUNS_LOOKED_AT
  });
  const path = place.panel.context.localPath;
  const failed = items.find(
    run => run.error_name !== null && run.notebook_path === path
  );
  if (!failed) {
    return null;
  }
  const errors = await new ErrorsClient({ client }).runErrors(failed.id);
  return errors.items[0] ?? null;
}

async function withError(
  args: Args,
  options: IActionOptions,
  act: (record: IErrorRecord) => Promise<unknown>
): Promise<void> {
  const { trans } = options;
  const place = await cellOf(args, options);
  if (place === null) {
    return;
  }
  const record = await lastErrorOf(place, options);
  if (record === null) {
    Notification.info(trans.__('No error of this cell is recorded.'), {
      autoClose: MESSAGE_TIME
    });
    return;
  }
  await act(record);
}

async function explain(args: Args, options: IActionOptions): Promise<void> {
  await withError(args, options, record =>
    options.app.commands.execute(ErrorCommandIDs.open, {
      groupId: record.group_id,
      errorId: record.id,
      runId: record.run_id
    })
  );
}

async function goToError(args: Args, options: IActionOptions): Promise<void> {
  const { api, app } = options;
  await withError(args, options, async record => {
    const [run, { goToLine }] = await Promise.all([
      api.client.run(record.run_id),
      import('./detail/goto')
    ]);
    await goToLine(
      { run, line: record.line, column: record.column },
      {
        ...options,
        activate: id => app.shell.activateById(id),
        commands: app.commands,
        contents: app.serviceManager.contents
      }
    );
  });
}

async function runToHere(args: Args, options: IActionOptions): Promise<void> {
  const place = await cellOf(args, options);
  if (place !== null) {
    await revealCell(place, options.app);
    if (await runAbove(place)) {
      await runCell(place);
    }
  }
}

async function debug(args: Args, options: IActionOptions): Promise<void> {
  const place = await cellOf(args, options);
  const cell = place && insertBelow(place, '%debug');
  if (place && cell) {
    const added = { ...place, cell };
    await revealCell(added, options.app);
    // Ends when the user leaves the debugger: not waited for.
    void runCell(added);
  }
}

async function startDebugger(
  args: Args,
  options: IActionOptions
): Promise<void> {
  const { app, trans } = options;
  const place = await cellOf(args, options);
  if (place === null) {
    return;
  }
  app.shell.activateById(place.panel.id);
  const button = debuggerButton(place.panel);
  if (button === null) {
    Notification.info(
      trans.__('The kernel of this notebook has no debugger.'),
      { autoClose: MESSAGE_TIME }
    );
    return;
  }
  if (button.getAttribute('aria-pressed') !== 'true') {
    // Buttons of toolbars act when the mouse is pressed, or when it is let go.
    button.dispatchEvent(
      new MouseEvent('mousedown', { bubbles: true, cancelable: true })
    );
    button.click();
  }
  const { commands } = app;
  if (commands.hasCommand(SHOW_DEBUGGER)) {
    await commands.execute(SHOW_DEBUGGER);
  }
}

const SHOW_DEBUGGER = 'debugger:show-panel';

/** The button in the toolbar of a notebook: there is no command for it. */
function debuggerButton(panel: NotebookPanel): HTMLElement | null {
  const item = panel.toolbar.node.querySelector<HTMLElement>(
    '.jp-DebuggerBugButton'
  );
  const button = item?.matches('button, jp-button')
    ? item
    : (item?.querySelector<HTMLElement>('button, jp-button') ?? null);
  return button === null || button.hasAttribute('disabled') ? null : button;
}

async function profile(
  what: keyof typeof PROFILERS,
  args: Args,
  options: IActionOptions
): Promise<void> {
  const { app, trans } = options;
  const place = await cellOf(args, options);
  if (place === null) {
    return;
  }
  const profiler = PROFILERS[what];
  const packages = await packagesOf(place, options);
  if (packages !== null && versionOf(profiler.package, packages) === null) {
    const code = `%pip install ${profiler.package}`;
    Notification.info(
      trans.__('%1 is not installed in this environment.', profiler.package),
      {
        autoClose: MESSAGE_TIME,
        actions: [
          {
            label: trans.__('Insert “%1”', code),
            callback: () => {
              const cell = insertBelow(place, code);
              if (cell) {
                void revealCell({ ...place, cell }, app);
              }
            }
          }
        ]
      }
    );
    return;
  }
  let last = place;
  const source = place.cell.model.sharedModel.getSource();
  for (const code of profilingCells(profiler, source)) {
    const cell = insertBelow(last, code);
    last = cell ? { ...place, cell } : last;
  }
  await revealCell(last, app);
}

/** Return the packages that a cell was last run with; null if that is not known. */
async function packagesOf(
  place: ICellPlace,
  options: IActionOptions
): Promise<Record<string, string> | null> {
  const { client } = options.api;
  try {
    const { items } = await client.runs({
      cell_id: place.cell.model.id,
      limit: 1
    });
    const [run] = items;
    return run ? (await client.environment(run.id)).packages : null;
  } catch {
    // Without the recorder the profiler itself will say whether it is there.
    return null;
  }
}

async function release(options: IActionOptions): Promise<void> {
  const { app, tracker, trans } = options;
  const kernel =
    tracker.currentWidget?.context.sessionContext.session?.kernel ?? null;
  const outcome =
    kernel === null
      ? 'gone'
      : await releaseMemory(kernel.id, app.serviceManager.kernels);
  const texts = {
    released: trans.__('What the last traceback held is released.'),
    gone: trans.__('There is no kernel that holds anything.'),
    failed: trans.__('The kernel could not release it.')
  };
  Notification.info(texts[outcome], { autoClose: MESSAGE_TIME });
}
