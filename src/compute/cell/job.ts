import type { VDomRenderer } from '@jupyterlab/ui-components';
import { PromiseDelegate } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isNotFound, messageOf } from '../../api/failures';
import type { IJob, ILandRequest, INewJob } from '../../api/types';
import type { IComputeClient } from '../../tokens';
import { OneAtATime } from '../../ui/oneAtATime';
import { isOpen } from '../states';
import type { ICodeModel } from './cells';
import type { IDestination } from './destination';
import { fingerprint, markOf, setMark } from './mark';
import { OutputPlacer, claim } from './placing';

/** How long the end of a job waits for its names to be here, in milliseconds. */
export const LANDING_MS = 10_000;

/** How it stands with what a cell was sent to. */
export type CellJobState =
  /** It is sent when the cells before it have succeeded. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending' }
  /** It was not sent. */
  | { readonly kind: 'refused'; readonly text: string }
  /** The page was closed before it was sent. */
  | { readonly kind: 'left' }
  | {
      readonly kind: 'sent';
      readonly job: IJob;
      /** Why what is shown may not be up to date, for a person. */
      readonly failure: string | null;
    };

/** A cell and the job that its output is from. */
export class CellJob implements VDomRenderer.IModel {
  constructor(options: CellJob.IOptions) {
    this._options = options;
    this._cell.contentChanged.connect(this._onContentChanged, this);
  }

  /** Where it goes, and what it gets there. */
  get destination(): IDestination {
    return this._options.destination;
  }

  get target(): string {
    return this.destination.target;
  }

  /** Whether the user is here who sent it, and is asked what there is to ask. */
  isOwn = false;

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Emitted once, when the user asks not to see it any more. */
  get dismissed(): ISignal<this, void> {
    return this._dismissed;
  }

  /** Emitted when it is not followed any more. */
  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get cell(): ICodeModel {
    return this._options.cell;
  }

  get state(): CellJobState {
    return this._state;
  }

  get job(): IJob | null {
    return this._state.kind === 'sent' ? this._state.job : null;
  }

  /** Whether it is still to be sent, if somebody says so again after the page was closed. */
  get isUnsent(): boolean {
    const { kind } = this._state;
    return kind === 'waiting' || kind === 'sending' || kind === 'left';
  }

  /** When it was asked for, in milliseconds of the server's clock. */
  get askedAt(): number {
    return this._options.askedAt;
  }

  /** Whether something of it is still to come. */
  get isOpen(): boolean {
    return this.job === null
      ? this._state.kind === 'waiting' || this._state.kind === 'sending'
      : isOpen(this.job) || (this._placer !== null && !this._placer.isComplete);
  }

  /** Whether the code is not what was sent any more. */
  get isEdited(): boolean {
    const mark = markOf(this._cell);
    return (
      mark !== null &&
      mark.code !== '' &&
      mark.code !== fingerprint(this._cell.sharedModel.getSource())
    );
  }

  /** Whether something was left out of the output because of a limit. */
  get isTruncated(): boolean {
    return this._placer?.isTruncated ?? false;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._options.clockOffset();
  }

  /** Whether something that the user asked for is under way. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  /**
   * Resolves when the job has ended and its names are here; to null if it did not come to
   * that, or nobody cares any more.
   */
  get ended(): Promise<IJob | null> {
    return this._ended.promise;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._landing);
      this._placer?.dispose();
      this._ended.resolve(null);
      this._cell.contentChanged?.disconnect(this._onContentChanged, this);
      this._disposed.emit();
      Signal.clearData(this);
    }
  }

  /** Send the cell; what goes wrong is in the state. */
  async send(job: INewJob): Promise<void> {
    this.isOwn = true;
    this._setState({ kind: 'sending' });
    this._cell.clearExecution();
    this._cell.executionState = 'running';
    setMark(this._cell, null);
    try {
      const sent = await this._options.client.submitJob(job);
      if (!this._isDisposed) {
        claim(this._cell, sent.id);
        this.take(sent);
        await this.refresh();
      }
    } catch (error) {
      this.refuse(messageOf(error));
    }
  }

  /** Say why the cell was not sent. */
  refuse(text: string): void {
    if (!this._isDisposed) {
      this._cell.executionState = 'idle';
      this._setState({ kind: 'refused', text });
      this._ended.resolve(null);
    }
  }

  /** Say that the page was closed before the cell was sent. */
  leave(): void {
    this._setState({ kind: 'left' });
    this._ended.resolve(null);
  }

  /** Take in how the job stands. */
  take(job: IJob): void {
    if (this._isDisposed) {
      return;
    }
    this._setState({ kind: 'sent', job, failure: null });
    if (isOpen(job)) {
      this._showRunning();
    }
  }

  /** Ask for the job and put into the cell what is new. Never rejects. */
  refresh(): Promise<void> {
    return this._asking.ask();
  }

  /** Ask for the end of the job, or do not send it. */
  async cancel(): Promise<void> {
    const { job } = this;
    if (job !== null) {
      await this.act(() => this._options.client.cancelJob(job.id));
    } else if (this._state.kind === 'waiting') {
      this.dismiss();
    }
  }

  /** Inputs that the job had changed, and that the user has had brought here. */
  get broughtBack(): ReadonlySet<string> {
    return this._broughtBack;
  }

  /** Have the kernel take results. */
  async land(request: ILandRequest): Promise<void> {
    const { job } = this;
    if (
      job !== null &&
      (await this.act(() => this._options.client.landJob(job.id, request)))
    ) {
      for (const name of request.names ?? []) {
        this._broughtBack.add(name);
      }
      this._emit();
    }
  }

  /** Do something to the job; what goes wrong is shown. Gives whether it worked. */
  async act(work: () => Promise<IJob>): Promise<boolean> {
    if (this._isBusy) {
      return false;
    }
    this._isBusy = true;
    this._emit();
    try {
      this.take(await work());
      return true;
    } catch (error) {
      this._fail(error);
      return false;
    } finally {
      this._isBusy = false;
      this._emit();
    }
  }

  /** Show it no more. */
  dismiss(): void {
    if (!this._isDisposed) {
      if (!this.isOpen || this._state.kind === 'waiting') {
        this._cell.executionState = 'idle';
      }
      this._dismissed.emit();
    }
  }

  private async _ask(): Promise<void> {
    const id = this.job?.id ?? null;
    if (id === null || this._isDisposed) {
      return;
    }
    try {
      // The job first: what ended before the log was read has all of it there.
      const job = await this._options.client.job(id);
      this.take(job);
      await this._place(id);
      this._finish(job);
    } catch (error) {
      this._fail(error);
    }
    this._emit();
  }

  private async _place(id: string): Promise<void> {
    const { client, isPlacing } = this._options;
    const mark = markOf(this._cell);
    if (this._isDisposed || mark?.id !== id || !isPlacing()) {
      // Another browser does it; if that is closed, this one begins where that was.
      this._placer?.dispose();
      this._placer = null;
      return;
    }
    this._placer ??= new OutputPlacer({ cell: this._cell, client, jobId: id });
    await this._placer.read();
  }

  private _finish(job: IJob): void {
    if (this._isDisposed || isOpen(job)) {
      return;
    }
    const isPlaced = this._placer?.isComplete ?? true;
    if (isPlaced && !this._isFinished) {
      this._isFinished = true;
      if (this._placer !== null && this._cell.executionState === 'running') {
        this._cell.executionState = 'idle';
        // A cell that sent itself keeps the count that it got here.
        this._cell.executionCount =
          this._placer.executionCount ?? this._cell.executionCount;
      }
      // Who waits for the names goes on without them at some time.
      this._landing = setTimeout(() => this._ended.resolve(job), LANDING_MS);
    }
    if (isPlaced && job.result_state !== 'waiting') {
      clearTimeout(this._landing);
      this._ended.resolve(job);
    }
  }

  private _fail(error: unknown): void {
    if (this._isDisposed) {
      return;
    }
    if (isNotFound(error)) {
      // It was taken off the list: its output stays, and there is nothing to say.
      this._cell.executionState = 'idle';
      this._dismissed.emit();
    } else if (this._state.kind === 'sent') {
      this._setState({ ...this._state, failure: messageOf(error) });
    }
  }

  private _showRunning(): void {
    if (markOf(this._cell)?.id === this.job?.id) {
      this._cell.executionState = 'running';
    }
  }

  private get _cell(): ICodeModel {
    return this._options.cell;
  }

  private _setState(state: CellJobState): void {
    this._state = state;
    this._emit();
  }

  private _onContentChanged(): void {
    const { isEdited } = this;
    if (isEdited !== this._wasEdited) {
      this._wasEdited = isEdited;
      this._emit();
    }
  }

  private _emit(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  private readonly _asking = new OneAtATime(() => this._ask());
  private readonly _broughtBack = new Set<string>();
  private readonly _disposed = new Signal<this, void>(this);
  private readonly _dismissed = new Signal<this, void>(this);
  private readonly _ended = new PromiseDelegate<IJob | null>();
  private _isBusy = false;
  private _isDisposed = false;
  private _isFinished = false;
  private _landing: ReturnType<typeof setTimeout> | undefined;
  private readonly _options: CellJob.IOptions;
  private _placer: OutputPlacer | null = null;
  private _state: CellJobState = { kind: 'waiting' };
  private readonly _stateChanged = new Signal<this, void>(this);
  private _wasEdited = false;
}

export namespace CellJob {
  export interface IOptions {
    /** When it was asked for, in milliseconds of the server's clock. */
    askedAt: number;
    cell: ICodeModel;
    client: Pick<
      IComputeClient,
      'cancelJob' | 'job' | 'jobLog' | 'landJob' | 'submitJob'
    >;
    /** Milliseconds that the server's clock is ahead. */
    clockOffset: () => number;
    /** Whether this browser is the one that writes into the document. */
    isPlacing: () => boolean;
    destination: IDestination;
  }
}
