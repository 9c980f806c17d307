import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IDsinfraApi } from '../tokens';
import { ApiClient } from './client';
import { DsinfraApi } from './connection';
import { EventStream } from './events';
import { VERSION, toPythonVersion } from './version';

/** Connects to the server extension, and says so when the two do not fit. */
const plugin: JupyterFrontEndPlugin<IDsinfraApi> = {
  id: 'dsinfra-jlab:api',
  description: 'Connects to the dsinfra-jlab server extension.',
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
    void Promise.all([api.refresh(), app.restored]).then(() => {
      warnOfMismatch(api, trans);
    });
    return api;
  }
};

export default plugin;

/**
 * Tell the user when the server's half is absent or of another version.
 *
 * Notifications end after 140 characters.
 */
function warnOfMismatch(api: IDsinfraApi, trans: TranslationBundle): void {
  if (api.state === 'missing') {
    Notification.warning(
      trans.__(
        'No runs are recorded. Run “jupyter server extension enable dsinfra_jlab”, then restart the server.'
      ),
      { autoClose: false }
    );
    return;
  }
  const served = api.health?.version;
  if (served !== undefined && served !== toPythonVersion(VERSION)) {
    Notification.warning(
      trans.__(
        'dsinfra-jlab %1 runs in this page, %2 in the server. Reload the page; if this stays, restart the server.',
        VERSION,
        served
      ),
      { autoClose: false }
    );
  }
}
