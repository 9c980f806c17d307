import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';

import { makeHealth } from '../../experiments/__tests__/memoryApi';
import type { IDsinfraApi } from '../../tokens';
import plugin from '../plugin';
import { VERSION, toPythonVersion } from '../version';

/** Start the plugin on a server that answers every request so. */
async function start(status: number, body: object): Promise<string[]> {
  const app = {
    restored: Promise.resolve(),
    serviceManager: {
      serverSettings: ServerConnection.makeSettings({
        fetch: async () => new Response(JSON.stringify(body), { status })
      })
    }
  };
  const api = plugin.activate(
    app as unknown as JupyterFrontEnd,
    null
  ) as IDsinfraApi;
  await new Promise<void>(resolve => {
    api.changed.connect(() => resolve());
  });
  // The notification comes after the state.
  await new Promise(resolve => setTimeout(resolve));
  return Notification.manager.notifications.map(({ message }) => message);
}

describe('dsinfra-jlab:api', () => {
  afterEach(() => {
    Notification.dismiss();
  });

  it('says nothing when both halves fit', async () => {
    const version = toPythonVersion(VERSION);
    expect(await start(200, makeHealth({ version }))).toEqual([]);
  });

  it('says what to do when they do not, with both versions', async () => {
    const [message] = await start(200, makeHealth({ version: '9.9.9' }));
    expect(message).toContain(VERSION);
    expect(message).toContain('9.9.9');
    expect(message).toContain('Reload the page');
  });

  it('says how to enable a server extension that is missing', async () => {
    const [message] = await start(404, { message: 'Not Found' });
    expect(message).toContain('jupyter server extension enable dsinfra_jlab');
    expect(message!.length).toBeLessThanOrEqual(140);
  });
});
