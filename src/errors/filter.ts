import type { Category, GroupState, Severity } from '../api/types';
import type { IErrorQuery } from '../tokens';

/** Which groups by how they stand: `open` is neither resolved nor ignored. */
export type StateFilter = 'open' | 'all' | GroupState;

/** How far back a group must have been seen. */
export type Period = 'hour' | 'day' | 'week' | 'month';

/** What the list is restricted to. */
export interface IErrorFilter {
  /** Words to search for. */
  readonly q: string;
  readonly state: StateFilter;

  /** Null does not restrict, here and below. */
  readonly severity: Severity | null;
  readonly category: Category | null;
  readonly period: Period | null;

  /** Whether only groups of the current notebook are shown. */
  readonly isHere: boolean;
}

/** What is shown unless somebody says otherwise. */
export const OPEN_ERRORS: IErrorFilter = {
  q: '',
  state: 'open',
  severity: null,
  category: null,
  period: null,
  isHere: false
};

export const STATES: readonly StateFilter[] = [
  'open',
  'new',
  'ongoing',
  'escalating',
  'regressed',
  'resolved',
  'ignored',
  'all'
];

/** The most costly first. */
export const SEVERITIES: readonly Severity[] = [
  'critical',
  'error',
  'warning',
  'info'
];

export const CATEGORIES: readonly Category[] = [
  'syntax',
  'name',
  'attribute',
  'type',
  'value',
  'shape',
  'lookup',
  'file_io',
  'import_env',
  'memory',
  'device',
  'network',
  'permission',
  'database',
  'interrupt',
  'logic',
  'numerical',
  'kernel_crash',
  'unknown'
];

const HOUR = 3_600_000;

/** Milliseconds of each period. */
const PERIODS: Readonly<Record<Period, number>> = {
  hour: HOUR,
  day: 24 * HOUR,
  week: 7 * 24 * HOUR,
  month: 30 * 24 * HOUR
};

export const PERIOD_NAMES = Object.keys(PERIODS) as readonly Period[];

/**
 * Return what to ask the server for.
 *
 * @param notebookPath - The current notebook; null if there is none.
 * @param now - The server's time in milliseconds.
 */
export function toQuery(
  filter: IErrorFilter,
  notebookPath: string | null,
  now: number
): IErrorQuery {
  const { q, state, severity, category, period, isHere } = filter;
  const query: IErrorQuery = {};
  if (q.trim() !== '') {
    query.q = q.trim();
  }
  if (state === 'open') {
    query.is_open = true;
  } else if (state !== 'all') {
    query.state = state;
  }
  if (severity !== null) {
    query.severity = severity;
  }
  if (category !== null) {
    query.category = category;
  }
  if (period !== null) {
    query.since = new Date(now - PERIODS[period]).toISOString();
  }
  if (isHere && notebookPath !== null) {
    query.notebook_path = notebookPath;
  }
  return query;
}

/** Whether a group of this state passes a filter. */
export function passes(state: GroupState, filter: StateFilter): boolean {
  return filter === 'all'
    ? true
    : filter === 'open'
      ? state !== 'resolved' && state !== 'ignored'
      : state === filter;
}

export function isSame(left: IErrorFilter, right: IErrorFilter): boolean {
  const names = Object.keys(OPEN_ERRORS) as (keyof IErrorFilter)[];
  return names.every(name => left[name] === right[name]);
}

/** Read a filter from settings that somebody may have written by hand. */
export function readFilter(value: unknown): IErrorFilter {
  const given = Object(value) as Record<string, unknown>;
  const oneOf = <T>(name: string, known: readonly T[]): T | null =>
    known.includes(given[name] as T) ? (given[name] as T) : null;
  return {
    q: typeof given['q'] === 'string' ? given['q'] : '',
    state: oneOf('state', STATES) ?? 'open',
    severity: oneOf('severity', SEVERITIES),
    category: oneOf('category', CATEGORIES),
    period: oneOf('period', PERIOD_NAMES),
    isHere: given['isHere'] === true
  };
}
