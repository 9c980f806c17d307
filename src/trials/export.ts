import type { ITrial } from '../api/types';
import type { IColumn, Value, Versions } from './columns';
import { valueOf } from './columns';

/** What is written: the columns and trials that are shown, as they are ordered. */
export interface IExport {
  readonly columns: readonly IColumn[];
  readonly trials: readonly ITrial[];
  readonly versions: Versions;

  /** The heading of a column. */
  readonly titleOf: (column: IColumn) => string;
}

/** Facts of a run that stand before the columns. */
const RUN_FACTS: readonly [string, (trial: ITrial) => Value][] = [
  ['run_id', trial => trial.run_id],
  ['execution_count', trial => trial.execution_count],
  ['queued_at', trial => trial.queued_at],
  ['status', trial => trial.status],
  ['name', trial => trial.name]
];

/** The trials as RFC 4180 has it. */
export function toCsv(content: IExport): string {
  return rowsOf(content)
    .map(row => row.map(csvCell).join(',') + '\r\n')
    .join('');
}

/** The trials as a spreadsheet takes them from the clipboard. */
export function toTsv(content: IExport): string {
  return rowsOf(content)
    .map(row => row.map(tsvCell).join('\t'))
    .join('\n');
}

function rowsOf(content: IExport): Value[][] {
  const { columns, trials, versions, titleOf } = content;
  const shown = columns.filter(column => column.kind !== 'run');
  return [
    [...RUN_FACTS.map(([name]) => name), ...shown.map(titleOf)],
    ...trials.map(trial => [
      ...RUN_FACTS.map(([, read]) => read(trial)),
      ...shown.map(column => exported(column, valueOf(column, trial, versions)))
    ])
  ];
}

function exported(column: IColumn, value: Value): Value {
  return column.kind === 'code' && typeof value === 'number'
    ? `v${value}`
    : value;
}

/** Texts that spreadsheets take for a formula, which could do harm. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** Texts that are numbers, and harmless with a sign. */
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function harmless(value: Value): string {
  if (typeof value !== 'string') {
    return value === null ? '' : String(value);
  }
  return FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
}

function csvCell(value: Value): string {
  const text = harmless(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function tsvCell(value: Value): string {
  return harmless(value).replace(/[\t\r\n]+/g, ' ');
}
