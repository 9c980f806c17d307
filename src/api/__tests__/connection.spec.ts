import {
  MemoryClient,
  ScriptedEvents
} from '../../experiments/__tests__/memoryApi';
import { DsinfraApi } from '../connection';
import { ApiError } from '../failures';
import { VERSION, toPythonVersion } from '../version';

describe('DsinfraApi', () => {
  let client: MemoryClient;
  let events: ScriptedEvents;
  let api: DsinfraApi;

  beforeEach(() => {
    client = new MemoryClient();
    events = new ScriptedEvents();
    api = new DsinfraApi({ client, events });
  });

  afterEach(() => {
    api.dispose();
  });

  it('knows the health once the server answered', async () => {
    expect(api.state).toBe('connecting');
    await api.refresh();
    expect(api.state).toBe('ready');
    expect(api.health).toEqual(client.healthValue);
  });

  it.each([
    ['missing', 'missing'],
    ['unreachable', 'unreachable'],
    ['malformed', 'unreachable'],
    ['forbidden', 'ready'],
    ['unavailable', 'ready']
  ])('takes %s for %s', async (code, state) => {
    client.failure = new ApiError('No.', code, 500);
    await api.refresh();
    expect(api.state).toBe(state);
  });

  it('asks again when the server says that its health changed', async () => {
    let changes = 0;
    api.changed.connect(() => (changes += 1));

    events.healthChanged.emit();
    events.missed.emit();
    await Promise.resolve();
    await Promise.resolve();

    expect(client.requests).toEqual(['health', 'health']);
    expect(changes).toBe(2);
  });
});

describe('version', () => {
  it('is that of the package', () => {
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
  });

  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2.3-alpha.4', '1.2.3a4'],
    ['1.2.3-beta.0', '1.2.3b0'],
    ['1.2.3-rc.1', '1.2.3rc1']
  ])('is %s here and %s in Python', (npm, python) => {
    expect(toPythonVersion(npm)).toBe(python);
  });
});
