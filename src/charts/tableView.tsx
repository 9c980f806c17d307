import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { formatElapsed, formatFullMoment } from '../ui/format';
import { formatNumber } from '../ui/numbers';
import type { IColumns, XAxis } from './series';

/** Rows that are shown before somebody asks for more. */
const ROWS = 100;

/** The points of a chart as a table. */
export function PointTable(props: {
  axis: XAxis;
  /** What stands in the place of a gap. */
  absentText: string;
  columns: IColumns;
  format: (value: number) => string;
  /** What each line is called. */
  headings: readonly string[];
  label: string;
  locale: string;
  /** A last column with words. */
  notes?: { heading: string; of: (x: number) => string } | undefined;
  trans: TranslationBundle;
}): JSX.Element {
  const { axis, columns, format, headings, locale, notes, trans } = props;
  const [shown, setShown] = React.useState(ROWS);
  const count = columns.x.length;
  return (
    <div className="jp-DsinfraChart-table" tabIndex={0}>
      <table aria-label={props.label}>
        <thead>
          <tr>
            <th scope="col">{axisName(axis, trans)}</th>
            {headings.map((heading, index) => (
              <th key={index} scope="col">
                {heading}
              </th>
            ))}
            {notes && <th scope="col">{notes.heading}</th>}
          </tr>
        </thead>
        <tbody>
          {columns.x.slice(0, shown).map((x, row) => (
            <tr key={row}>
              <th scope="row">{placeText(x, axis, locale, null)}</th>
              {columns.lines.map((values, index) => {
                const value = values[row];
                return (
                  <td key={index}>
                    {value === undefined
                      ? ''
                      : value === null
                        ? props.absentText
                        : format(value)}
                  </td>
                );
              })}
              {notes && <td>{notes.of(x)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {shown < count && (
        <button
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => setShown(shown + 10 * ROWS)}
        >
          {trans.__('Show more (%1 of %2)', shown, count)}
        </button>
      )}
    </div>
  );
}

function axisName(axis: XAxis, trans: TranslationBundle): string {
  switch (axis) {
    case 'step':
      return trans.__('Step');
    case 'relative':
      return trans.__('Since start');
    case 'wall':
      return trans.__('Time');
  }
}

/** Text for a place on an axis; with `trans` it says what kind of place. */
export function placeText(
  x: number,
  axis: XAxis,
  locale: string,
  trans: TranslationBundle | null
): string {
  switch (axis) {
    case 'step':
      return trans ? trans.__('Step %1', formatNumber(x)) : formatNumber(x);
    case 'relative':
      return relativeText(x);
    case 'wall':
      return formatFullMoment(new Date(x * 1000), locale);
  }
}

/** Text for a time since the start: `12.5 s`, `1:05`. */
export function relativeText(seconds: number): string {
  return Math.abs(seconds) < 60
    ? `${formatNumber(Number(seconds.toPrecision(6)))} s`
    : formatElapsed(seconds);
}
