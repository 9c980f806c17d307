import { isNotFound } from '../api/failures';
import type { IJob, JobEvent } from '../api/types';
import type { IComputeClient, IDsinfraApi, IPage } from '../tokens';
import { Book, byAge } from './book';
import { ENDED_STATES, isOpen } from './states';

/** Jobs of a page: the server's maximum for those that are open, a few screens for others. */
const OPEN_PAGE = 500;
const ENDED_PAGE = 100;

/** Open jobs kept: more than anybody scrolls through. */
export const OPEN_MAX = 2000;

/** Changed jobs that are asked for one by one; of more, the lists are read again. */
const SINGLE_MAX = 8;

/** The jobs of this server that are in no group: those that run, then those that wait. */
export class JobBook extends Book<IJob> {
  constructor(options: JobBook.IOptions) {
    super(options.api, options.listInterval);
    this._client = options.client;
  }

  remove(id: string): void {
    if (this.known.delete(id)) {
      this.arrange();
    }
  }

  protected override readonly openMax = OPEN_MAX;

  protected override isOpen(job: IJob): boolean {
    return isOpen(job);
  }

  /** What runs first, then by the place in the queue, then in the order of sending. */
  protected override inTurn(left: IJob, right: IJob): number {
    return turnOf(left) - turnOf(right) || byAge(right, left);
  }

  protected override fetchPage(
    which: 'open' | 'ended',
    cursor: string | null
  ): Promise<IPage<IJob>> {
    const [state, limit] =
      which === 'open' ? ['open', OPEN_PAGE] : [ENDED_STATES, ENDED_PAGE];
    const query = { state, limit, cursor, is_single: true };
    return this._client.jobs(query, this.signal);
  }

  protected override async readChanged(areListsStale: boolean): Promise<void> {
    const ids = [...this._waiting];
    this._waiting.clear();
    if (areListsStale || ids.length > SINGLE_MAX) {
      await this.readLists();
    } else {
      await Promise.all(ids.map(id => this._readOne(id)));
    }
  }

  protected override onChanged(event: JobEvent): void {
    // One that is not known may be an item of a group, of which thousands change.
    const known = event.job_ids.filter(id => this.known.has(id));
    known.forEach(id => this._waiting.add(id));
    if (
      !event.is_complete ||
      known.length < event.job_ids.length ||
      this._waiting.size > SINGLE_MAX
    ) {
      this.readLater();
    }
    if (this._waiting.size > 0 && this._waiting.size <= SINGLE_MAX) {
      void this.ask();
    }
  }

  private async _readOne(id: string): Promise<void> {
    try {
      this.known.set(id, await this._client.job(id, this.signal));
    } catch (error) {
      if (!isNotFound(error)) {
        throw error;
      }
      this.known.delete(id);
    }
  }

  private readonly _client: JobBook.IOptions['client'];
  private readonly _waiting = new Set<string>();
}

export namespace JobBook {
  export interface IOptions {
    api: IDsinfraApi;
    client: Pick<IComputeClient, 'job' | 'jobs'>;

    /** Milliseconds between two readings of the lists at least. */
    listInterval?: number;
  }
}

function turnOf(job: IJob): number {
  return job.state === 'queued' ? (job.queue_place ?? Number.MAX_VALUE) : -1;
}
