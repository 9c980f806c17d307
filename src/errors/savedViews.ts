import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { JSONObject } from '@lumino/coreutils';

import type { IErrorFilter } from './filter';
import { readFilter } from './filter';

/** A filter under a name. */
export interface ISavedView {
  readonly name: string;
  readonly filter: IErrorFilter;
}

const KEY = 'savedViews';

/** The filters a user saved, kept with the settings of the section. */
export class SavedViews {
  /**
   * @param settings - Where they are kept; without it they last as long as the page.
   */
  constructor(settings: ISettingRegistry.ISettings | null) {
    this._settings = settings;
  }

  get items(): readonly ISavedView[] {
    const value = this._settings?.get(KEY).composite ?? this._items;
    return Array.isArray(value) ? value.flatMap(readView) : [];
  }

  find(name: string): ISavedView | null {
    return this.items.find(view => view.name === name) ?? null;
  }

  /** Save a filter; one of the same name is replaced. */
  async save(name: string, filter: IErrorFilter): Promise<void> {
    const others = this.items.filter(view => view.name !== name);
    await this._set([...others, { name, filter }]);
  }

  async remove(name: string): Promise<void> {
    await this._set(this.items.filter(view => view.name !== name));
  }

  private async _set(views: readonly ISavedView[]): Promise<void> {
    this._items = views.map(({ name, filter }) => {
      const stored: JSONObject = { name };
      for (const [key, value] of Object.entries(filter)) {
        // What does not restrict need not be said.
        if (value !== null && value !== '' && value !== false) {
          stored[key] = value;
        }
      }
      return stored;
    });
    await this._settings?.set(KEY, this._items);
  }

  private _settings: ISettingRegistry.ISettings | null;
  private _items: JSONObject[] = [];
}

function readView(value: unknown): ISavedView[] {
  const { name } = (value ?? {}) as { name?: unknown };
  return typeof name === 'string' ? [{ name, filter: readFilter(value) }] : [];
}
