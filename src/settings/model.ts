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

/** The names of settings that `shown` has another value for. */
export function differingNames(
  settings: ISettings,
  shown: Readonly<Record<string, unknown>>
): (keyof ISettings)[] {
  const names = Object.keys(settings) as (keyof ISettings)[];
  return names.filter(
    name => shown[name] !== undefined && !equals(settings[name], shown[name])
  );
}

/** What of `wanted` differs from `settings`; unknown names are left out. */
export function differences(
  settings: ISettings,
  wanted: Readonly<Record<string, unknown>>
): ISettingsPatch {
  return Object.fromEntries(
    differingNames(settings, wanted).map(name => [name, wanted[name]])
  );
}

/** Whether two settings are the same; a list of names is the only deep one. */
function equals(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
