import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAlert } from '../api/types';
import type { AlertBook } from './alerts';
import { isSnoozed } from './alerts';
import type { IAlertActions } from './alertsView';
import { muteLabel } from './alertWords';

/** Shows each alert once, for as long as it holds or until the user closes it. */
export class Notifier {
  constructor(options: Notifier.IOptions) {
    this._options = options;
    options.alerts.changed.connect(this._update, this);
    this._update();
  }

  private _update(): void {
    const { alerts, clock } = this._options;
    const now = clock();
    const waking = new Set<string>();
    for (const alert of alerts.items) {
      if (!isSnoozed(alert, now)) {
        waking.add(alert.id);
        this._show(alert);
      }
    }
    for (const [id, shown] of this._shown) {
      if (!waking.has(id)) {
        this._shown.delete(id);
        Notification.dismiss(shown.notification);
      }
    }
  }

  private _show(alert: IAlert): void {
    const shown = this._shown.get(alert.id);
    const type = alert.is_critical ? 'error' : 'warning';
    if (shown === undefined) {
      const notification = Notification.emit(alert.text, type, {
        autoClose: false,
        actions: this._actionsOf(alert)
      });
      this._shown.set(alert.id, {
        notification,
        isCritical: alert.is_critical
      });
    } else if (alert.is_critical && !shown.isCritical) {
      // It got worse, which is worth a second look.
      shown.isCritical = true;
      Notification.update({
        id: shown.notification,
        message: alert.text,
        type,
        actions: this._actionsOf(alert)
      });
    }
  }

  private _actionsOf(alert: IAlert): Notification.IAction[] {
    const { actions, show, trans } = this._options;
    const all: Notification.IAction[] = [
      { label: trans.__('Show'), callback: show },
      {
        label: trans.__('Snooze 1 h'),
        callback: () => actions.snooze(alert)
      },
      {
        // There is room for few words.
        label: trans.__('Never'),
        caption: muteLabel(alert, trans),
        callback: () => actions.mute(alert),
        displayType: 'link'
      }
    ];
    if (alert.kernel_id !== null && alert.run_id !== null) {
      all.unshift({
        label: trans.__('Interrupt'),
        callback: () => actions.interrupt(alert),
        displayType: 'warn'
      });
    }
    return all;
  }

  private _options: Notifier.IOptions;
  private _shown = new Map<
    string,
    { notification: string; isCritical: boolean }
  >();
}

export namespace Notifier {
  export interface IOptions {
    alerts: AlertBook;
    actions: IAlertActions;

    /** The server's time in milliseconds. */
    clock: () => number;

    /** Brings the section to the front. */
    show: () => void;
    trans: TranslationBundle;
  }
}
