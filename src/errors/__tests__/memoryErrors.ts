import { ApiError } from '../../api/failures';
import type {
  IErrorGroup,
  IErrorGroupPatch,
  IErrorTrend
} from '../../api/types';
import type {
  IErrorExportQuery,
  IErrorQuery,
  IErrorTrendQuery,
  IErrorsClient,
  IPage
} from '../../tokens';

/** Return a group that somebody has to look at, but for what is said otherwise. */
export function makeGroup(changes: Partial<IErrorGroup> = {}): IErrorGroup {
  return {
    id: 'g1',
    title: "KeyError: 'price'",
    ename: 'KeyError',
    kind: 'exception',
    category: 'lookup',
    nature: 'data',
    severity: 'error',
    state: 'ongoing',
    state_reason: '',
    count: 1,
    notebooks: ['work/train.ipynb'],
    notebook_count: 1,
    first_at: '2026-11-22T09:00:00.000Z',
    last_at: '2026-11-22T10:00:00.000Z',
    trend: Array.from({ length: 24 }, (_, index) => (index === 23 ? 1 : 0)),
    trend_bucket_s: 3600,
    last_error_id: 'o1',
    last_run_id: 'r1',
    last_cell_id: 'c1',
    diagnosis: '',
    family: 'f1',
    note: '',
    runbook: '',
    assignee: '',
    resolved_at: null,
    resolved_run_id: null,
    ignore_until: null,
    ignore_remaining: null,
    ...changes
  };
}

/** Return the counts of three hours, but for what is said otherwise. */
export function makeTrend(changes: Partial<IErrorTrend> = {}): IErrorTrend {
  return {
    bucket_s: 3600,
    starts: [
      '2026-11-22T08:00:00.000Z',
      '2026-11-22T09:00:00.000Z',
      '2026-11-22T10:00:00.000Z'
    ],
    categories: { lookup: [1, 0, 4], syntax: [0, 2, 0] },
    new_groups: [1, 1, 0],
    state_counts: { new: 2, ongoing: 3 },
    ...changes
  };
}

/** A server that keeps groups of errors in a list, the one seen last first. */
export class MemoryErrors implements IErrorsClient {
  groupList: IErrorGroup[] = [];
  trendValue: IErrorTrend = makeTrend();

  /** What every request fails with while it is set. */
  failure: ApiError | null = null;

  /** What was asked, as `method path?query`, oldest first. */
  requests: string[] = [];

  /** What every answer waits for. */
  gate: Promise<void> = Promise.resolve();

  async errorGroups(
    query: IErrorQuery = {},
    signal?: AbortSignal
  ): Promise<IPage<IErrorGroup>> {
    await this._note('groups', query, signal);
    const found = this.groupList.filter(
      group =>
        (query.state === undefined || group.state === query.state) &&
        (query.severity === undefined || group.severity === query.severity) &&
        (query.category === undefined || group.category === query.category) &&
        (query.is_open === undefined ||
          query.is_open ===
            (group.state !== 'resolved' && group.state !== 'ignored')) &&
        (query.q === undefined || group.title.includes(query.q)) &&
        (query.notebook_path === undefined ||
          group.notebooks.includes(query.notebook_path)) &&
        (query.since === undefined || group.last_at >= query.since)
    );
    const begin = Number(query.cursor ?? 0);
    const end = begin + (query.limit ?? 50);
    return {
      items: found.slice(begin, end),
      next_cursor: end < found.length ? String(end) : null
    };
  }

  async errorGroup(id: string): Promise<IErrorGroup> {
    await this._note('group', { id });
    return this._find(id);
  }

  async patchErrorGroup(
    id: string,
    patch: IErrorGroupPatch
  ): Promise<IErrorGroup> {
    await this._note('patch', { id, ...patch });
    const group = { ...this._find(id), ...patch } as IErrorGroup;
    this.groupList = this.groupList.map(item =>
      item.id === id ? group : item
    );
    return group;
  }

  async errorTrend(
    query: IErrorTrendQuery = {},
    signal?: AbortSignal
  ): Promise<IErrorTrend> {
    await this._note('trend', query, signal);
    return this.trendValue;
  }

  async exportErrors(query: IErrorExportQuery): Promise<Blob> {
    await this._note('export', query);
    const group = this._find(String(query.group_id));
    return { text: async () => `# ${group.title}` } as Blob;
  }

  readonly occurrences = notAsked;
  readonly errorHistory = notAsked;
  readonly runErrors = notAsked;

  private _find(id: string): IErrorGroup {
    const group = this.groupList.find(item => item.id === id);
    if (group === undefined) {
      throw new ApiError('There is no such group.', 'not_found', 404);
    }
    return group;
  }

  private async _note(
    path: string,
    query: object,
    signal?: AbortSignal
  ): Promise<void> {
    const text = new URLSearchParams(
      Object.entries(query)
        .filter(([, item]) => item !== null)
        .map(([key, item]) => [key, String(item)])
    ).toString();
    this.requests.push(text ? `${path}?${text}` : path);
    await this.gate;
    if (signal?.aborted) {
      throw new ApiError('The request was given up.', 'aborted', 0);
    }
    if (this.failure !== null) {
      throw this.failure;
    }
  }
}

/** What belongs to the view of one error: lists ask for none of it. */
async function notAsked(): Promise<never> {
  throw new Error('The section asks for nothing but lists.');
}
