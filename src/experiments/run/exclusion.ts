import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRecordingSettings } from '../../tokens';

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
      { autoClose: 8000 }
    );
  }
}
