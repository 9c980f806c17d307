import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { SavedSearches } from '../savedSearches';

/** As much of a settings object as is used: one value under each key. */
function makeSettings(value: unknown): ISettingRegistry.ISettings {
  const values = new Map<string, unknown>([['savedSearches', value]]);
  return {
    get: (key: string) => ({ composite: values.get(key), user: undefined }),
    set: async (key: string, item: unknown) => void values.set(key, item)
  } as unknown as ISettingRegistry.ISettings;
}

describe('SavedSearches', () => {
  it.each([
    ['in the settings', makeSettings([])],
    ['for the page alone', null]
  ])('keeps searches %s', async (_, settings) => {
    const searches = new SavedSearches(settings);

    await searches.save('slow', 'duration>1m');
    await searches.save('mine', 'user:ana');
    await searches.save('slow', 'duration>5m');
    await searches.remove('mine');

    expect(searches.items).toEqual([{ name: 'slow', q: 'duration>5m' }]);
  });

  it('passes over what somebody wrote into the settings by hand', () => {
    const odd = [null, 3, { name: 'x' }, { name: 'ok', q: 'fit' }];
    expect(new SavedSearches(makeSettings(odd)).items).toEqual([
      { name: 'ok', q: 'fit' }
    ]);
    expect(new SavedSearches(makeSettings('none')).items).toEqual([]);
  });
});
