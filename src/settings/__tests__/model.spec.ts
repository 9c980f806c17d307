import { MemoryClient, SETTINGS } from '../../experiments/__tests__/memoryApi';
import schema from '../../../schema/settings.json';
import { RecordingSettings, differences, differingNames } from '../model';

describe('RecordingSettings', () => {
  it('has what the server last said', async () => {
    const client = new MemoryClient();
    const recording = new RecordingSettings({ client });
    const seen: boolean[] = [];
    recording.changed.connect((_, { is_recording }) => seen.push(is_recording));
    expect(recording.current).toBeNull();

    await recording.load();
    await recording.update({ is_recording: false });

    expect(recording.current?.is_recording).toBe(false);
    expect(seen).toEqual([true, false]);
  });
});

describe('differences', () => {
  it('names what is another, lists included, and nothing unknown', () => {
    const wanted = {
      ...SETTINGS,
      excluded_notebooks: ['a.ipynb'],
      runs_retention_days: 30,
      of_another_version: 1
    };

    expect(differences(SETTINGS, wanted)).toEqual({
      excluded_notebooks: ['a.ipynb'],
      runs_retention_days: 30
    });
    expect(differingNames(SETTINGS, {})).toEqual([]);
  });
});

describe('the schema', () => {
  it('has the settings of the server, with the same defaults', () => {
    const defaults = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [
        name,
        property.default
      ])
    );

    expect(defaults).toEqual(SETTINGS);
  });
});
