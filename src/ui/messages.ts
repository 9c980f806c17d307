import { Notification } from '@jupyterlab/apputils';

import { messageOf } from '../api/failures';

/** How long a failure is shown, in milliseconds. */
export const FAILURE_TIME = 8000;

/** Tell the user what went wrong. */
export function tellFailure(error: unknown): void {
  Notification.error(messageOf(error), { autoClose: FAILURE_TIME });
}
