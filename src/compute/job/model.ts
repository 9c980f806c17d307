import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isNotFound, messageOf } from '../../api/failures';
import type { IJob, IJobMessage, ILandRequest, IRun } from '../../api/types';
import type { IComputeClient, IDsinfraApi, ReceivedEvent } from '../../tokens';
import { OneAtATime } from '../../ui/oneAtATime';
import { SeenModel } from '../../ui/seenModel';
import { LogReader } from '../log';
import { isOpen } from '../states';

/** What can be shown of a job; `ready` with a failure shows what was last known. */
export type JobViewState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: string }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'ready';
      readonly job: IJob;
      readonly failure: string | null;
    };

/**
 * One job with its log and its run, kept up to date while somebody looks.
 */
export class JobModel extends SeenModel {
  constructor(options: JobModel.IOptions) {
    super();
    this.jobId = options.jobId;
    this._api = options.api;
    this._client = options.client;
    this._log = new LogReader({
      client: options.client,
      jobId: options.jobId,
      take: messages => this._messages.emit(messages)
    });
    this._api.events.received.connect(this._onReceived, this);
    this._api.events.missed.connect(this._onMissed, this);
    this._api.events.connectionChanged.connect(this._onMissed, this);
  }

  readonly jobId: string;

  /** Emitted with each stretch of the log, in order. */
  get messages(): ISignal<this, readonly IJobMessage[]> {
    return this._messages;
  }

  get state(): JobViewState {
    return this._state;
  }

  /** The job as far as there is one to show. */
  get job(): IJob | null {
    return this._state.kind === 'ready' ? this._state.job : null;
  }

  /** The run of the job; null before it was fetched, or if there is none. */
  get run(): IRun | null {
    return this._run;
  }

  /** Why the log could not be read on, for a person; else null. */
  get logFailure(): string | null {
    return this._logFailure;
  }

  /** Whether the log was read as far as it goes. */
  get isLogRead(): boolean {
    return this._isLogRead;
  }

  /** Whether something was left out of the log because of a limit. */
  get isTruncated(): boolean {
    return this._log.isTruncated;
  }

  /** Whether something that the user asked for is under way. */
  get isBusy(): boolean {
    return this._isBusy;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  override dispose(): void {
    this._abort.abort();
    super.dispose();
  }

  /** Fetch the job and what is new of its log. Never rejects. */
  async refresh(): Promise<void> {
    if (this.isActive) {
      await this._asking.ask();
    }
  }

  cancel(): Promise<void> {
    return this._act(() => this._client.cancelJob(this.jobId));
  }

  /** Go on with a job that waits for the user's word; rejects with an `ApiError`. */
  confirm(): Promise<void> {
    return this._act(() => this._client.confirmJob(this.jobId));
  }

  /** Have the notebook's kernel take results; rejects with an `ApiError`. */
  land(request: ILandRequest): Promise<void> {
    return this._act(() => this._client.landJob(this.jobId, request));
  }

  private async _act(work: () => Promise<IJob>): Promise<void> {
    this._isBusy = true;
    this.emit();
    try {
      const job = await work();
      this._state = { kind: 'ready', job, failure: null };
    } finally {
      this._isBusy = false;
      this.emit();
    }
  }

  private async _ask(): Promise<void> {
    const { signal } = this._abort;
    try {
      const job = await this._client.job(this.jobId, signal);
      const isNew = this.job === null;
      this._state = { kind: 'ready', job, failure: null };
      if (isNew || !isOpen(job)) {
        this.emit();
      }
      await Promise.all([this._readLog(), this._readRun(job)]);
    } catch (error) {
      if (!signal.aborted) {
        this._setFailure(error);
      }
    }
    this.emit();
  }

  private async _readLog(): Promise<void> {
    try {
      await this._log.read(this._abort.signal);
      this._logFailure = null;
      this._isLogRead = true;
    } catch (error) {
      this._logFailure = messageOf(error);
    }
  }

  /** Fetch the run, which is there once the job has begun, and once more at the end. */
  private async _readRun(job: IJob): Promise<void> {
    if (
      (job.started_at === null && isOpen(job)) ||
      (this._run !== null && (isOpen(job) || this._run.ended_at !== null))
    ) {
      return;
    }
    try {
      this._run = await this._api.client.run(job.run_id);
    } catch {
      // Nothing was recorded of it, or it was deleted: the job stands for itself.
    }
  }

  private _setFailure(error: unknown): void {
    const failure = messageOf(error);
    if (isNotFound(error)) {
      this._state = { kind: 'missing' };
    } else if (this._state.kind === 'ready') {
      this._state = { ...this._state, failure };
    } else {
      this._state = { kind: 'failed', failure };
    }
  }

  private _onReceived(_: unknown, event: ReceivedEvent): void {
    if (
      event.type === 'job' &&
      (!event.is_complete || event.job_ids.includes(this.jobId))
    ) {
      void this.refresh();
    }
  }

  private _onMissed(): void {
    void this.refresh();
  }

  protected override watch(): IDisposable {
    return this._api.events.watch('job');
  }

  protected override onSeen(): void {
    void this.refresh();
  }

  private readonly _abort = new AbortController();
  private readonly _api: IDsinfraApi;
  private readonly _asking = new OneAtATime(() => this._ask());
  private readonly _client: IComputeClient;
  private _isBusy = false;
  private _isLogRead = false;
  private readonly _log: LogReader;
  private _logFailure: string | null = null;
  private readonly _messages = new Signal<this, readonly IJobMessage[]>(this);
  private _run: IRun | null = null;
  private _state: JobViewState = { kind: 'loading' };
}

/** What belongs to `JobModel`. */
export namespace JobModel {
  export interface IOptions {
    api: IDsinfraApi;
    client: IComputeClient;
    jobId: string;
  }
}
