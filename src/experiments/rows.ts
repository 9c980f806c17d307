import type { IExperiment, IRunSummary } from '../api/types';
import type { PagedList } from '../ui/pagedList';

/** An experiment with the session rows below it. */
export interface IExperimentRow {
  readonly kind: 'experiment';
  readonly key: string;
  readonly level: 1;
  readonly experiment: IExperiment;
  readonly isExpanded: boolean;
}

/** A session with the cell runs below it. */
export interface ISessionRow {
  readonly kind: 'session';
  readonly key: string;
  readonly level: 2;
  readonly run: IRunSummary;
  readonly isExpanded: boolean;
}

/** A cell run: a leaf of the tree, or a line of a search result. */
export interface IRunRow {
  readonly kind: 'run';
  readonly key: string;
  readonly level: 1 | 3;
  readonly run: IRunSummary;

  /** What the run belongs to, where the tree does not say it; else null. */
  readonly experimentName: string | null;
}

/** The end of a list that has more, is empty, or failed. */
export interface IEndRow {
  readonly kind: 'end';
  readonly key: string;
  readonly level: 1 | 2 | 3;
  readonly state: 'more' | 'empty' | 'failed';
  readonly list: PagedList<{ readonly id: string }>;
}

/** A line of the panel. */
export type Row = IExperimentRow | ISessionRow | IRunRow | IEndRow;

/** What the tree is made of. */
export interface ITree {
  readonly experiments: PagedList<IExperiment>;
  readonly sessions: ReadonlyMap<string, PagedList<IRunSummary>>;
  readonly cells: ReadonlyMap<string, PagedList<IRunSummary>>;
  readonly expanded: ReadonlySet<string>;
}

/** The visible lines of the tree, from top to bottom. */
export function treeRows(tree: ITree): Row[] {
  const rows: Row[] = [];
  for (const experiment of tree.experiments.items) {
    const isExpanded = tree.expanded.has(experiment.id);
    rows.push({
      kind: 'experiment',
      key: experiment.id,
      level: 1,
      experiment,
      isExpanded
    });
    const sessions = tree.sessions.get(experiment.id);
    if (isExpanded && sessions !== undefined) {
      addSessions(rows, tree, experiment.id, sessions);
    }
  }
  addEnd(rows, 'experiments', 1, tree.experiments);
  return rows;
}

function addSessions(
  rows: Row[],
  tree: ITree,
  experimentId: string,
  sessions: PagedList<IRunSummary>
): void {
  for (const run of sessions.items) {
    const isExpanded = tree.expanded.has(run.id);
    rows.push({ kind: 'session', key: run.id, level: 2, run, isExpanded });
    const cells = tree.cells.get(run.id);
    if (isExpanded && cells !== undefined) {
      addRuns(rows, 3, cells, null);
      addEnd(rows, run.id, 3, cells);
    }
  }
  addEnd(rows, experimentId, 2, sessions);
}

/** The lines of a search result. */
export function flatRows(
  runs: PagedList<IRunSummary>,
  nameOf: (run: IRunSummary) => string
): Row[] {
  const rows: Row[] = [];
  addRuns(rows, 1, runs, nameOf);
  addEnd(rows, 'found', 1, runs);
  return rows;
}

function addRuns(
  rows: Row[],
  level: 1 | 3,
  runs: PagedList<IRunSummary>,
  nameOf: ((run: IRunSummary) => string) | null
): void {
  for (const run of runs.items) {
    const experimentName = nameOf === null ? null : nameOf(run);
    rows.push({ kind: 'run', key: run.id, level, run, experimentName });
  }
}

/** Close a list, unless it is whole and there is something in it. */
function addEnd(
  rows: Row[],
  parent: string,
  level: 1 | 2 | 3,
  list: PagedList<{ readonly id: string }>
): void {
  const state = list.hasMore
    ? list.phase === 'failed'
      ? 'failed'
      : 'more'
    : list.items.length === 0
      ? 'empty'
      : null;
  if (state !== null) {
    rows.push({ kind: 'end', key: `${parent}:end`, level, state, list });
  }
}
