import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ISettings, ISettingsPatch } from '../api/types';
import type { IApiClient, IRecordingSettings } from '../tokens';

/** The server's settings, and changes of them. The server's word is the last. */
export class RecordingSettings implements IRecordingSettings {
  constructor(options: { client: IApiClient }) {
    this._client = options.client;
  }

  get current(): ISettings | null {
    return this._current;
  }

  get changed(): ISignal<this, ISettings> {
    return this._changed;
  }

  /** Ask the server for its settings. */
  async load(): Promise<ISettings> {
    return this._accept(await this._client.settings());
  }

  async update(patch: ISettingsPatch): Promise<ISettings> {
    return this._accept(await this._client.patchSettings(patch));
  }

  private _accept(settings: ISettings): ISettings {
    this._current = settings;
    this._changed.emit(settings);
    return settings;
  }

  private _client: IApiClient;
  private _current: ISettings | null = null;
  private _changed = new Signal<this, ISettings>(this);
}
