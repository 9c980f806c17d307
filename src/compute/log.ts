import type { IJobLog, IJobMessage } from '../api/types';
import type { IComputeClient } from '../tokens';

/** Stretches read one after another before what was read is shown. */
const STRETCHES_MAX = 20;

/** Reads the log of a job from where it was read last. */
export class LogReader {
  constructor(options: {
    client: Pick<IComputeClient, 'jobLog'>;
    jobId: string;

    /** Called with each stretch that is not empty, in order. */
    take: (messages: readonly IJobMessage[]) => void;
  }) {
    this._client = options.client;
    this._jobId = options.jobId;
    this._take = options.take;
  }

  /** Whether the job has ended and all of its log was read. */
  get isComplete(): boolean {
    return this._isComplete;
  }

  /** Whether something was left out of the log because of a limit. */
  get isTruncated(): boolean {
    return this._isTruncated;
  }

  /**
   * Read what is new; rejects with an `ApiError`.
   *
   * Calls while one is under way have the rest read once more, and not by each.
   */
  async read(signal?: AbortSignal): Promise<void> {
    if (this._isComplete) {
      return;
    }
    this._isAsked = true;
    this._reading ??= this._readAll(signal).finally(() => {
      this._reading = null;
    });
    await this._reading;
  }

  private async _readAll(signal: AbortSignal | undefined): Promise<void> {
    while (this._isAsked && !this._isComplete) {
      this._isAsked = false;
      for (let count = 0; count < STRETCHES_MAX; count++) {
        const log = await this._client.jobLog(this._jobId, this._after, signal);
        if (signal?.aborted) {
          return;
        }
        if (!this._accept(log)) {
          break;
        }
        this._isAsked = count === STRETCHES_MAX - 1;
      }
    }
  }

  /** Take a stretch in; gives whether there may be more. */
  private _accept(log: IJobLog): boolean {
    const isFurther = log.next_seq > this._after;
    this._after = Math.max(this._after, log.next_seq);
    this._isComplete = log.is_complete;
    this._isTruncated ||= log.truncated ?? false;
    if (log.items.length > 0) {
      this._take(log.items);
    }
    // A stretch may be of messages alone that are not shown.
    return isFurther && !log.is_complete;
  }

  private _client: Pick<IComputeClient, 'jobLog'>;
  private _jobId: string;
  private _take: (messages: readonly IJobMessage[]) => void;
  private _after = 0;
  private _isAsked = false;
  private _isComplete = false;
  private _isTruncated = false;
  private _reading: Promise<void> | null = null;
}
