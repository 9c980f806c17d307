import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IAlert } from '../api/types';
import { formatRelative } from '../ui/format';
import { SeverityIcon } from '../ui/severity';
import type { AskDetails } from './alertDetails';
import { AlertDetails, detailsLabel } from './alertDetails';
import { isSnoozed } from './alerts';
import { muteLabel } from './alertWords';

/** What can be done about an alert. */
export interface IAlertActions {
  interrupt(alert: IAlert): void;
  snooze(alert: IAlert): void;
  wake(alert: IAlert): void;
  mute(alert: IAlert): void;

  /** Look up what lies behind it. */
  details: AskDetails;
}

/** The alerts that hold now, above everything else. */
export function AlertsView(props: {
  alerts: readonly IAlert[];
  actions: IAlertActions;

  /** The server's time in milliseconds. */
  now: number;
  trans: TranslationBundle;
  locale: string;
}): JSX.Element | null {
  const { alerts, trans } = props;
  return alerts.length === 0 ? null : (
    <ul className="jp-DsinfraAlerts" aria-label={trans.__('Alerts')}>
      {alerts.map(alert => (
        <AlertLine key={alert.id} {...props} alert={alert} />
      ))}
    </ul>
  );
}

function AlertLine(props: {
  alert: IAlert;
  actions: IAlertActions;
  now: number;
  trans: TranslationBundle;
  locale: string;
}): JSX.Element {
  const { alert, actions, now, trans, locale } = props;
  const isQuiet = isSnoozed(alert, now);
  const [isOpen, setIsOpen] = React.useState(false);
  const id = React.useId();
  const more = detailsLabel(alert.kind, trans);
  const button = (label: string, onClick: () => void): JSX.Element => (
    <button
      type="button"
      className="jp-DsinfraButton jp-mod-plain"
      onClick={onClick}
    >
      {label}
    </button>
  );
  return (
    <li className="jp-DsinfraAlerts-line" data-snoozed={isQuiet}>
      <SeverityIcon
        severity={alert.is_critical ? 'critical' : 'warning'}
        trans={trans}
      />
      <div className="jp-DsinfraAlerts-body">
        <div className="jp-DsinfraAlerts-text">{alert.text}</div>
        <div className="jp-DsinfraAlerts-since">
          {formatRelative(new Date(alert.since), new Date(now), locale)}
        </div>
        <div className="jp-DsinfraAlerts-actions">
          {alert.kernel_id !== null &&
            alert.run_id !== null &&
            button(trans.__('Interrupt'), () => actions.interrupt(alert))}
          {isQuiet
            ? button(trans.__('Remind me again'), () => actions.wake(alert))
            : button(trans.__('Snooze 1 h'), () => actions.snooze(alert))}
          {button(muteLabel(alert, trans), () => actions.mute(alert))}
          {more !== null && (
            <button
              type="button"
              className="jp-DsinfraButton jp-mod-plain"
              aria-expanded={isOpen}
              aria-controls={isOpen ? id : undefined}
              onClick={() => setIsOpen(!isOpen)}
            >
              {isOpen ? trans.__('Hide') : more}
            </button>
          )}
        </div>
        {isOpen && (
          <AlertDetails
            id={id}
            alert={alert}
            ask={actions.details}
            trans={trans}
            locale={locale}
          />
        )}
      </div>
    </li>
  );
}
