import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { ISettings } from '../api/types';
import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { IDsinfraApi, IRecordingSettings } from '../tokens';
import { RecordingSettings, differences, differingNames } from './model';

const PLUGIN_ID = 'dsinfra-jlab:settings';

/** Shows the server's settings in JupyterLab's settings editor. */
const plugin: JupyterFrontEndPlugin<IRecordingSettings> = {
  id: PLUGIN_ID,
  description: 'What is recorded, set in the settings editor.',
  autoStart: true,
  provides: IRecordingSettings,
  requires: [IDsinfraApi],
  optional: [ISettingRegistry, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    api: IDsinfraApi,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): IRecordingSettings => {
    const trans = (translator ?? nullTranslator).load('dsinfra_jlab');
    const recording = new RecordingSettings({ client: api.client });
    app.commands.addCommand(CommandIDs.toggleRecording, {
      label: trans.__('Record Runs'),
      caption: trans.__('Record what any kernel of this server runs'),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => recording.current !== null,
      isToggleable: true,
      isToggled: () => recording.current?.is_recording ?? false,
      execute: () =>
        recording.update({ is_recording: !recording.current?.is_recording })
    });
    recording.changed.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.toggleRecording);
    }, recording);
    palette?.addItem({
      command: CommandIDs.toggleRecording,
      category: trans.__('Infrastructure')
    });
    void synchronise(recording, registry, trans);
    return recording;
  }
};

export default plugin;

/**
 * Keep the settings editor and the server the same, from now on.
 *
 * At the start the server wins: it may have been set by another browser.
 */
async function synchronise(
  recording: RecordingSettings,
  registry: ISettingRegistry | null,
  trans: TranslationBundle
): Promise<void> {
  try {
    await recording.load();
  } catch {
    // The panel says that the server is away; without it there is nothing to set.
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
        await editor.set(name, settings[name]);
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
        { autoClose: 8000 }
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
