import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, NO_ARGUMENTS } from '../commands';
import { IDsinfraApi, IRecordingSettings } from '../tokens';
import { RecordingSettings } from './model';

/** Shows the server's settings in JupyterLab's settings editor. */
const plugin: JupyterFrontEndPlugin<IRecordingSettings> = {
  id: 'dsinfra-jlab:settings',
  description: 'What the server records, as settings.',
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
    // Not before the application is there: nothing it shows waits for it.
    void app.restored
      .then(() => import(/* webpackChunkName: "later" */ './synchronise'))
      .then(({ synchronise }) =>
        synchronise({ api, recording, registry, trans })
      );
    return recording;
  }
};

export default plugin;
