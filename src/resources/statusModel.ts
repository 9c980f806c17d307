import type { VDomRenderer } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IHostSample, IKernelSample } from '../api/types';
import type { SampleFeed } from './feed';

/** The kernel of the notebook in front. */
export interface ICurrentKernel {
  /** Null if there is none. */
  readonly id: string | null;
  readonly changed: ISignal<unknown, void>;
}

/** What the item in the status bar shows. Asks for nothing while it is not on. */
export class StatusModel implements VDomRenderer.IModel {
  constructor(options: { feed: SampleFeed; current: ICurrentKernel }) {
    this._feed = options.feed;
    this._current = options.current;
    this._feed.changed.connect(this._emit, this);
    this._current.changed.connect(this._update, this);
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
      Signal.clearData(this);
    }
  }

  /** Whether the user wants the item. */
  get isWanted(): boolean {
    return this._isWanted;
  }

  set isWanted(isWanted: boolean) {
    this._isWanted = isWanted;
    this._update();
  }

  /** Whether there is something to show: a kernel in front, wanted and read. */
  get isShown(): boolean {
    return (
      this._isWanted &&
      this.kernel !== null &&
      this._feed.age(Date.now()) === null
    );
  }

  get kernel(): IKernelSample | null {
    const { id } = this._current;
    const kernels = this._feed.snapshot?.kernels ?? [];
    const kernel = kernels.find(item => item.kernel_id === id) ?? null;
    return kernel?.rss_bytes === null ? null : kernel;
  }

  get host(): IHostSample | null {
    return this._feed.snapshot?.host ?? null;
  }

  private _update(): void {
    const isFollowing = this._isWanted && this._current.id !== null;
    if (isFollowing && this._following === null && !this._isDisposed) {
      this._following = this._feed.follow();
    } else if (!isFollowing) {
      this._following?.dispose();
      this._following = null;
    }
    this._emit();
  }

  private _emit(): void {
    this._stateChanged.emit();
  }

  private _feed: SampleFeed;
  private _current: ICurrentKernel;
  private _following: IDisposable | null = null;
  private _isWanted = false;
  private _isDisposed = false;
  private _stateChanged = new Signal<this, void>(this);
}
