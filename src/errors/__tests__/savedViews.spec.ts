import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { OPEN_ERRORS } from '../filter';
import { SavedViews } from '../savedViews';

/** As much of a settings object as is used: one value under each key. */
function makeSettings(value: unknown): ISettingRegistry.ISettings {
  const values = new Map<string, unknown>([['savedViews', value]]);
  return {
    get: (key: string) => ({ composite: values.get(key), user: undefined }),
    set: async (key: string, item: unknown) => void values.set(key, item)
  } as unknown as ISettingRegistry.ISettings;
}

const MEMORY = { ...OPEN_ERRORS, category: 'memory' as const };
const LATE = { ...OPEN_ERRORS, period: 'day' as const, isHere: true };

describe('SavedViews', () => {
  it.each([
    ['in the settings', makeSettings([])],
    ['for the page alone', null]
  ])('keeps filters %s', async (_, settings) => {
    const views = new SavedViews(settings);

    await views.save('memory', LATE);
    await views.save('late', LATE);
    await views.save('memory', MEMORY);
    await views.remove('late');

    expect(views.items).toEqual([{ name: 'memory', filter: MEMORY }]);
    expect(views.find('memory')?.filter).toEqual(MEMORY);
    expect(views.find('late')).toBeNull();
  });

  it('writes down only what restricts', async () => {
    const settings = makeSettings([]);
    await new SavedViews(settings).save('memory', MEMORY);
    expect(settings.get('savedViews').composite).toEqual([
      { name: 'memory', state: 'open', category: 'memory' }
    ]);
  });

  it('passes over what somebody wrote into the settings by hand', () => {
    const odd = [null, 3, { state: 'new' }, { name: 'ok', state: 'lost' }];
    expect(new SavedViews(makeSettings(odd)).items).toEqual([
      { name: 'ok', filter: OPEN_ERRORS }
    ]);
    expect(new SavedViews(makeSettings('none')).items).toEqual([]);
  });
});
