import type { TranslationBundle } from '@jupyterlab/translation';

import type { IComparison, IRun } from '../api/types';
import { formatBytes, formatDuration, formatFullMoment } from '../ui/format';
import { formatNumber, formatValue } from '../ui/numbers';
import { statusLabel } from '../ui/status';

/** A line of the comparison: a value for each run. */
export interface ILine {
  readonly key: string;
  readonly label: string;
  readonly values: readonly string[];

  /** How far numbers are from that of the first run; empty where that says nothing. */
  readonly deltas: readonly string[];
  readonly differs: boolean;
}

/** Lines under a heading. */
export interface ISection {
  readonly key: 'params' | 'metrics' | 'facts' | 'environment';
  readonly title: string;
  readonly lines: readonly ILine[];
}

/** What the runs have side by side. */
export function sectionsOf(
  comparison: IComparison,
  trans: TranslationBundle,
  locale: string
): ISection[] {
  return [
    {
      key: 'params',
      title: trans.__('Parameters'),
      lines: valueLines(comparison.params)
    },
    {
      key: 'metrics',
      title: trans.__('Metrics'),
      lines: valueLines(comparison.metrics)
    },
    {
      key: 'facts',
      title: trans.__('Run'),
      lines: factLines(comparison.runs, trans, locale)
    },
    {
      key: 'environment',
      title: trans.__('Environment'),
      lines: environmentLines(comparison, trans)
    }
  ];
}

function valueLines(
  columns: Readonly<Record<string, readonly unknown[]>>
): ILine[] {
  const lines = Object.entries(columns).map(([key, values]) => ({
    ...lineOf(key, key, values.map(formatValue)),
    // Shown with few digits, different numbers may look the same.
    differs: values.some(
      value => JSON.stringify(value) !== JSON.stringify(values[0])
    ),
    deltas: deltasOf(values)
  }));
  return lines.sort(
    (left, right) => Number(right.differs) - Number(left.differs)
  );
}

/** How far each number is from the first; empty for the first and for what is no number. */
export function deltasOf(values: readonly unknown[]): string[] {
  const [first] = values;
  return values.map((value, index) => {
    if (
      index === 0 ||
      typeof value !== 'number' ||
      typeof first !== 'number' ||
      value === first
    ) {
      return '';
    }
    const delta = value - first;
    // A difference has fewer digits to tell than what it is taken from.
    const text = formatNumber(Number(delta.toPrecision(3)));
    return delta > 0 ? `+${text}` : text.replace('-', '−');
  });
}

function lineOf(key: string, label: string, values: readonly string[]): ILine {
  return {
    key,
    label,
    values,
    deltas: values.map(() => ''),
    differs: values.some(value => value !== values[0])
  };
}

function factLines(
  runs: readonly IRun[],
  trans: TranslationBundle,
  locale: string
): ILine[] {
  const fact = (
    key: string,
    label: string,
    read: (run: IRun) => string | null
  ): ILine =>
    lineOf(
      key,
      label,
      runs.map(run => read(run) ?? '–')
    );
  const peak = (memory: IRun['peak_rss']): string | null =>
    memory === null ? null : formatBytes(memory.bytes);
  const seconds = (value: number | null): string | null =>
    value === null ? null : formatDuration(value);
  const tags = [...new Set(runs.flatMap(run => Object.keys(run.tags)))].sort();
  const lines = [
    fact('status', trans.__('Status'), run => statusLabel(run.status, trans)),
    fact('error', trans.__('Error'), run => run.error_name),
    fact('started', trans.__('Started'), run =>
      formatFullMoment(new Date(run.started_at ?? run.queued_at), locale)
    ),
    fact('duration', trans.__('Duration'), run => seconds(run.duration_s)),
    fact('cpu', trans.__('CPU time'), run => seconds(run.cpu_s)),
    fact('memory', trans.__('Peak memory'), run => peak(run.peak_rss)),
    fact('gpu', trans.__('Peak GPU memory'), run => peak(run.peak_gpu_memory)),
    fact('experiment', trans.__('Experiment'), run => run.experiment_name),
    fact('kernel', trans.__('Kernel'), run => run.kernel_name),
    fact('user', trans.__('User'), run => run.user),
    ...tags.map(tag =>
      fact(`tag.${tag}`, trans.__('Tag %1', tag), run => run.tags[tag] ?? null)
    ),
    fact('note', trans.__('Note'), run => run.note || null)
  ];
  return lines.filter(line => line.values.some(value => value !== '–'));
}

function environmentLines(
  comparison: IComparison,
  trans: TranslationBundle
): ILine[] {
  const { environment_diff: found, runs } = comparison;
  const shown = (values: readonly (string | null)[]): string[] =>
    values.map(value => value ?? '–');
  const commits = found.git.map(commit =>
    commit === null
      ? null
      : `${commit.slice(0, 10)}${commit.endsWith('+') ? '+' : ''}`
  );
  return [
    lineOf('python', trans.__('Python'), shown(found.python)),
    lineOf('platform', trans.__('Platform'), shown(found.platform)),
    lineOf('git', trans.__('Commit'), shown(commits)),
    ...Object.entries(found.packages).map(([name, versions]) =>
      lineOf(`package.${name}`, name, shown(versions))
    )
  ].filter(line => line.values.length === runs.length);
}

/** What to call a run in a heading. */
export function runName(
  run: Pick<IRun, 'name' | 'execution_count' | 'experiment_name'>
): string {
  return (
    run.name ||
    (run.execution_count === null
      ? run.experiment_name
      : `[${run.execution_count}]`)
  );
}
