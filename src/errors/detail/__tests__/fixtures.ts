import { ApiError } from '../../../api/failures';
import type {
  IErrorGroup,
  IErrorGroupPatch,
  IErrorHistory,
  IErrorRecord,
  IFrame,
  IRunErrors
} from '../../../api/types';
import type { IErrorsClient, IPage, IPageRequest } from '../../../tokens';
import { makeGroup } from '../../__tests__/memoryErrors';
import type { IErrorActions } from '../actions';

/** Return a frame of the cell that failed, but for what is said otherwise. */
export function makeFrame(changes: Partial<IFrame> = {}): IFrame {
  return {
    kind: 'cell',
    file: '/tmp/ipykernel_1/1.py',
    function: '<module>',
    module: '__main__',
    line: 3,
    column: null,
    end_line: null,
    end_column: null,
    source: '',
    cell_id: 'c1',
    run_id: 'r1',
    variables: [],
    repeated: 0,
    ...changes
  };
}

/** Return a frame of an installed package. */
export function libraryFrame(path: string, line = 1): IFrame {
  return makeFrame({
    kind: 'library',
    file: `/usr/lib/python3/site-packages/${path}`,
    function: 'f',
    module: '',
    cell_id: null,
    run_id: null,
    line
  });
}

/** Return an error of a cell, but for what is said otherwise. */
export function makeRecord(changes: Partial<IErrorRecord> = {}): IErrorRecord {
  return {
    id: 'o1',
    group_id: 'g1',
    run_id: 'r1',
    kernel_id: 'k1',
    kind: 'exception',
    ename: 'KeyError',
    evalue: "'price'",
    template: "'price'",
    category: 'lookup',
    nature: 'data',
    severity: 'error',
    flags: [],
    severity_reasons: [],
    at: '2026-11-22T10:00:00.000Z',
    notebook_path: 'work/train.ipynb',
    cell_id: 'c1',
    execution_count: 4,
    line: 3,
    column: 0,
    frames: [makeFrame()],
    chain: [],
    notes: [],
    advice: [],
    fingerprints: { strict: 's', issue: 'i', family: 'f', version: 1 },
    environment_id: null,
    collector: 'probe',
    diagnosis: '',
    carrier: '',
    evalue_chars: null,
    frames_omitted: 0,
    operations: [],
    resources: null,
    memory_held_bytes: null,
    count: 1,
    dropped: {},
    ...changes
  };
}

/** Return a history in which nothing is known. */
export function makeHistory(
  changes: Partial<IErrorHistory> = {}
): IErrorHistory {
  return {
    notebooks: [],
    environments: [],
    params: {},
    began_after: [],
    last_success_run_id: null,
    failed_run_id: null,
    changes: [],
    family: [],
    ...changes
  };
}

/** A server that keeps one group with its occurrences, the newest first. */
export class ScriptedErrors implements Pick<
  IErrorsClient,
  | 'errorGroup'
  | 'errorHistory'
  | 'occurrences'
  | 'patchErrorGroup'
  | 'runErrors'
> {
  group: IErrorGroup | null = makeGroup();
  records: IErrorRecord[] = [makeRecord()];
  history = makeHistory();
  failure: Error | null = null;
  readonly asked: string[] = [];

  get client(): IErrorsClient {
    return this as unknown as IErrorsClient;
  }

  async errorGroup(): Promise<IErrorGroup> {
    await this._answer('group');
    if (this.group === null) {
      throw new ApiError('There is no such group.', 'not_found', 404);
    }
    return this.group;
  }

  async patchErrorGroup(
    _: string,
    patch: IErrorGroupPatch
  ): Promise<IErrorGroup> {
    await this._answer('patch');
    this.group = { ...this.group, ...patch } as IErrorGroup;
    return this.group;
  }

  async occurrences(
    _: string,
    query: IPageRequest = {}
  ): Promise<IPage<IErrorRecord>> {
    await this._answer('occurrences');
    const begin = Number(query.cursor ?? 0);
    const end = begin + (query.limit ?? 50);
    return {
      items: this.records.slice(begin, end),
      next_cursor: end < this.records.length ? String(end) : null
    };
  }

  async errorHistory(): Promise<IErrorHistory> {
    await this._answer('history');
    return this.history;
  }

  async runErrors(runId: string): Promise<IRunErrors> {
    await this._answer('run');
    return { items: this.records.filter(item => item.run_id === runId) };
  }

  private async _answer(what: string): Promise<void> {
    this.asked.push(what);
    await Promise.resolve();
    if (this.failure) {
      throw this.failure;
    }
  }
}

/** Actions that note what they were asked to do. */
export function noteActions(): IErrorActions & { done: unknown[][] } {
  const done: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void => {
      done.push([name, ...args]);
    };
  return {
    done,
    advice: note('advice'),
    compare: note('compare'),
    copy: note('copy'),
    openFrame: note('openFrame'),
    openGroup: note('openGroup'),
    openNotebook: note('openNotebook'),
    openRun: note('openRun'),
    release: async () => {
      done.push(['release']);
      return 'released';
    },
    renderMarkdown: (text, host) => {
      host.textContent = text;
      return () => host.replaceChildren();
    },
    showCell: note('showCell')
  };
}
