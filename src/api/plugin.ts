import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IDsinfraApi } from '../tokens';
import { ApiClient } from './client';
import { DsinfraApi } from './connection';
import { EventStream } from './events';
import { VERSION, toPythonVersion } from './version';

const OWN_VERSION = toPythonVersion(VERSION);

/** Connects to the server extension, and says so when the two do not fit. */
const plugin: JupyterFrontEndPlugin<IDsinfraApi> = {
  id: 'dsinfra-jlab:api',
  description: 'Connects to the server extension.',
  autoStart: true,
  provides: IDsinfraApi,
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null
  ): IDsinfraApi => {
    const trans = (translator ?? nullTranslator).load('dsinfra_jlab');
    const { serverSettings } = app.serviceManager;
    const api = new DsinfraApi({
      client: new ApiClient({ serverSettings }),
      events: new EventStream({ serverSettings })
    });
    // The notification centre exists once the application is restored.
    void Promise.all([api.refresh(), app.restored]).then(async () => {
      const served = api.health?.version ?? OWN_VERSION;
      if (api.state === 'missing' || served !== OWN_VERSION) {
        const { warnOfMismatch } = await import(
          /* webpackChunkName: "later" */ './mismatch'
        );
        warnOfMismatch(served, api.state, trans);
      }
    });
    return api;
  }
};

export default plugin;
