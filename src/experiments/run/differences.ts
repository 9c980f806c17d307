import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRunDifference, IValueChange } from '../../api/types';
import { countDiff } from '../../ui/diff';
import { formatValue } from '../../ui/numbers';

/** Values that a summary names; more of them are counted. */
const NAMED_MAX = 3;

/** Longest value in a summary. */
const VALUE_MAX_CHARS = 24;

/** Whether there is anything that differs. */
export function differs(difference: IRunDifference): boolean {
  return (
    difference.code_diff !== '' ||
    difference.python !== null ||
    difference.git !== null ||
    [
      difference.params,
      difference.metrics,
      difference.data,
      difference.packages,
      difference.upstream
    ].some(list => list.length > 0)
  );
}

/** Return what differs, a few words each: `lr 0.1 → 0.01`, `code +2 −1`. */
export function summariseDifference(
  difference: IRunDifference,
  trans: TranslationBundle
): string[] {
  const { code_diff: code, git, python } = difference;
  const { added, removed } = countDiff(code);
  return [
    ...(code === '' ? [] : [trans.__('code +%1 −%2', added, removed)]),
    ...named(difference.params, more =>
      trans._n('%1 more parameter', '%1 more parameters', more)
    ),
    ...named(difference.metrics, more =>
      trans._n('%1 more metric', '%1 more metrics', more)
    ),
    ...counted(difference.data.length, count =>
      trans._n('%1 data source', '%1 data sources', count)
    ),
    ...counted(difference.upstream.length, count =>
      trans._n('%1 cell before it', '%1 cells before it', count)
    ),
    ...counted(difference.packages.length, count =>
      trans._n('%1 package', '%1 packages', count)
    ),
    ...(python === null ? [] : [`Python ${changeText(python)}`]),
    ...(git === null ? [] : [trans.__('git commit')])
  ];
}

function named(
  changes: readonly IValueChange[],
  describeRest: (count: number) => string
): string[] {
  const first = changes
    .slice(0, NAMED_MAX)
    .map(change => `${change.key} ${changeText(change)}`);
  const more = changes.length - first.length;
  return more > 0 ? [...first, describeRest(more)] : first;
}

function counted(count: number, describe: (count: number) => string): string[] {
  return count === 0 ? [] : [describe(count)];
}

function changeText(change: IValueChange): string {
  return `${shortened(change.before)} → ${shortened(change.after)}`;
}

function shortened(value: unknown): string {
  const text = formatValue(value);
  return text.length > VALUE_MAX_CHARS
    ? `${text.slice(0, VALUE_MAX_CHARS - 1)}…`
    : text;
}
