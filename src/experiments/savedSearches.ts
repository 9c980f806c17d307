import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** A query under a name. */
export interface ISavedSearch {
  readonly name: string;
  readonly q: string;
}

const KEY = 'savedSearches';

/** The searches a user saved, kept with the settings of the panel. */
export class SavedSearches {
  /**
   * @param settings - Where they are kept; without it they last as long as the page.
   */
  constructor(settings: ISettingRegistry.ISettings | null) {
    this._settings = settings;
  }

  get items(): readonly ISavedSearch[] {
    const value = this._settings?.get(KEY).composite ?? this._items;
    return Array.isArray(value) ? value.filter(isSavedSearch) : [];
  }

  /** Save a query; one of the same name is replaced. */
  async save(name: string, q: string): Promise<void> {
    const others = this.items.filter(item => item.name !== name);
    await this._set([...others, { name, q }]);
  }

  async remove(name: string): Promise<void> {
    await this._set(this.items.filter(item => item.name !== name));
  }

  private async _set(items: ISavedSearch[]): Promise<void> {
    this._items = items;
    await this._settings?.set(
      KEY,
      items.map(({ name, q }) => ({ name, q }))
    );
  }

  private _settings: ISettingRegistry.ISettings | null;
  private _items: readonly ISavedSearch[] = [];
}

function isSavedSearch(value: unknown): value is ISavedSearch {
  const { name, q } = (value ?? {}) as Partial<ISavedSearch>;
  return typeof name === 'string' && typeof q === 'string';
}
