import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ServerState } from '../tokens';
import { VERSION } from './version';

/**
 * Tell the user that the server's half is absent or of another version.
 *
 * Notifications end after 140 characters.
 */
export function warnOfMismatch(
  served: string,
  state: ServerState,
  trans: TranslationBundle
): void {
  const text =
    state === 'missing'
      ? trans.__(
          'No runs are recorded. Run “jupyter server extension enable dsinfra_jlab”, then restart the server.'
        )
      : trans.__(
          'dsinfra-jlab %1 runs in this page, %2 in the server. Reload the page; if this stays, restart the server.',
          VERSION,
          served
        );
  Notification.warning(text, { autoClose: false });
}
