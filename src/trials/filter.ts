import type { ITrial } from '../api/types';
import { formatNumber } from '../ui/numbers';
import type { IColumn, Value, Versions } from './columns';
import { textOf, valueOf } from './columns';

type Operator = ':' | '=' | '!=' | '<' | '<=' | '>' | '>=';

/** One condition of a filter; all have to hold. */
export interface ITerm {
  /** What is compared; null for a word that may stand anywhere. */
  readonly name: string | null;
  readonly operator: Operator;
  readonly value: string;
  readonly isNegated: boolean;
}

/** Why a filter cannot be applied. */
export interface IFilterFailure {
  readonly kind: 'no-value' | 'no-column' | 'no-number';

  /** The name or the text that is wrong. */
  readonly subject: string;
}

/** Whether a trial is shown. */
export type Test = (trial: ITrial) => boolean;

/** A quoted text or a bare one, which ends where an operator begins. */
const NAME = /(-?)(?:"((?:[^"\\]|\\.)*)"|([^\s"<>=!:]+))/y;
const OPERATOR = /\s*(<=|>=|!=|==|<|>|=)\s*|:/y;
const VALUE = /"((?:[^"\\]|\\.)*)"?|(\S*)/y;
const WORD = /\S+/y;

/** Read a filter such as `lr<0.01 acc>=0.9 status:ok -note:slow word`. */
export function parseFilter(text: string): ITerm[] {
  const terms: ITerm[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const [term, end] = readTerm(text, at);
    terms.push(term);
    at = skipSpace(text, end);
  }
  return terms;
}

function readTerm(text: string, at: number): [ITerm, number] {
  const [name, afterName] = match(NAME, text, at);
  if (name === null) {
    const [word, end] = match(WORD, text, at);
    return [wordTerm(word?.[0] ?? '', false), end];
  }
  // A minus before a digit belongs to the number.
  const isNegated = name[1] === '-' && !/^[\d.]/.test(name[3] ?? '');
  const sign = isNegated ? '' : (name[1] ?? '');
  const subject = sign + (name[3] ?? unquote(name[2] ?? ''));
  const [operator, afterOperator] = match(OPERATOR, text, afterName);
  if (operator === null) {
    return [wordTerm(subject, isNegated), Math.max(afterName, at + 1)];
  }
  const [value, end] = match(VALUE, text, afterOperator);
  const symbol = operator[1] ?? ':';
  return [
    {
      name: subject,
      operator: (symbol === '==' ? '=' : symbol) as Operator,
      value: value?.[2] ?? unquote(value?.[1] ?? ''),
      isNegated
    },
    end
  ];
}

function wordTerm(value: string, isNegated: boolean): ITerm {
  return { name: null, operator: ':', value, isNegated };
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && /\s/.test(text[at] ?? '')) {
    at += 1;
  }
  return at;
}

function match(
  pattern: RegExp,
  text: string,
  at: number
): [RegExpExecArray | null, number] {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return [found, found === null ? at : at + found[0].length];
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** What a filter is applied to. */
export interface IFilterContext {
  readonly columns: readonly IColumn[];
  readonly versions: Versions;
}

/** Make a test of a filter, or say why it is none. */
export function compileFilter(
  text: string,
  context: IFilterContext
): Test | IFilterFailure {
  const tests: Test[] = [];
  for (const term of parseFilter(text)) {
    const test = compileTerm(term, context);
    if (typeof test !== 'function') {
      return test;
    }
    tests.push(term.isNegated ? trial => !test(trial) : test);
  }
  return trial => tests.every(test => test(trial));
}

/** Gives the value that a term is about. */
type Reader = (trial: ITrial) => Value;

function compileTerm(
  term: ITerm,
  context: IFilterContext
): Test | IFilterFailure {
  const { name, operator, value } = term;
  if (name === null) {
    return anywhere(value, context);
  }
  const read = readerOf(name, context);
  if (read === null) {
    // A colon also stands in addresses and times, which are looked for as text.
    return operator === ':'
      ? anywhere(`${name}:${value}`, context)
      : { kind: 'no-column', subject: name };
  }
  if (value === '') {
    return { kind: 'no-value', subject: `${name}${operator}` };
  }
  if (operator === ':') {
    return contains(read, value);
  }
  if (operator === '=' || operator === '!=') {
    return equals(read, name, value, operator === '=');
  }
  const limit = limitOf(name, value);
  return limit === null
    ? { kind: 'no-number', subject: value }
    : compares(read, operator, limit);
}

function compares(
  read: Reader,
  operator: '<' | '<=' | '>' | '>=',
  limit: number
): Test {
  return trial => {
    const value = read(trial);
    if (typeof value !== 'number') {
      return false;
    }
    switch (operator) {
      case '<':
        return value < limit;
      case '<=':
        return value <= limit;
      case '>':
        return value > limit;
      case '>=':
        return value >= limit;
    }
  };
}

/** Equal or not. What is missing is neither. */
function equals(
  read: Reader,
  name: string,
  value: string,
  isWanted: boolean
): Test {
  const limit = limitOf(name, value);
  const wanted = value.toLowerCase();
  return trial => {
    const found = read(trial);
    if (found === null) {
      return false;
    }
    const isEqual =
      typeof found === 'number' && limit !== null
        ? found === limit || formatNumber(found) === wanted
        : String(found).toLowerCase() === wanted;
    return isEqual === isWanted;
  };
}

function contains(read: Reader, value: string): Test {
  const wanted = value.toLowerCase();
  return trial => {
    const found = read(trial);
    return found !== null && String(found).toLowerCase().includes(wanted);
  };
}

function anywhere(word: string, context: IFilterContext): Test {
  const wanted = word.toLowerCase();
  const { columns, versions } = context;
  return trial =>
    trial.name.toLowerCase().includes(wanted) ||
    trial.status.includes(wanted) ||
    columns.some(column => {
      const value = valueOf(column, trial, versions);
      return (
        column.kind !== 'run' &&
        value !== null &&
        // A number is found as it is shown, and as it is.
        (textOf(column, value).toLowerCase().includes(wanted) ||
          String(value).toLowerCase().includes(wanted))
      );
    });
}

/** Words for columns and facts that have no name of their own, as in the search of runs. */
const FACTS: Readonly<Record<string, Reader>> = {
  status: trial => trial.status,
  name: trial => trial.name || null,
  note: trial => trial.note || null,
  error: trial => trial.error_name,
  duration: trial => trial.duration_s,
  count: trial => trial.execution_count,
  started: trial => Date.parse(trial.queued_at),
  flag: trial => trial.flags.map(flag => flag.kind).join(' ') || null,
  tag: trial =>
    Object.entries(trial.tags)
      .map(([key, value]) => `${key}:${value}`)
      .join(' ') || null,
  is: trial => (trial.is_starred ? 'starred' : null)
};

function readerOf(name: string, context: IFilterContext): Reader | null {
  const { columns, versions } = context;
  const column =
    columns.find(item => item.key === name) ??
    columns.find(item => item.name === name && item.kind === 'param') ??
    columns.find(item => item.name === name && item.kind === 'metric');
  if (name === 'code' || name === 'version') {
    return trial => {
      const version = versions.get(trial.code_sha256);
      return version === undefined ? trial.code_sha256 : `v${version}`;
    };
  }
  if (column !== undefined && column.name !== '') {
    return trial => valueOf(column, trial, versions);
  }
  if (Object.prototype.hasOwnProperty.call(FACTS, name)) {
    return FACTS[name] ?? null;
  }
  if (name.startsWith('tag.')) {
    return trial => trial.tags[name.slice('tag.'.length)] ?? null;
  }
  return null;
}

const SECONDS: Readonly<Record<string, number>> = {
  ms: 1e-3,
  s: 1,
  min: 60,
  m: 60,
  h: 3600,
  d: 86_400
};

/** The number that a text stands for; null if it is none. */
function limitOf(name: string, text: string): number | null {
  if (name === 'started') {
    const moment = Date.parse(text);
    return Number.isNaN(moment) ? null : moment;
  }
  const [, digits = '', unit = ''] =
    /^([-+]?[\d._]+(?:e[-+]?\d+)?|[-+]?inf(?:inity)?)\s*([a-z]*)$/i.exec(
      text
    ) ?? [];
  const factor = unit === '' ? 1 : name === 'duration' ? SECONDS[unit] : NaN;
  const number = /inf/i.test(digits)
    ? digits.startsWith('-')
      ? -Infinity
      : Infinity
    : Number(digits.replaceAll('_', ''));
  return digits === '' || factor === undefined || Number.isNaN(number * factor)
    ? null
    : number * factor;
}
