import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type {
  IApiClient,
  IDsinfraApi,
  IEventStream,
  ServerState
} from '../tokens';
import { ApiError } from './failures';
import type { IHealth } from './types';

/** The client, the events, and what is known of the server extension. */
export class DsinfraApi implements IDsinfraApi, IDisposable {
  constructor(options: DsinfraApi.IOptions) {
    this.client = options.client;
    this.events = options.events;
    this.events.healthChanged.connect(this._onHealthChanged, this);
    this.events.missed.connect(this._onHealthChanged, this);
  }

  readonly client: IApiClient;
  readonly events: IEventStream;

  get health(): IHealth | null {
    return this._health;
  }

  get state(): ServerState {
    return this._state;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  async refresh(): Promise<void> {
    try {
      this._health = await this.client.health();
      this._state = 'ready';
    } catch (error) {
      this._state = stateOf(error);
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _onHealthChanged(): void {
    void this.refresh();
  }

  private _health: IHealth | null = null;
  private _state: ServerState = 'connecting';
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

export namespace DsinfraApi {
  export interface IOptions {
    client: IApiClient;
    events: IEventStream;
  }
}

/** An extension that answers, if only with an error, is there. */
function stateOf(error: unknown): ServerState {
  if (!(error instanceof ApiError)) {
    return 'unreachable';
  }
  switch (error.code) {
    case 'missing':
      return 'missing';
    case 'unreachable':
    case 'malformed':
      return 'unreachable';
    default:
      return 'ready';
  }
}
