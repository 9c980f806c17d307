import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { messageOf } from '../api/failures';
import type { IKernelMemory } from '../api/types';
import type { IResourcesClient } from '../tokens';

/** What the memory of one kernel is made of: read when the user asks, and only then. */
export class MemoryBook implements IDisposable {
  constructor(options: MemoryBook.IOptions) {
    this._client = options.client;
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
      this._asking?.abort();
      Signal.clearData(this);
    }
  }

  /** The kernel whose memory is shown; null if none's is. */
  get kernelId(): string | null {
    return this._kernelId;
  }

  /** What was read of it last; null if nothing was. */
  get memory(): IKernelMemory | null {
    return this._memory;
  }

  /** Why nothing newer was read, for a person; else null. */
  get failure(): string | null {
    return this._failure;
  }

  get isReading(): boolean {
    return this._asking !== null;
  }

  /** Show the memory of a kernel, read now. */
  open(kernelId: string): void {
    if (kernelId !== this._kernelId) {
      this._kernelId = kernelId;
      this._memory = null;
      this.read();
    }
  }

  /** Show nobody's. */
  close(): void {
    if (this._kernelId !== null) {
      this._asking?.abort();
      this._kernelId = this._memory = this._failure = this._asking = null;
      this._changed.emit();
    }
  }

  /** Read it again. */
  read(): void {
    const { _kernelId: id } = this;
    if (id === null || this._isDisposed) {
      return;
    }
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    this._failure = null;
    this._client.kernelMemory(id, asking.signal).then(
      memory => this._take(asking, memory, null),
      error => this._take(asking, this._memory, messageOf(error))
    );
    this._changed.emit();
  }

  private _take(
    asking: AbortController,
    memory: IKernelMemory | null,
    failure: string | null
  ): void {
    if (asking === this._asking && !this._isDisposed) {
      this._asking = null;
      this._memory = memory;
      this._failure = failure;
      this._changed.emit();
    }
  }

  private _client: Pick<IResourcesClient, 'kernelMemory'>;
  private _asking: AbortController | null = null;
  private _kernelId: string | null = null;
  private _memory: IKernelMemory | null = null;
  private _failure: string | null = null;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

export namespace MemoryBook {
  export interface IOptions {
    client: Pick<IResourcesClient, 'kernelMemory'>;
  }
}
