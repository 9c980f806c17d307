import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import type { IRecordingSettings } from '../../tokens';
import { FAILURE_TIME, tellFailure } from '../../ui/messages';
import { insertBelow } from './cells';
import { goToCell } from './goto';
import type { ICommandOptions } from './notebook';

/** Do what a command stands for with the code of a run; a failure is told to the user. */
export async function onCode(
  command: string,
  runId: string,
  options: ICommandOptions
): Promise<void> {
  try {
    await act(command, await options.api.client.run(runId), options);
  } catch (error) {
    tellFailure(error);
  }
}

async function act(
  command: string,
  run: IRun,
  options: ICommandOptions
): Promise<void> {
  const { app, tracker, trans } = options;
  const panel = tracker.currentWidget;
  if (command === CommandIDs.goToCell) {
    await goToCell({
      activate: id => app.shell.activateById(id),
      commands: app.commands,
      contents: app.serviceManager.contents,
      run,
      tracker,
      trans
    });
  } else if (command === CommandIDs.copyCode) {
    Clipboard.copyToSystem(run.code);
    Notification.success(trans.__('The code was copied.'), { autoClose: 2000 });
  } else if (command === CommandIDs.insertCode && panel) {
    app.shell.activateById(panel.id);
    await insertBelow(panel, run.code);
  }
}

/** Take a notebook out of recording, or back in; a failure is told to the user. */
export async function toggleExclusion(
  path: string,
  recording: IRecordingSettings,
  trans: TranslationBundle
): Promise<void> {
  const excluded = recording.current?.excluded_notebooks ?? [];
  try {
    await recording.update({
      excluded_notebooks: excluded.includes(path)
        ? excluded.filter(other => other !== path)
        : [...excluded, path]
    });
  } catch (error) {
    Notification.error(
      trans.__('The setting was not changed: %1', String(error)),
      { autoClose: FAILURE_TIME }
    );
  }
}
