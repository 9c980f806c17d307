import { Notification } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONValue } from '@lumino/coreutils';

import { messageOf } from '../api/failures';
import type { ISettings } from '../api/types';
import type { IDsinfraApi } from '../tokens';
import { FAILURE_TIME } from '../ui/messages';
import { asShown, differences, differingNames } from './differences';
import type { RecordingSettings } from './model';

const PLUGIN_ID = 'dsinfra-jlab:settings';

/**
 * Keep the settings editor and the server the same, from now on.
 *
 * At the start the server wins: it may have been set by another browser.
 */
export async function synchronise(options: {
  api: IDsinfraApi;
  recording: RecordingSettings;
  registry: ISettingRegistry | null;
  trans: TranslationBundle;
}): Promise<void> {
  const { api, recording, registry, trans } = options;
  try {
    await recording.load();
  } catch {
    // The panel says that the server is away. It may come back.
    const retry = (): void => {
      if (api.state === 'ready') {
        api.changed.disconnect(retry, recording);
        void synchronise(options);
      }
    };
    api.changed.connect(retry, recording);
    return;
  }
  const editor = await registry?.load(PLUGIN_ID);
  if (!editor) {
    return;
  }
  let isShowing = false;
  const show = async (settings: ISettings): Promise<void> => {
    isShowing = true;
    try {
      for (const name of differingNames(settings, editor.composite)) {
        await editor.set(name, asShown(name, settings[name]) as JSONValue);
      }
    } finally {
      isShowing = false;
    }
  };
  const send = async (): Promise<void> => {
    const { current } = recording;
    if (current === null || isShowing) {
      return;
    }
    const patch = differences(current, editor.composite);
    if (Object.keys(patch).length === 0) {
      return;
    }
    try {
      await recording.update(patch);
    } catch (error) {
      Notification.error(
        trans.__('The settings were not changed: %1', messageOf(error)),
        { autoClose: FAILURE_TIME }
      );
      await show(current);
    }
  };
  if (recording.current !== null) {
    await show(recording.current);
  }
  recording.changed.connect((_, settings) => void show(settings), recording);
  editor.changed.connect(() => void send(), recording);
}
