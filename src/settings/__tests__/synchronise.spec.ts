import { Notification } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { ApiError } from '../../api/failures';
import { MemoryApi, SETTINGS } from '../../experiments/__tests__/memoryApi';
import { RecordingSettings } from '../model';
import { synchronise } from '../synchronise';

/** The settings editor's half: values, and a signal after each change. */
class Editor {
  composite: Record<string, unknown> = { ...SETTINGS };
  readonly changed = new Signal<this, void>(this);

  async set(name: string, value: unknown): Promise<void> {
    this.composite = { ...this.composite, [name]: value };
    this.changed.emit();
  }

  readonly registry = {
    load: async () => this
  } as unknown as ISettingRegistry;
}

describe('synchronise', () => {
  let api: MemoryApi;
  let editor: Editor;
  let recording: RecordingSettings;

  beforeEach(() => {
    api = new MemoryApi();
    editor = new Editor();
    recording = new RecordingSettings({ client: api.client });
  });

  afterEach(() => {
    Notification.dismiss();
  });

  async function start(): Promise<void> {
    await synchronise({
      api,
      recording,
      registry: editor.registry,
      trans: nullTranslator.load('dsinfra_jlab')
    });
  }

  async function settle(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve));
  }

  function patches(): string[] {
    return api.client.requests.filter(text => text.startsWith('patch'));
  }

  it('shows at the start what the server has, and sends nothing', async () => {
    api.client.settingsValue = { ...SETTINGS, runs_retention_days: 30 };
    await start();

    expect(editor.composite.runs_retention_days).toBe(30);
    expect(patches()).toEqual([]);
  });

  it('sends what the user changes, and no more', async () => {
    await start();
    await editor.set('is_recording_code', false);
    await settle();

    expect(patches()).toEqual(['patch settings?is_recording_code=false']);
    expect(recording.current?.is_recording_code).toBe(false);
  });

  it('shows what was changed elsewhere in this page', async () => {
    await start();
    await recording.update({ excluded_notebooks: ['a.ipynb'] });
    await settle();

    expect(editor.composite.excluded_notebooks).toEqual(['a.ipynb']);
    expect(patches()).toHaveLength(1);
  });

  it('takes back what the server refused, and says why', async () => {
    await start();
    api.client.failure = new ApiError('Must be less.', 'bad_input', 400);
    await editor.set('runs_retention_days', 99999);
    await settle();

    expect(editor.composite.runs_retention_days).toBe(0);
    expect(Notification.manager.notifications[0]!.message).toContain(
      'Must be less.'
    );
  });

  it('begins when a server that was away is there', async () => {
    api.client.settingsValue = { ...SETTINGS, is_recording: false };
    api.client.failure = new ApiError('Away.', 'unreachable', 0);
    api.state = 'unreachable';
    await start();
    expect(editor.composite.is_recording).toBe(true);

    api.client.failure = null;
    api.state = 'ready';
    api.changed.emit();
    await settle();

    expect(editor.composite.is_recording).toBe(false);
  });
});
