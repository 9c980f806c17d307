import type { IDisposable } from '@lumino/disposable';

import { ApiError, messageOf } from '../api/failures';
import type { IAlert, IKernelSample, ISnapshot } from '../api/types';
import type { IDsinfraApi, IResourcesClient, ServerState } from '../tokens';
import { SeenModel } from '../ui/seenModel';
import type { AlertBook } from './alerts';
import type { SampleFeed } from './feed';
import { MemoryBook } from './memoryBook';
import type { Column, ISorting } from './sorting';
import { sorted, turned } from './sorting';

/** Milliseconds that lines keep their places, so that they can be read and hit. */
const ORDER_TIME = 5000;

/** The section's state: readings, alerts, and how the table of kernels is sorted. */
export class ResourcesModel extends SeenModel {
  constructor(options: ResourcesModel.IOptions) {
    super();
    const { api, alerts, client, feed } = options;
    this._api = api;
    this._alerts = alerts;
    this._feed = feed;
    this.memory = new MemoryBook({ client });
    this.memory.changed.connect(this.emit, this);
    feed.changed.connect(this._onFeedChanged, this);
    alerts.changed.connect(this.emit, this);
    api.changed.connect(this.emit, this);
  }

  override dispose(): void {
    this.memory.dispose();
    super.dispose();
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
    this._kernels = sorted(this._kernels, this._sorting);
    this._orderedAt = performance.now();
    this.emit();
  }

  /** Whether lines keep their places: a pointer is on them. */
  isHeld = false;

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
      this.emit();
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
    this.emit();
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
    this._kernels = sorted(kernels, this._sorting);
    if (this.isHeld || (isSame && now - this._orderedAt < ORDER_TIME)) {
      // New ones come last.
      const placeOf = ({ kernel_id: id }: IKernelSample): number =>
        places.get(id) ?? places.size;
      this._kernels.sort((left, right) => placeOf(left) - placeOf(right));
    } else {
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

  protected override watch(): IDisposable {
    return this._feed.follow();
  }

  protected override onUnseen(): void {
    this.isHeld = false;
  }

  private _api: IDsinfraApi;
  private _alerts: AlertBook;
  private _feed: SampleFeed;
  private _sorting: ISorting = { column: 'memory', isDescending: true };
  private _kernels: IKernelSample[] = [];
  private _orderedAt = -Infinity;
  private _selectedId: string | null = null;
  private _failures = 0;
}

export namespace ResourcesModel {
  export interface IOptions {
    api: IDsinfraApi;
    alerts: AlertBook;
    client: Pick<IResourcesClient, 'kernelMemory'>;
    feed: SampleFeed;
  }
}
