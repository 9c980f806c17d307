import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAlert } from '../api/types';

/** Say for what an alert is never to come again. */
export function muteLabel(alert: IAlert, trans: TranslationBundle): string {
  return alert.kernel_id === null
    ? trans.__('Never again')
    : trans.__('Never for this notebook');
}
