import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import {
  addBelowIcon,
  copyIcon,
  jumpForwardIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { CommandIDs, NO_ARGUMENTS, RUN_ID_ARGUMENTS } from '../../commands';
import { onCode, toggleExclusion } from './codeActions';
import type { ICommandOptions } from './notebook';

/** Add the commands that tie runs to the notebooks they were run in. */
export async function addCommands(options: ICommandOptions): Promise<void> {
  const { app, trans } = options;
  addCodeCommands(options);
  addRecordingCommand(options);
  const palette = await app.resolveOptionalService(ICommandPalette);
  for (const command of [
    CommandIDs.goToCell,
    CommandIDs.copyCode,
    CommandIDs.insertCode,
    CommandIDs.toggleNotebookRecording
  ]) {
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
}

/** Add the commands on the cell and the code of a run. */
function addCodeCommands(options: ICommandOptions): void {
  const { app, tracker, trans } = options;
  const { commands } = app;
  const hasRun = (args: ReadonlyPartialJSONObject): boolean =>
    runIdOf(args, app) !== null;
  const withRun =
    (command: string) =>
    async (args: ReadonlyPartialJSONObject): Promise<void> => {
      const id = runIdOf(args, app);
      if (id !== null) {
        await onCode(command, id, options);
      }
    };
  commands.addCommand(CommandIDs.goToCell, {
    label: trans.__('Go to Cell'),
    caption: trans.__('Show the cell of this run in its notebook'),
    describedBy: RUN_ID_ARGUMENTS,
    icon: jumpForwardIcon,
    isEnabled: hasRun,
    execute: withRun(CommandIDs.goToCell)
  });
  commands.addCommand(CommandIDs.copyCode, {
    label: trans.__('Copy Code'),
    caption: trans.__('Copy the code of this run'),
    describedBy: RUN_ID_ARGUMENTS,
    icon: copyIcon,
    isEnabled: hasRun,
    execute: withRun(CommandIDs.copyCode)
  });
  commands.addCommand(CommandIDs.insertCode, {
    label: trans.__('Insert Code Below'),
    caption: trans.__(
      'Insert the code of this run below the active cell of the current notebook'
    ),
    describedBy: RUN_ID_ARGUMENTS,
    icon: addBelowIcon,
    isEnabled: args => hasRun(args) && tracker.currentWidget !== null,
    execute: withRun(CommandIDs.insertCode)
  });
}

/** Add the command that takes the current notebook out of recording, or back in. */
function addRecordingCommand(options: ICommandOptions): void {
  const { app, recording, tracker, trans } = options;
  const path = (): string | null =>
    tracker.currentWidget?.context.localPath ?? null;
  app.commands.addCommand(CommandIDs.toggleNotebookRecording, {
    label: trans.__('Record Runs of This Notebook'),
    caption: trans.__('Whether the runs of the current notebook are recorded'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () =>
      path() !== null && (recording?.current?.is_recording ?? false),
    isToggleable: true,
    isToggled: () =>
      !(recording?.current?.excluded_notebooks ?? []).includes(path() ?? ''),
    execute: async () => {
      const current = path();
      if (current === null || !recording?.current) {
        return;
      }
      await toggleExclusion(current, recording, trans);
    }
  });
  recording?.changed.connect(() => {
    app.commands.notifyCommandChanged(CommandIDs.toggleNotebookRecording);
  }, app);
}

/** Return the run that a command is about: the one named, else the one in front. */
function runIdOf(
  args: ReadonlyPartialJSONObject,
  app: JupyterFrontEnd
): string | null {
  const named = args['run_id'];
  if (typeof named === 'string' && named !== '') {
    return named;
  }
  const front =
    app.shell.currentWidget?.node.querySelector<HTMLElement>('[data-run-id]');
  return front?.dataset['runId'] ?? null;
}
