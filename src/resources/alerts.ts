import type { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IAlert, IAlertDetails, IAlertPatch } from '../api/types';
import type { IDsinfraApi, IResourcesClient, ReceivedEvent } from '../tokens';

/** Shortest time between two questions, in milliseconds. */
const INTERVAL = 1000;

/** For how long "later" is, in seconds. */
export const SNOOZE_S = 3600;

/** The alerts that hold now, kept up to date as long as it lives. */
export class AlertBook implements IDisposable {
  constructor(options: {
    api: IDsinfraApi;
    client: IResourcesClient;

    /** Milliseconds between two questions at least. */
    interval?: number;
  }) {
    const { api, client, interval = INTERVAL } = options;
    this._client = client;
    this._throttler = new Throttler(() => this._ask(), {
      limit: interval,
      edge: 'trailing'
    });
    api.events.received.connect(this._onReceived, this);
    api.events.missed.connect(this.refresh, this);
    this._watch = api.events.watch('alert');
    void this._ask();
  }

  /** The critical ones first. */
  get items(): readonly IAlert[] {
    return this._items;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._watch.isDisposed;
  }

  dispose(): void {
    this._watch.dispose();
    this._throttler.dispose();
    Signal.clearData(this);
  }

  /** Ask for all alerts, a little later. */
  refresh(): void {
    void this._throttler.invoke();
  }

  /** Hear of an alert in an hour again, if it then still holds; rejects with an `ApiError`. */
  snooze(id: string): Promise<void> {
    return this._patch(id, { snooze_s: SNOOZE_S });
  }

  /** Take a snooze back; rejects with an `ApiError`. */
  wake(id: string): Promise<void> {
    return this._patch(id, { snooze_s: 0 });
  }

  /** Hear of this kind of trouble of this subject never again; rejects with an `ApiError`. */
  async mute(id: string): Promise<void> {
    await this._client.patchAlert(id, { is_muted: true });
    this._set(this._items.filter(item => item.id !== id));
  }

  /** The processes or files behind an alert, looked up now; rejects with an `ApiError`. */
  details(id: string, signal: AbortSignal): Promise<IAlertDetails> {
    return this._client.alertDetails(id, signal);
  }

  private async _patch(id: string, patch: IAlertPatch): Promise<void> {
    const alert = await this._client.patchAlert(id, patch);
    this._set(this._items.map(item => (item.id === id ? alert : item)));
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type === 'alert') {
      this.refresh();
    }
  }

  private async _ask(): Promise<void> {
    try {
      const { items } = await this._client.alerts();
      if (!this.isDisposed) {
        this._set(items);
      }
    } catch {
      // The section says what is wrong; the next event asks again.
    }
  }

  private _set(items: IAlert[]): void {
    this._items = items;
    this._changed.emit();
  }

  private _client: IResourcesClient;
  private _throttler: Throttler;
  private _watch: IDisposable;
  private _items: IAlert[] = [];
  private _changed = new Signal<this, void>(this);
}

/** Return whether nobody wants to hear of an alert now. */
export function isSnoozed(alert: IAlert, now: number): boolean {
  return alert.snoozed_until !== null && Date.parse(alert.snoozed_until) > now;
}
