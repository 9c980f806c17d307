import type { TranslationBundle } from '@jupyterlab/translation';

import { formatDuration, formatFullMoment } from '../ui/format';
import type { IColumn, Value } from './columns';
import { textOf } from './columns';
import type { IFilterFailure } from './filter';
import type { ITrial } from '../api/types';

/** The heading of a column. */
export function columnTitle(column: IColumn, trans: TranslationBundle): string {
  switch (column.kind) {
    case 'run':
      return trans.__('Run');
    case 'duration':
      return trans.__('Duration');
    case 'param':
    case 'metric':
      return column.name;
    case 'tags':
      return trans.__('Tags');
    case 'code':
      return trans.__('Code');
    case 'error':
      return trans.__('Error');
    case 'flags':
      return trans.__('Warnings');
    case 'note':
      return trans.__('Note');
  }
}

/** What stands above the heading: whether it is a parameter or a metric. */
export function columnGroup(column: IColumn, trans: TranslationBundle): string {
  return column.kind === 'param'
    ? trans.__('parameter')
    : column.kind === 'metric'
      ? trans.__('metric')
      : '';
}

/** What a cell says. */
export function cellText(
  column: IColumn,
  value: Value,
  trial: ITrial | null,
  trans: TranslationBundle
): string {
  if (column.kind === 'duration') {
    return typeof value === 'number' ? formatDuration(value) : '';
  }
  if (column.kind === 'flags' && trial !== null) {
    return flagTexts(trial, trans).join(', ');
  }
  return textOf(column, value);
}

/** Why a run may not repeat, each in a few words. */
export function flagTexts(trial: ITrial, trans: TranslationBundle): string[] {
  return trial.flags.map(({ kind, name }) => {
    switch (kind) {
      case 'out_of_order':
        return trans.__('%1: out of order', name);
      case 'edited_cell':
        return trans.__('%1: from an edited cell', name);
      case 'deleted_cell':
        return trans.__('%1: from a deleted cell', name);
      case 'before_restart':
        return trans.__('%1: from before the restart', name);
    }
  });
}

/** A run in a few words: its name or its count, and when. */
export function runTitle(
  trial: ITrial,
  trans: TranslationBundle,
  locale: string
): string {
  const moment = formatFullMoment(new Date(trial.queued_at), locale);
  const label =
    trial.name ||
    (trial.execution_count === null
      ? trans.__('Run')
      : `[${trial.execution_count}]`);
  return `${label} · ${moment}`;
}

/** Why a filter is not applied, for a person. */
export function filterFailureText(
  failure: IFilterFailure,
  trans: TranslationBundle
): string {
  switch (failure.kind) {
    case 'no-column':
      return trans.__('No column is called “%1”.', failure.subject);
    case 'no-number':
      return trans.__('“%1” is not a number.', failure.subject);
    case 'no-value':
      return trans.__('A value is missing after “%1”.', failure.subject);
  }
}
