import type { VDomRenderer } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IJob, ITarget } from '../api/types';
import { messageOf } from '../experiments/runs';
import type { IDsinfraApi, ServerState } from '../tokens';
import type { JobBook } from './jobs';
import type { TargetBook } from './targets';

/** The section's state: targets, jobs, and which job commands act on. */
export class ComputeModel implements VDomRenderer.IModel {
  constructor(options: ComputeModel.IOptions) {
    this._api = options.api;
    this._jobs = options.jobs;
    this._targets = options.targets;
    this._api.changed.connect(this._emit, this);
    this._jobs.changed.connect(this._onJobsChanged, this);
    this._targets.changed.connect(this._emit, this);
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
      Signal.clearData(this);
      this._following?.dispose();
      this._following = null;
      this._jobs.isActive = false;
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
    this._following?.dispose();
    this._following = isActive ? this._targets.follow() : null;
    this._jobs.isActive = isActive;
    this._emit();
  }

  get phase(): 'loading' | 'ready' | 'failed' {
    if (this._targets.isLoaded && this._jobs.isLoaded) {
      return 'ready';
    }
    return this.failure === null ? 'loading' : 'failed';
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    const failure = this._targets.failure ?? this._jobs.failure;
    return failure === null ? null : messageOf(failure);
  }

  get serverState(): ServerState {
    return this._api.state;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  get targets(): readonly ITarget[] {
    return this._targets.items;
  }

  get open(): readonly IJob[] {
    return this._jobs.open;
  }

  get ended(): readonly IJob[] {
    return this._jobs.ended;
  }

  get hasMoreOpen(): boolean {
    return this._jobs.hasMoreOpen;
  }

  get hasMoreEnded(): boolean {
    return this._jobs.hasMoreEnded;
  }

  /** The id of the job that commands act on. */
  get selectedId(): string | null {
    return this._selectedId;
  }

  set selectedId(id: string | null) {
    if (id !== this._selectedId) {
      this._selectedId = id;
      this._emit();
    }
  }

  /** Read on among the jobs that ended. */
  loadMore(): void {
    void this._jobs.loadMore();
  }

  /** Ask the server for everything that is shown. */
  async refresh(): Promise<void> {
    await Promise.all([this._targets.refresh(), this._jobs.refresh()]);
  }

  private _onJobsChanged(): void {
    if (
      this._selectedId !== null &&
      this._jobs.find(this._selectedId) === null
    ) {
      this._selectedId = null;
    }
    this._emit();
  }

  private _emit(): void {
    this._stateChanged.emit();
  }

  private _api: IDsinfraApi;
  private _jobs: JobBook;
  private _targets: TargetBook;
  private _following: IDisposable | null = null;
  private _selectedId: string | null = null;
  private _isDisposed = false;
  private _stateChanged = new Signal<this, void>(this);
}

export namespace ComputeModel {
  export interface IOptions {
    api: IDsinfraApi;
    jobs: JobBook;
    targets: TargetBook;
  }
}
