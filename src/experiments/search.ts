import type { IDisposable } from '@lumino/disposable';

import { messageOf } from '../api/failures';
import type { IRunSummary } from '../api/types';
import type { IApiClient } from '../tokens';
import { PagedList } from '../ui/pagedList';

/** A ready-made restriction of the search. */
export type Chip = 'errors' | 'running' | 'starred';

const CHIP_TERMS: Record<Chip, string> = {
  errors: '(status:error OR status:kernel_died)',
  running: '(status:running OR status:queued)',
  starred: 'is:starred'
};

/** What is wrong with a query, and where. */
export interface IQueryFailure {
  readonly message: string;

  /** Index into what was typed, or null if the place is not in it. */
  readonly position: number | null;
}

/** What is searched for, and the runs found. */
export class RunSearch implements IDisposable {
  constructor(options: RunSearch.IOptions) {
    this._client = options.client;
    this._onChange = options.onChange;
  }

  /** The cell runs found, newest first; null while nothing is searched for. */
  get found(): PagedList<IRunSummary> | null {
    return this._found;
  }

  /** What was typed. */
  get query(): string {
    return this._query;
  }

  set query(query: string) {
    if (query !== this._query) {
      this._query = query;
      this._restart();
    }
  }

  get chips(): ReadonlySet<Chip> {
    return this._chips;
  }

  toggleChip(chip: Chip): void {
    if (!this._chips.delete(chip)) {
      this._chips.add(chip);
    }
    this._restart();
  }

  clear(): void {
    this._query = '';
    this._chips.clear();
    this._restart();
  }

  /** Why the server refused the query; null if it did not. */
  get failure(): IQueryFailure | null {
    const error = this._found?.failure as {
      code?: unknown;
      details?: { position?: unknown };
    } | null;
    if (error?.code !== 'bad_input') {
      return null;
    }
    const position = Number(error.details?.position ?? NaN) - this._shift;
    const isInside = position >= 0 && position <= this._query.length;
    return {
      message: messageOf(error),
      position: isInside ? position : null
    };
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._found?.dispose();
  }

  private _restart(): void {
    this._found?.dispose();
    this._found = null;
    const q = this._compose();
    if (q !== '') {
      this._found = new PagedList({
        fetch: (request, signal) =>
          this._client.runs({ q, kind: 'cell', ...request }, signal),
        onChange: this._onChange
      });
      void this._found.loadMore();
    }
    this._onChange();
  }

  private _compose(): string {
    const terms = [...this._chips].map(chip => CHIP_TERMS[chip]);
    if (this._query.trim() === '') {
      return terms.join(' ');
    }
    if (terms.length === 0) {
      this._shift = 0;
      return this._query;
    }
    // Parentheses keep an OR of the user's apart from the chips' terms.
    this._shift = 1;
    return [`(${this._query})`, ...terms].join(' ');
  }

  private _client: IApiClient;
  private _onChange: () => void;
  private _found: PagedList<IRunSummary> | null = null;
  private _query = '';
  private _chips = new Set<Chip>();
  /** Characters before what was typed in what was sent. */
  private _shift = 0;
  private _isDisposed = false;
}

export namespace RunSearch {
  export interface IOptions {
    client: IApiClient;
    onChange: () => void;
  }
}
