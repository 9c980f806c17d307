import type { TranslationBundle } from '@jupyterlab/translation';

import type { IExperiment, IRunSummary } from '../api/types';
import { formatDuration, formatFullMoment } from '../ui/format';
import { statusLabel } from '../ui/status';

/** What the texts depend on beside the run. */
interface IDetailsContext {
  trans: TranslationBundle;
  locale: string;
  kernelTitle: (name: string) => string;
}

/** Lines of `name: value`, those without a value left out. */
function lines(entries: [string, string | null][]): string {
  return entries
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => (name === '' ? value : `${name}: ${value}`))
    .join('\n');
}

/** Everything the row of an experiment has no room for. */
export function experimentDetails(
  experiment: IExperiment,
  context: IDetailsContext
): string {
  const { locale, trans } = context;
  return lines([
    ['', experiment.name],
    [trans.__('Notebook'), experiment.notebook_path],
    [trans.__('Runs'), String(experiment.run_count)],
    [trans.__('Errors'), String(experiment.error_count)],
    [trans.__('Last run'), moment(experiment.last_run_at, locale)],
    [trans.__('Tags'), tagText(experiment.tags)]
  ]);
}

/** Everything the row of a session has no room for. */
export function sessionDetails(
  run: IRunSummary,
  context: IDetailsContext
): string {
  const { locale, trans } = context;
  return lines([
    ['', run.name],
    [trans.__('Kernel'), context.kernelTitle(run.kernel_name)],
    [trans.__('Status'), statusText(run, trans)],
    [trans.__('Started'), moment(run.started_at, locale)],
    [trans.__('Ended'), moment(run.ended_at, locale)],
    [trans.__('Runs'), String(run.child_count)],
    [trans.__('Errors'), String(run.error_count)],
    ...userDetails(run, trans)
  ]);
}

/** Everything the row of a cell run has no room for. */
export function runDetails(run: IRunSummary, context: IDetailsContext): string {
  const { locale, trans } = context;
  const error =
    run.error_name === null
      ? null
      : [run.error_name, firstLine(run.error_message ?? '')]
          .filter(Boolean)
          .join(': ');
  return lines([
    ['', run.name],
    ['', run.code_line],
    [trans.__('Status'), statusText(run, trans)],
    [trans.__('Error'), error],
    [trans.__('Started'), moment(run.started_at ?? run.queued_at, locale)],
    [
      trans.__('Duration'),
      run.duration_s === null ? null : formatDuration(run.duration_s)
    ],
    [trans.__('Notebook'), run.notebook_path],
    [
      trans.__('Messages missed'),
      run.missed_messages ? String(run.missed_messages) : null
    ],
    ...userDetails(run, trans)
  ]);
}

/** What the user wrote about a run. */
function userDetails(
  run: IRunSummary,
  trans: TranslationBundle
): [string, string | null][] {
  return [
    [trans.__('Tags'), tagText(run.tags)],
    [trans.__('Note'), firstLine(run.note)]
  ];
}

function statusText(run: IRunSummary, trans: TranslationBundle): string {
  const label = statusLabel(run.status, trans);
  return run.status_reason ? `${label} – ${run.status_reason}` : label;
}

function moment(at: string | null, locale: string): string | null {
  return at === null ? null : formatFullMoment(new Date(at), locale);
}

function tagText(tags: Record<string, string>): string {
  return Object.entries(tags)
    .map(([key, value]) => (value === '' ? key : `${key}: ${value}`))
    .join(', ');
}

function firstLine(text: string): string {
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
