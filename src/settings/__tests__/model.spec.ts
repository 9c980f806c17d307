import { MemoryClient, SETTINGS } from '../../experiments/__tests__/memoryApi';
import schema from '../../../schema/settings.json';
import { asShown, differences, differingNames } from '../differences';
import { RecordingSettings } from '../model';

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

describe('rules', () => {
  const rule = {
    field: 'ename',
    pattern: 'TimeoutError',
    category: null,
    severity: 'info',
    is_ignored: false,
    group: ''
  } as const;

  it('are shown without what they leave open', () => {
    expect(asShown('error_rules', [rule])).toEqual([
      { field: 'ename', pattern: 'TimeoutError', severity: 'info' }
    ]);
  });

  it('are the same whether or not a form fills in what is left open', () => {
    const settings = { ...SETTINGS, error_rules: [rule] };
    const shown = [
      { severity: 'info', pattern: 'TimeoutError', field: 'ename' }
    ];

    expect(differingNames(settings, { error_rules: shown })).toEqual([]);
    expect(
      differences(settings, {
        error_rules: [{ ...shown[0], is_ignored: true }]
      })
    ).toEqual({
      error_rules: [
        {
          field: 'ename',
          pattern: 'TimeoutError',
          severity: 'info',
          is_ignored: true
        }
      ]
    });
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
