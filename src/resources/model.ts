import type { VDomRenderer } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { ApiError } from '../api/client';
import type { IAlert, IKernelSample, ISnapshot } from '../api/types';
import { messageOf } from '../experiments/runs';
import type { IDsinfraApi, IResourcesClient, ServerState } from '../tokens';
import type { AlertBook } from './alerts';
import type { SampleFeed } from './feed';
import { MemoryBook } from './memoryBook';
import type { Column, ISorting } from './sorting';
import { sorted, turned } from './sorting';

/** Milliseconds that lines keep their places, so that they can be read and hit. */
const ORDER_TIME = 5000;

/** The section's state: readings, alerts, and how the table of kernels is sorted. */
export class ResourcesModel implements VDomRenderer.IModel {
  constructor(options: ResourcesModel.IOptions) {
    const { api, alerts, client, feed } = options;
    this._api = api;
    this._alerts = alerts;
    this._feed = feed;
    this.memory = new MemoryBook({ client });
    this.memory.changed.connect(this._emit, this);
    feed.changed.connect(this._onFeedChanged, this);
    alerts.changed.connect(this._emit, this);
    api.changed.connect(this._emit, this);
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._following?.dispose();
      this.memory.dispose();
      Signal.clearData(this);
    }
  }

  /** Whether somebody looks: nothing is asked for otherwise. */
  get isActive(): boolean {
    return this._following !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    if (isActive) {
      this._following = this._feed.follow();
    } else {
      this._following?.dispose();
      this._following = null;
    }
    this._emit();
  }

  get phase(): 'loading' | 'ready' | 'failed' {
    if (this.snapshot !== null) {
      return 'ready';
    }
    const { failure } = this._feed;
    return failure === null || this._isEarly ? 'loading' : 'failed';
  }

  /** Why there are no newer readings, for a person; else null. */
  get failure(): string | null {
    const { failure } = this._feed;
    return failure === null ? null : messageOf(failure);
  }

  get serverState(): ServerState {
    return this._api.state;
  }

  get snapshot(): ISnapshot | null {
    return this._feed.snapshot;
  }

  /** How old the readings are, in seconds; null as long as they are fresh. */
  age(now: number): number | null {
    return this._feed.age(now);
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  get alerts(): readonly IAlert[] {
    return this._alerts.items;
  }

  /** The last minutes of a series, the newest last. */
  trail(name: string): (number | null)[] {
    return this._feed.trail(name);
  }

  get sorting(): ISorting {
    return this._sorting;
  }

  /** Sort by a column; by the same one again, the other way round. */
  sortBy(column: Column): void {
    this._sorting = turned(this._sorting, column);
    this._orderedAt = -Infinity;
    this._arrange();
    this._emit();
  }

  /** The kernels, in an order that changes only every few seconds. */
  get kernels(): readonly IKernelSample[] {
    return this._kernels;
  }

  /** What a person calls a kernel; empty if it is not there. */
  nameOf(id: string): string {
    return this._kernels.find(kernel => kernel.kernel_id === id)?.name ?? '';
  }

  /** The id of the kernel that commands act on. */
  get selectedId(): string | null {
    return this._selectedId;
  }

  set selectedId(id: string | null) {
    if (id !== this._selectedId) {
      this._selectedId = id;
      this._emit();
    }
  }

  /** What the memory of the kernel is made of that the user has opened. */
  readonly memory: MemoryBook;

  /** Show what the memory of a kernel is made of; of none if null. */
  showMemory(id: string | null): void {
    if (id === null) {
      this.memory.close();
    } else {
      this._selectedId = id;
      this.memory.open(id);
    }
  }

  /** Ask the server now. */
  refresh(): void {
    this._feed.refresh();
    this._alerts.refresh();
  }

  /** Whether the server has only just begun to look. */
  private get _isEarly(): boolean {
    const { failure } = this._feed;
    return (
      failure instanceof ApiError &&
      failure.status === 503 &&
      this._failures <= 1
    );
  }

  private _onFeedChanged(): void {
    this._failures = this._feed.failure === null ? 0 : this._failures + 1;
    this._arrange();
    this._emit();
  }

  private _arrange(): void {
    const kernels = this.snapshot?.kernels ?? [];
    const places = new Map(
      this._kernels.map((kernel, index) => [kernel.kernel_id, index])
    );
    const isSame =
      kernels.length === places.size &&
      kernels.every(kernel => places.has(kernel.kernel_id));
    const now = performance.now();
    if (isSame && now - this._orderedAt < ORDER_TIME) {
      this._kernels = [...kernels].sort(
        (left, right) =>
          (places.get(left.kernel_id) ?? 0) - (places.get(right.kernel_id) ?? 0)
      );
    } else {
      this._kernels = sorted(kernels, this._sorting);
      this._orderedAt = now;
    }
    if (!isSame) {
      const isThere = (id: string | null): boolean =>
        kernels.some(item => item.kernel_id === id);
      this._selectedId = isThere(this._selectedId) ? this._selectedId : null;
      if (!isThere(this.memory.kernelId)) {
        this.memory.close();
      }
    }
  }

  private _emit(): void {
    this._stateChanged.emit();
  }

  private _api: IDsinfraApi;
  private _alerts: AlertBook;
  private _feed: SampleFeed;
  private _following: IDisposable | null = null;
  private _sorting: ISorting = { column: 'memory', isDescending: true };
  private _kernels: IKernelSample[] = [];
  private _orderedAt = -Infinity;
  private _selectedId: string | null = null;
  private _failures = 0;
  private _isDisposed = false;
  private _stateChanged = new Signal<this, void>(this);
}

export namespace ResourcesModel {
  export interface IOptions {
    api: IDsinfraApi;
    alerts: AlertBook;
    client: Pick<IResourcesClient, 'kernelMemory'>;
    feed: SampleFeed;
  }
}
