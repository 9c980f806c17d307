import { columnsOf, versionsOf } from '../columns';
import type { IExport } from '../export';
import { toCsv, toTsv } from '../export';
import { makeTrial } from './makeTrial';

function contentOf(params: Record<string, unknown>): IExport {
  const trials = [makeTrial({ params, metrics: { acc: 0.9 }, name: 'first' })];
  return {
    columns: columnsOf(trials),
    trials,
    versions: versionsOf(trials),
    titleOf: column => column.name || column.kind
  };
}

/** Read CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cells = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/g;
  for (const [, cell = '', end] of text.matchAll(cells)) {
    row.push(
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
    );
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

describe('the export of trials', () => {
  it('has the facts of the run, then the columns', () => {
    expect(toCsv(contentOf({ lr: 0.5 }))).toBe(
      'run_id,execution_count,queued_at,status,name,lr,acc,duration,code\r\n' +
        'r1,1,2026-11-22T10:00:00.000Z,ok,first,0.5,0.9,2,v1\r\n'
    );
  });

  it('comes back as it was, whatever is in it', () => {
    const odd = 'a "quoted",\r\nsecond line; third\ttab';
    const [, row] = parseCsv(toCsv(contentOf({ odd })));
    expect(row?.[5]).toBe(odd);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+cmd|calc', "'+cmd|calc"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['-2+3', "'-2+3"],
    ['\t=1', "'\t=1"],
    ['-2.5e-3', '-2.5e-3'],
    ['plain', 'plain']
  ])('cannot be taken for a formula: %s', (value, written) => {
    const [, row] = parseCsv(toCsv(contentOf({ value })));
    expect(row?.[5]).toBe(written);
  });

  it('leaves negative numbers as they are', () => {
    const [, row] = parseCsv(toCsv(contentOf({ value: -0.5 })));
    expect(row?.[5]).toBe('-0.5');
  });

  it('writes names of columns safely, too', () => {
    const [head] = parseCsv(toCsv(contentOf({ '=x,y': 1 })));
    expect(head?.[5]).toBe("'=x,y");
  });

  it('has one line for each trial on the clipboard', () => {
    const lines = toTsv(contentOf({ text: 'a\tb\nc', f: '=1' })).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]?.split('\t').slice(5, 7)).toEqual(["'=1", 'a b c']);
  });
});
