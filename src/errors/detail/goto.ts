import { Dialog, Notification } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { PageConfig } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Panel } from '@lumino/widgets';

import type { IFrame, IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import { findCell, showCell } from '../../experiments/run/cells';
import { createCodeView } from '../../experiments/run/code';
import { openNotebook } from '../../experiments/run/goto';
import { lineNow, markLine, showLine } from '../line';

/** How long a message is shown, in milliseconds. */
const MESSAGE_TIME = 6000;

/** What is needed to show the code of an error where it stands. */
export interface IPlaceOptions {
  activate: (id: string) => void;
  commands: CommandRegistry;
  contents: Contents.IManager;
  editorServices: IEditorServices;
  /** Null where there are no notebooks. */
  tracker: INotebookTracker | null;
  trans: TranslationBundle;
}

/** A place in the code that a run ran. */
export interface IPlace {
  run: IRun;
  /** From 1; null if it is not known. */
  line: number | null;
  /** From 0. */
  column: number | null;
}

/**
 * Show a line of the cell that was run. Where the cell was edited since, show what
 * became of the line; where there is no telling, the version that ran.
 */
export async function goToLine(
  place: IPlace,
  options: IPlaceOptions
): Promise<void> {
  const { line, run } = place;
  const { activate, tracker, trans } = options;
  if (tracker === null) {
    await options.commands.execute(CommandIDs.openRun, { id: run.id });
    return;
  }
  const panel = await openNotebook({ ...options, run, tracker });
  if (panel === null) {
    return;
  }
  activate(panel.id);
  await panel.context.ready;
  await panel.revealed;
  const found = findCell(panel.content, run.cell_id, run.code);
  if (found === null) {
    await showVersion(
      place,
      trans.__('This version of the cell no longer exists'),
      options
    );
    return;
  }
  const { cell } = found;
  await showCell(panel.content, cell);
  await cell.ready;
  if (line === null || cell.editor === null) {
    return;
  }
  const now = cell.model.sharedModel.getSource();
  const target = now === run.code ? line : lineNow(run.code, now, line);
  if (target !== null) {
    showLine(cell.editor, target, target === line ? (place.column ?? 0) : 0);
  }
  if (now !== run.code && run.code !== '') {
    const text =
      target === null
        ? trans.__('The cell was edited since: line %1 is gone.', line)
        : trans.__(
            'The cell was edited since; line %1 is now line %2.',
            line,
            target
          );
    Notification.info(text, {
      autoClose: MESSAGE_TIME,
      actions: [
        {
          label: trans.__('Show the version that ran'),
          callback: () =>
            void showVersion(place, trans.__('The cell as it ran'), options)
        }
      ]
    });
  }
}

/** Show the code that a run ran, with the line marked. */
export async function showVersion(
  place: IPlace,
  title: string,
  options: IPlaceOptions
): Promise<void> {
  const { line, run } = place;
  const { commands, editorServices, trans } = options;
  const code = createCodeView({
    code: run.code,
    label: trans.__('Code of the run'),
    language: run.language,
    services: editorServices
  });
  const body = new Panel();
  body.addClass('jp-DsinfraVersion');
  body.addWidget(code);
  const copy = Dialog.createButton({
    label: trans.__('Copy code'),
    actions: ['copy']
  });
  const dialog = new Dialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      copy,
      Dialog.okButton({ label: trans.__('Open the run') })
    ]
  });
  const outcome = dialog.launch();
  if (line !== null) {
    // The editor lays out its lines once it is in the page.
    requestAnimationFrame(() => {
      if (!code.isDisposed) {
        code.editor.revealPosition({ line: line - 1, column: 0 });
        requestAnimationFrame(() => markLine(code.editor, line));
      }
    });
  }
  const { button } = await outcome;
  if (button.actions.includes('copy')) {
    await commands.execute(CommandIDs.copyCode, { run_id: run.id });
  } else if (button.accept) {
    await commands.execute(CommandIDs.openRun, { id: run.id });
  }
}

/** Open the file of a frame at its line; says so where it cannot be opened. */
export async function openFile(
  frame: IFrame,
  options: IPlaceOptions
): Promise<void> {
  const { commands, contents, trans } = options;
  const path = contentsPath(frame.file);
  try {
    if (path === null) {
      throw new Error(trans.__('It is not below the folder of this server.'));
    }
    await contents.get(path, { content: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    Notification.info(
      trans.__('“%1” cannot be opened. %2', frame.file, reason),
      { autoClose: MESSAGE_TIME }
    );
    return;
  }
  await commands.execute('docmanager:open', { path });
  if (frame.line !== null && commands.hasCommand('fileeditor:go-to-line')) {
    await commands.execute('fileeditor:go-to-line', {
      line: frame.line,
      column: (frame.column ?? 0) + 1
    });
  }
}

/** Return the contents path of a file of the server's machine; null if it has none. */
export function contentsPath(
  file: string,
  root = PageConfig.getOption('serverRoot')
): string | null {
  const name = file.replace(/\\/g, '/');
  if (!/^([A-Za-z]:)?\//.test(name)) {
    return name.startsWith('<') ? null : name;
  }
  const top = root.replace(/\\/g, '/').replace(/\/+$/, '');
  // Jupyter says `~` for the home folder, which only the server knows.
  const start = top.startsWith('~')
    ? (name.match(HOME)?.[0] ?? '') + top.slice(1)
    : top;
  return root !== '' && start !== '' && name.startsWith(`${start}/`)
    ? name.slice(start.length + 1)
    : null;
}

/** What home folders look like. */
const HOME = /^(\/root|\/(home|Users)\/[^/]+|[A-Za-z]:\/Users\/[^/]+)(?=\/)/;
