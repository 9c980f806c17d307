import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { AlertKind, IAlert, IAlertDetails } from '../api/types';
import { messageOf } from '../api/failures';
import { formatBytes, formatRelative } from '../ui/format';
import { percentText } from './words';

/** Looks up what lies behind an alert; rejects with an `ApiError`. */
export type AskDetails = (
  alert: IAlert,
  signal: AbortSignal
) => Promise<IAlertDetails>;

/** What there is to show behind an alert, for its button; null if there is nothing. */
export function detailsLabel(
  kind: AlertKind,
  trans: TranslationBundle
): string | null {
  switch (kind) {
    case 'process_leak':
      return trans.__('Show Processes');
    case 'disk_filling':
      return trans.__('Show New Files');
    default:
      return null;
  }
}

/** What lies behind an alert, looked up when this is shown. */
export function AlertDetails(props: {
  id: string;
  alert: IAlert;
  ask: AskDetails;
  trans: TranslationBundle;
  locale: string;
}): JSX.Element {
  const { id, alert, ask, trans, locale } = props;
  const [details, setDetails] = React.useState<IAlertDetails | null>(null);
  const [failure, setFailure] = React.useState<string | null>(null);
  const { id: alertId } = alert;
  React.useEffect(() => {
    const asking = new AbortController();
    ask(alert, asking.signal).then(
      found => !asking.signal.aborted && setDetails(found),
      error => !asking.signal.aborted && setFailure(messageOf(error))
    );
    return () => asking.abort();
    // The alert is another object with each look; what is asked for is the same.
  }, [alertId]);
  return (
    <div
      id={id}
      className="jp-DsinfraAlerts-more"
      aria-busy={details === null && failure === null}
    >
      {details !== null && (
        <table className="jp-DsinfraAlerts-details" aria-label={alert.text}>
          <tbody>
            {details.processes.map(each => (
              <tr key={each.pid}>
                <td title={trans.__('Process %1', each.pid)}>{each.name}</td>
                <td>{percentText(each.cpu_ratio)}</td>
                <td>{formatBytes(each.rss_bytes)}</td>
              </tr>
            ))}
            {details.files.map(each => (
              <tr key={`${each.folder}/${each.path}`}>
                <td title={`${each.folder}/${each.path}`}>
                  {each.path.split(/[\\/]/).pop()}
                </td>
                <td>
                  {formatRelative(
                    new Date(each.modified_at),
                    new Date(details.at),
                    locale
                  )}
                </td>
                <td>{formatBytes(each.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="jp-DsinfraAlerts-since" role="status">
        {failure ?? noteText(details, trans)}
      </div>
    </div>
  );
}

function noteText(
  details: IAlertDetails | null,
  trans: TranslationBundle
): string {
  if (details === null) {
    return trans.__('Looking…');
  }
  const { processes, files, absent, is_complete: isComplete } = details;
  if (absent !== '') {
    return absent;
  }
  const said =
    processes.length > 0
      ? trans.__('CPU over half a second, where 100 % is one CPU.')
      : files.length > 0
        ? trans.__(
            'Written since the kernels began, in the folders they work in.'
          )
        : trans.__('The kernels have no new files in their folders.');
  return isComplete
    ? said
    : `${said} ${trans.__('There is more than could be looked at.')}`;
}
