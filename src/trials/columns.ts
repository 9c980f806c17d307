import type { ITrial } from '../api/types';
import { formatNumber } from '../ui/numbers';

/** What a column shows. */
export type ColumnKind =
  | 'run'
  | 'duration'
  | 'param'
  | 'metric'
  | 'tags'
  | 'code'
  | 'error'
  | 'flags'
  | 'note';

/** A column of the trial table. */
export interface IColumn {
  readonly key: string;
  readonly kind: ColumnKind;

  /** The name of the parameter or metric; empty for the others. */
  readonly name: string;
}

/** What a cell holds, for sorting, filtering and drawing; null if it is empty. */
export type Value = number | string | boolean | null;

/** What each version of the code is numbered, by its hash. */
export type Versions = ReadonlyMap<string, number>;

function builtIn(kind: ColumnKind): IColumn {
  return { key: kind, kind, name: '' };
}

export const RUN_COLUMN = builtIn('run');

/** Characters of a hash that stand for the whole where it has no number. */
const HASH_CHARS = 7;

/**
 * The columns of some trials: what every run has, the names of parameters and metrics
 * in alphabetical order, and what only some runs have where one does.
 */
export function columnsOf(trials: readonly ITrial[]): IColumn[] {
  const params = new Set<string>();
  const metrics = new Set<string>();
  for (const trial of trials) {
    Object.keys(trial.params).forEach(name => params.add(name));
    Object.keys(trial.metrics).forEach(name => metrics.add(name));
  }
  const has = (
    test: (trial: ITrial) => boolean,
    kind: ColumnKind
  ): IColumn[] => (trials.some(test) ? [builtIn(kind)] : []);
  return [
    RUN_COLUMN,
    ...named('param', params),
    ...named('metric', metrics),
    builtIn('duration'),
    builtIn('code'),
    ...has(trial => Object.keys(trial.tags).length > 0, 'tags'),
    ...has(trial => trial.error_name !== null, 'error'),
    ...has(trial => trial.flags.length > 0, 'flags'),
    ...has(trial => trial.note !== '', 'note')
  ];
}

function named(kind: 'param' | 'metric', names: Set<string>): IColumn[] {
  return [...names]
    .sort(compareText)
    .map(name => ({ key: `${kind}.${name}`, kind, name }));
}

/** Number the versions of the code by their first appearance, from 1. */
export function versionsOf(trials: readonly ITrial[]): Versions {
  const versions = new Map<string, number>();
  for (let index = trials.length - 1; index >= 0; index--) {
    const hash = trials[index]?.code_sha256 ?? '';
    if (hash !== '' && !versions.has(hash)) {
      versions.set(hash, versions.size + 1);
    }
  }
  return versions;
}

/** What a trial has in a column. */
export function valueOf(
  column: IColumn,
  trial: ITrial,
  versions: Versions
): Value {
  switch (column.kind) {
    case 'run':
      return Date.parse(trial.queued_at);
    case 'duration':
      return trial.duration_s;
    case 'param':
      return toValue(trial.params[column.name]);
    case 'metric':
      return toValue(trial.metrics[column.name]);
    case 'tags':
      return tagsText(trial) || null;
    case 'code':
      return trial.code_sha256 === ''
        ? null
        : (versions.get(trial.code_sha256) ??
            trial.code_sha256.slice(0, HASH_CHARS));
    case 'error':
      return trial.error_name;
    case 'flags':
      return (
        trial.flags.map(flag => `${flag.kind} ${flag.name}`).join(', ') || null
      );
    case 'note':
      return trial.note || null;
  }
}

function toValue(value: unknown): Value {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    default:
      return value === null || value === undefined
        ? null
        : JSON.stringify(value);
  }
}

function tagsText(trial: ITrial): string {
  return Object.entries(trial.tags)
    .map(([key, value]) => (value === '' ? key : `${key}: ${value}`))
    .join(', ');
}

/** A value as a cell shows it. Durations and runs have formats of their own. */
export function textOf(column: IColumn, value: Value): string {
  if (value === null) {
    return '';
  }
  if (column.kind === 'code' && typeof value === 'number') {
    return `v${value}`;
  }
  return typeof value === 'number' ? formatNumber(value) : String(value);
}

const COLLATOR = new Intl.Collator(undefined, {
  numeric: true,
  sensitivity: 'base'
});

/** The order of texts for a person: `v2` before `v10`. */
export function compareText(left: string, right: string): number {
  return COLLATOR.compare(left, right);
}

/** The order of values: numbers, then texts and truth values. Takes no null. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number') {
    return left - right;
  }
  if (typeof left === 'number' || typeof right === 'number') {
    return typeof left === 'number' ? -1 : 1;
  }
  return compareText(String(left), String(right));
}
