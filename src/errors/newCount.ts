import { Throttler } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IDsinfraApi, IErrorsClient } from '../tokens';

/** Shortest time between two questions, in milliseconds. */
const INTERVAL = 2000;

/** Groups that are counted; beyond them "99+" says enough. */
export const MOST = 100;

/** The number of groups that are new, kept up to date as long as it lives. */
export class NewCount {
  constructor(options: {
    api: IDsinfraApi;
    client: IErrorsClient;

    /** Milliseconds between two questions at least. */
    interval?: number;
  }) {
    const { api, client, interval = INTERVAL } = options;
    this._client = client;
    this._throttler = new Throttler(() => this._ask(), {
      limit: interval,
      edge: 'trailing'
    });
    api.events.errorsChanged.connect(this._refresh, this);
    api.events.missed.connect(this._refresh, this);
    api.events.connectionChanged.connect(this._refresh, this);
    api.events.watch('error');
    void this._ask();
  }

  /** At most `MOST`. */
  get count(): number {
    return this._count;
  }

  get changed(): ISignal<this, number> {
    return this._changed;
  }

  private _refresh(): void {
    void this._throttler.invoke();
  }

  private async _ask(): Promise<void> {
    try {
      const { items } = await this._client.errorGroups({
        state: 'new',
        limit: MOST
      });
      if (items.length !== this._count) {
        this._count = items.length;
        this._changed.emit(this._count);
      }
    } catch {
      // The section says what is wrong; the next event asks again.
    }
  }

  private _client: IErrorsClient;
  private _throttler: Throttler;
  private _count = 0;
  private _changed = new Signal<this, number>(this);
}
