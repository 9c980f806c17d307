import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ITarget } from '../api/types';
import type { IComputeClient, IDsinfraApi, ReceivedEvent } from '../tokens';
import { OneAtATime } from '../ui/oneAtATime';

/** The target that is there with nothing configured. */
export const LOCAL_TARGET = 'local';

/**
 * The targets of this server, the same for all who show some.
 *
 * Asks the server for nothing while nobody follows.
 */
export class TargetBook implements IDisposable {
  constructor(options: TargetBook.IOptions) {
    this._api = options.api;
    this._client = options.client;
    this._api.events.received.connect(this._onReceived, this);
    this._api.events.missed.connect(this.refresh, this);
    this._api.events.connectionChanged.connect(this._onConnection, this);
  }

  /** Every target, the one that is always there first. */
  get items(): readonly ITarget[] {
    return this._items;
  }

  /** Whether the server has answered once. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** What the last question failed with, else null. Known targets stay. */
  get failure(): unknown {
    return this._failure;
  }

  get names(): string[] {
    return this._items.map(({ name }) => name);
  }

  /** Where a cell goes if nobody says otherwise. */
  get defaultName(): string {
    const { names } = this;
    return names.includes(this._preferred)
      ? this._preferred
      : (names[0] ?? LOCAL_TARGET);
  }

  /** The name that a setting gives; passed over while there is no such target. */
  set preferred(name: string) {
    if (name !== this._preferred) {
      this._preferred = name;
      this._changed.emit();
    }
  }

  /** Emitted after anything above has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch?.dispose();
      Signal.clearData(this);
    }
  }

  find(name: string): ITarget | null {
    return this._items.find(item => item.name === name) ?? null;
  }

  /** Keep the targets up to date until the returned object is disposed. */
  follow(): IDisposable {
    this._followers += 1;
    if (this._followers === 1) {
      this._watch = this._api.events.watch('target');
      void this.refresh();
    }
    return new DisposableDelegate(() => {
      this._followers -= 1;
      if (this._followers === 0) {
        this._watch?.dispose();
        this._watch = null;
      }
    });
  }

  /** Ask the server now, if somebody follows. Never rejects. */
  async refresh(): Promise<void> {
    if (this._followers > 0 && !this._isDisposed) {
      await this._asking.ask();
    }
  }

  /** Put a newer state of a target in its place. */
  put(target: ITarget): void {
    const index = this._items.findIndex(({ name }) => name === target.name);
    this._items =
      index < 0
        ? [...this._items, target]
        : this._items.map(item => (item.name === target.name ? target : item));
    this._changed.emit();
  }

  remove(name: string): void {
    this._items = this._items.filter(item => item.name !== name);
    this._changed.emit();
  }

  private async _ask(): Promise<void> {
    try {
      const { items } = await this._client.targets();
      this._items = items;
      this._isLoaded = true;
      this._failure = null;
    } catch (error) {
      this._failure = error;
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (event.type === 'target') {
      void this.refresh();
    }
  }

  private _onConnection(_: unknown, isConnected: boolean): void {
    if (isConnected && this._failure !== null) {
      void this.refresh();
    }
  }

  private _api: IDsinfraApi;
  private _client: Pick<IComputeClient, 'targets'>;
  private _asking = new OneAtATime(() => this._ask());
  private _items: readonly ITarget[] = [];
  private _isLoaded = false;
  private _failure: unknown = null;
  private _preferred = LOCAL_TARGET;
  private _followers = 0;
  private _watch: IDisposable | null = null;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

export namespace TargetBook {
  export interface IOptions {
    api: IDsinfraApi;
    client: Pick<IComputeClient, 'targets'>;
  }
}
