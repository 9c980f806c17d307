import { OutputAreaModel } from '@jupyterlab/outputarea';
import { JSONExt } from '@lumino/coreutils';

import type { IJobMessage } from '../../api/types';
import type { IComputeClient } from '../../tokens';
import { LogReader } from '../log';
import { JobOutput } from '../output';
import type { ICodeModel } from './cells';
import { fingerprint, markOf, setMark } from './mark';

/**
 * Puts what a job puts out into its cell, each message once.
 *
 * How far that is done stands in the metadata of the cell, written together with the
 * outputs: whoever opens the notebook later, or has it open as well, goes on from there.
 */
export class OutputPlacer {
  constructor(options: OutputPlacer.IOptions) {
    this._cell = options.cell;
    this._client = options.client;
    this._jobId = options.jobId;
    if ((markOf(this._cell)?.seq ?? 0) === 0) {
      this._output = this._begin();
    }
    this._cell.outputs.changed.connect(this._onOutputsChanged, this);
  }

  /** Whether the job has ended and all of it is in the cell. */
  get isComplete(): boolean {
    return this._isComplete;
  }

  /** Whether something was left out because of a limit. */
  get isTruncated(): boolean {
    return this._reader?.isTruncated ?? false;
  }

  /** The count that the job's kernel gave to its result; null if it showed none. */
  get executionCount(): number | null {
    return this._executionCount;
  }

  /** Whether the cell still says that its output is that of this job. */
  get isWanted(): boolean {
    const mark = this._cell.isDisposed ? null : markOf(this._cell);
    return mark?.id === this._jobId && !mark.isLeft;
  }

  /** Let the cell be. */
  dispose(): void {
    this._abort.abort();
    this._cell.outputs?.changed.disconnect(this._onOutputsChanged, this);
  }

  /** Read what is new and put it into the cell; rejects with an `ApiError`. */
  async read(): Promise<void> {
    if (this._isComplete || this._abort.signal.aborted) {
      return;
    }
    if (this._output === null && !(await this._isBehind())) {
      return;
    }
    this._reader ??= new LogReader({
      client: this._client,
      jobId: this._jobId,
      take: messages => this._take(messages)
    });
    await this._reader.read(this._abort.signal);
    if (this._output === null && !this._abort.signal.aborted) {
      this._resume();
    }
    this._isComplete = this._reader.isComplete;
  }

  /** Whether the job has put out something that is not in the cell. */
  private async _isBehind(): Promise<boolean> {
    const after = this._seq;
    const { signal } = this._abort;
    const log = await this._client.jobLog(this._jobId, after, signal);
    const isBehind = log.items.some(({ seq }) => seq > after);
    this._isComplete = !isBehind && log.is_complete;
    return isBehind;
  }

  private _take(messages: readonly IJobMessage[]): void {
    if (this._output === null) {
      this._earlier.push(...messages);
    } else {
      this._place(this._output, messages);
    }
  }

  /**
   * Go on with outputs that were made before.
   *
   * What can still change them (displays with a name, a line that is written again, a
   * clearing that waits) is not in the document. So they are made anew from the beginning,
   * if they are what the job had made them; if the user did something to them, what is
   * missing is added to what is there.
   */
  private _resume(): void {
    const done = this._seq;
    const trial = new OutputAreaModel({ trusted: false });
    new JobOutput(trial).apply(this._earlier.filter(({ seq }) => seq <= done));
    const isSame = JSONExt.deepEqual(
      trial.toJSON(),
      this._cell.outputs.toJSON()
    );
    trial.dispose();
    const messages = this._earlier;
    this._earlier = [];
    if (isSame) {
      this._own(() => this._cell.outputs.clear());
      this._output = this._begin();
    } else {
      this._output = new JobOutput(this._cell.outputs, Infinity, done);
    }
    this._place(this._output, messages);
  }

  /** Begin with an empty cell; like one that is run here, it is trusted. */
  private _begin(): JobOutput {
    this._own(() => {
      this._cell.outputs.clear();
      this._cell.trusted = true;
    });
    return new JobOutput(this._cell.outputs);
  }

  private _place(output: JobOutput, messages: readonly IJobMessage[]): void {
    if (!this.isWanted) {
      return;
    }
    this._own(() => output.apply(messages));
    for (const { content, type } of messages) {
      const { execution_count: count } = content;
      if (type === 'execute_result' && typeof count === 'number') {
        this._executionCount = count;
      }
    }
    const mark = markOf(this._cell);
    if (mark !== null && output.lastSeq > mark.seq) {
      setMark(this._cell, { ...mark, seq: output.lastSeq });
    }
  }

  private get _seq(): number {
    return markOf(this._cell)?.seq ?? 0;
  }

  /** Do something to the outputs that is no change by somebody else. */
  private _own(work: () => void): void {
    this._isOwn = true;
    try {
      work();
    } finally {
      this._isOwn = false;
    }
  }

  private _onOutputsChanged(_: unknown, change: { type: string }): void {
    if (!this._isOwn && (change.type === 'clear' || change.type === 'remove')) {
      // The user cleared the outputs: what stood there is not to be changed any more.
      this._output?.forget();
    }
  }

  private readonly _abort = new AbortController();
  private readonly _cell: ICodeModel;
  private readonly _client: Pick<IComputeClient, 'jobLog'>;
  /** What was read before it was known how to go on. */
  private _earlier: IJobMessage[] = [];
  private _executionCount: number | null = null;
  private _isComplete = false;
  private _isOwn = false;
  private readonly _jobId: string;
  /** Null while it is not known whether the outputs are as the job made them. */
  private _output: JobOutput | null = null;
  private _reader: LogReader | null = null;
}

export namespace OutputPlacer {
  export interface IOptions {
    /** Its mark names the job. */
    cell: ICodeModel;
    client: Pick<IComputeClient, 'jobLog'>;
    jobId: string;
  }
}

/** Make a cell one whose output is that of a job, of which nothing is in it yet. */
export function claim(cell: ICodeModel, jobId: string): void {
  setMark(cell, {
    id: jobId,
    seq: 0,
    code: fingerprint(cell.sharedModel.getSource()),
    isLeft: false
  });
}
