import type { IDisposable } from '@lumino/disposable';

import { isNotFound } from '../api/failures';
import type { IExperiment, IRun, IRunSummary } from '../api/types';
import type { IApiClient, IRunsChanged } from '../tokens';
import { PagedList } from '../ui/pagedList';
import type { Row } from './rows';
import { treeRows } from './rows';
import { isOpen, toSummary } from './runs';

/** Changed runs that are asked for one by one; beyond it lists are read anew. */
const SINGLES_MAX = 10;

/**
 * Experiments, their sessions, and the cell runs of these, as far as opened.
 *
 * What is closed is neither fetched nor kept up to date.
 */
export class RunTree implements IDisposable {
  constructor(options: RunTree.IOptions) {
    this._client = options.client;
    this._onChange = options.onChange;
    this.experiments = new PagedList({
      fetch: (request, signal) => this._client.experiments(request, signal),
      onChange: () => this._changed()
    });
  }

  readonly experiments: PagedList<IExperiment>;

  /** Whether the newest experiment and its newest session open by themselves. */
  expandsNewest = true;

  get isDisposed(): boolean {
    return this.experiments.isDisposed;
  }

  dispose(): void {
    this.experiments.dispose();
    for (const list of this.runLists()) {
      list.dispose();
    }
  }

  /** The visible lines; the same array until something changes. */
  get rows(): readonly Row[] {
    this._rows ??= treeRows({
      experiments: this.experiments,
      sessions: this._sessions,
      cells: this._cells,
      expanded: this._expanded
    });
    return this._rows;
  }

  *runLists(): Iterable<PagedList<IRunSummary>> {
    yield* this._cells.values();
    yield* this._sessions.values();
  }

  /** Open or close an experiment or a session. */
  toggle(key: string, isExpanded = !this._expanded.has(key)): void {
    if (isExpanded === this._expanded.has(key)) {
      return;
    }
    if (isExpanded) {
      this._expand(key);
    } else {
      this._expanded.delete(key);
    }
    this._changed();
  }

  /** Fetch what a change concerns and is open. */
  async fetch(change: IRunsChanged): Promise<void> {
    const isWhole = !change.isComplete;
    // What opens by itself in the meantime is fetched then, and is not stale.
    const opened = [...this._sessions].filter(([id]) => this._expanded.has(id));
    await this.experiments.refresh(isWhole);
    if (this.experiments.failure !== null) {
      // The rest would fail as well, and is fetched with the next try.
      return;
    }
    const concerned = new Set(change.experimentIds);
    await Promise.all(
      opened
        .filter(([id]) => isWhole || concerned.has(id))
        .map(([, sessions]) => this._fetchSessions(sessions, change))
    );
  }

  /** Put a newer state of a run in its place, wherever it is shown. */
  replace(run: IRun): void {
    for (const list of this.runLists()) {
      const known = list.get(run.id);
      if (known !== undefined) {
        list.replace(toSummary(run, known));
      }
    }
    this._changed();
  }

  drop(id: string): void {
    for (const list of this.runLists()) {
      list.remove(id);
    }
    this._changed();
  }

  replaceExperiment(experiment: IExperiment): void {
    this.experiments.replace(experiment);
    this._changed();
  }

  private _changed(): void {
    this._rows = null;
    this._expandNewest();
    this._onChange();
  }

  private _expand(key: string): void {
    this._expanded.add(key);
    // What was closed was not kept up to date.
    void this._childrenOf(key).refresh(true);
  }

  private _childrenOf(key: string): PagedList<IRunSummary> {
    const isExperiment = this.experiments.get(key) !== undefined;
    const lists = isExperiment ? this._sessions : this._cells;
    let list = lists.get(key);
    if (list === undefined) {
      const query = isExperiment
        ? ({ experiment_id: key, kind: 'session' } as const)
        : ({ parent_id: key, kind: 'cell' } as const);
      list = new PagedList({
        fetch: (request, signal) =>
          this._client.runs({ ...query, ...request }, signal),
        onChange: () => this._changed()
      });
      lists.set(key, list);
    }
    return list;
  }

  private _expandNewest(): void {
    const experiment = this.experiments.items[0];
    if (!this.expandsNewest || experiment === undefined) {
      return;
    }
    this._openOnce(experiment.id);
    const session = this._sessions.get(experiment.id)?.items[0];
    if (session !== undefined) {
      this._openOnce(session.id);
    }
  }

  /** Open what was never opened by us, so that what the user closed stays closed. */
  private _openOnce(key: string): void {
    if (!this._opened.has(key)) {
      this._opened.add(key);
      if (!this._expanded.has(key)) {
        this._expand(key);
      }
    }
  }

  private async _fetchSessions(
    sessions: PagedList<IRunSummary>,
    change: IRunsChanged
  ): Promise<void> {
    const isWhole = !change.isComplete;
    const before = new Map(sessions.items.map(run => [run.id, run.status]));
    const opened = new Map(
      [...this._cells].filter(([id]) => this._expanded.has(id))
    );
    await sessions.refresh(isWhole);
    const changed = new Set(change.runIds);
    const fetched: Promise<void>[] = [];
    for (const session of sessions.items) {
      const cells = opened.get(session.id);
      const isConcerned =
        isWhole ||
        isOpen(session) ||
        before.get(session.id) !== session.status ||
        cells?.items.some(run => changed.has(run.id));
      if (cells !== undefined && isConcerned) {
        fetched.push(this._fetchCells(cells, change));
      }
    }
    await Promise.all(fetched);
  }

  /** Read the head, then those changed or unfinished runs that lie below it. */
  private async _fetchCells(
    cells: PagedList<IRunSummary>,
    change: IRunsChanged
  ): Promise<void> {
    const before = new Set(cells.items);
    await cells.refresh(!change.isComplete);
    const changed = new Set(change.runIds);
    const old = cells.items.filter(
      run => before.has(run) && (changed.has(run.id) || isOpen(run))
    );
    if (old.length > SINGLES_MAX) {
      await cells.refresh(true);
      return;
    }
    await Promise.all(old.map(run => this._fetchOne(run.id)));
  }

  private async _fetchOne(id: string): Promise<void> {
    try {
      this.replace(await this._client.run(id));
    } catch (error) {
      if (isNotFound(error)) {
        this.drop(id);
      }
      // Anything else shows up with the lists, which fail in the same way.
    }
  }

  private _client: IApiClient;
  private _onChange: () => void;
  private _rows: readonly Row[] | null = null;
  /** By the id of the experiment. */
  private _sessions = new Map<string, PagedList<IRunSummary>>();
  /** By the id of the session. */
  private _cells = new Map<string, PagedList<IRunSummary>>();
  private _expanded = new Set<string>();
  private _opened = new Set<string>();
}

export namespace RunTree {
  export interface IOptions {
    client: IApiClient;

    /** Called after each change of the rows. */
    onChange: () => void;
  }
}
