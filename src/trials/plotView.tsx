import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { ITrial } from '../api/types';
import { Notice } from '../ui/notice';
import type { IAxis } from './axes';
import { positionOf } from './axes';
import type { IColumn } from './columns';
import { cellText, columnTitle, runTitle } from './labels';
import type { TrialsModel } from './model';
import type { IRange } from './table';
import type { ITrialsProps } from './view';

/** Steps of a colour scale. */
export const COLOR_STEPS = 12;

/** A step of the colour scale as CSS has it: from the theme's warm to its cool colour. */
export function cssColorOf(step: number): string {
  const share = Math.round((100 * step) / (COLOR_STEPS - 1));
  return `color-mix(in oklab, var(--jp-brand-color1) ${share}%, var(--jp-warn-color1))`;
}

/** Colours that a canvas understands. */
export interface IPalette {
  readonly scale: readonly string[];
  readonly faint: string;
}

/** Read the colours of the theme where an element stands. */
function readPalette(host: HTMLElement): IPalette {
  const probe = document.createElement('span');
  probe.hidden = true;
  host.append(probe);
  const used = (color: string): string => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const palette = {
    scale: Array.from({ length: COLOR_STEPS }, (_, step) =>
      used(cssColorOf(step))
    ),
    faint: used('var(--jp-border-color2)')
  };
  probe.remove();
  return palette;
}

/** The size of an element, followed. */
export function useSize(ref: React.RefObject<HTMLElement>): {
  width: number;
  height: number;
} {
  const [size, setSize] = React.useState({ width: 0, height: 0 });
  React.useLayoutEffect(() => {
    const host = ref.current;
    if (host === null) {
      return;
    }
    const measure = (): void => {
      setSize({ width: host.clientWidth, height: host.clientHeight });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(host);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** The colours of the theme, read anew when it changes. */
export function usePalette(ref: React.RefObject<HTMLElement>): IPalette | null {
  const [palette, setPalette] = React.useState<IPalette | null>(null);
  React.useLayoutEffect(() => {
    const read = (): void => {
      if (ref.current !== null) {
        setPalette(readPalette(ref.current));
      }
    };
    read();
    const observer = new MutationObserver(() => {
      // The attribute changes before the new style is there.
      setTimeout(read, 100);
    });
    observer.observe(document.body, {
      attributes: true,
      attributeFilter: ['data-jp-theme-name']
    });
    return () => observer.disconnect();
  }, []);
  return palette;
}

/** A canvas as sharp as the screen, drawn whenever something of it changes. */
export function Canvas(props: {
  width: number;
  height: number;
  draw: (context: CanvasRenderingContext2D) => void;
}): JSX.Element {
  const { width, height, draw } = props;
  const ref = React.useRef<HTMLCanvasElement>(null);
  React.useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext('2d') ?? null;
    if (canvas === null || context === null) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context);
  }, [width, height, draw]);
  return (
    <canvas
      ref={ref}
      className="jp-DsinfraPlot-canvas"
      style={{ width, height }}
      aria-hidden="true"
    />
  );
}

/** The trials of each step of the colour scale; -1 is that of those without a value. */
export function byColor(
  trials: readonly ITrial[],
  axis: IAxis | null,
  model: TrialsModel
): [number, ITrial[]][] {
  const groups = Array.from({ length: COLOR_STEPS + 1 }, (): ITrial[] => []);
  for (const trial of trials) {
    const position =
      axis === null ? 1 : positionOf(axis, model.valueAt(axis.column, trial));
    const step =
      position === null ? -1 : Math.round(position * (COLOR_STEPS - 1));
    groups[step + 1]?.push(trial);
  }
  return groups.map((group, index) => [index - 1, group]);
}

/** Says why nothing is drawn. */
export function TooFew(props: { trans: TranslationBundle }): JSX.Element {
  const { trans } = props;
  return (
    <div className="jp-DsinfraTrials-none">
      <Notice kind="empty" title={trans.__('There is nothing to draw yet')}>
        {trans.__(
          'Two columns at least are needed: parameters, metrics or durations. Choose them under Columns.'
        )}
      </Notice>
    </div>
  );
}

/** Chooses a column; empty for none. */
export function ColumnSelect(props: {
  label: string;
  columns: readonly IColumn[];
  value: string;
  none?: string;
  trans: TranslationBundle;
  onChange: (key: string) => void;
}): JSX.Element {
  const { label, columns, value, none, trans, onChange } = props;
  return (
    <label className="jp-DsinfraPlot-choice">
      {label}
      <select value={value} onChange={event => onChange(event.target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {columns.map(column => (
          <option key={column.key} value={column.key}>
            {columnTitle(column, trans)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What the colours mean. */
export function ColorLegend(props: {
  axis: IAxis | null;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { axis, trans } = props;
  if (axis === null) {
    return null;
  }
  const { categories, column, low, high } = axis;
  const name = (value: number | string | undefined): string =>
    typeof value === 'number'
      ? cellText(column, value, null, trans)
      : String(value ?? '');
  return (
    <span className="jp-DsinfraPlot-legend">
      <span>{name(categories === null ? low : categories[0])}</span>
      <span
        className="jp-DsinfraPlot-scale"
        style={{
          backgroundImage: `linear-gradient(to right in oklab, ${cssColorOf(0)}, ${cssColorOf(COLOR_STEPS - 1)})`
        }}
      />
      <span>
        {name(categories === null ? high : categories[categories.length - 1])}
      </span>
    </span>
  );
}

/** Fields for the ends of a range: what the pointer does on an axis, by keyboard. */
export function RangeFields(props: {
  axis: IAxis;
  range: IRange | null;
  trans: TranslationBundle;
  onChange: (range: IRange | null) => void;
}): JSX.Element {
  const { axis, range, trans, onChange } = props;
  const title = columnTitle(axis.column, trans);
  const { categories } = axis;
  const first = categories === null ? axis.low : (categories[0] ?? '');
  const last =
    categories === null ? axis.high : (categories[categories.length - 1] ?? '');
  const change = (end: 'low' | 'high', value: number | string | null): void => {
    const next = { low: range?.low ?? first, high: range?.high ?? last };
    next[end] = value ?? (end === 'low' ? first : last);
    onChange(next.low === first && next.high === last ? null : next);
  };
  const field = (end: 'low' | 'high', label: string): JSX.Element =>
    categories === null ? (
      <NumberField
        label={label}
        placeholder={cellText(
          axis.column,
          end === 'low' ? axis.low : axis.high,
          null,
          trans
        )}
        value={typeof range?.[end] === 'number' ? Number(range[end]) : null}
        onChange={value => change(end, value)}
      />
    ) : (
      <select
        aria-label={label}
        value={String(range?.[end] ?? (end === 'low' ? first : last))}
        onChange={event =>
          change(
            end,
            categories.find(item => String(item) === event.target.value) ?? null
          )
        }
      >
        {categories.map(item => (
          <option key={String(item)} value={String(item)}>
            {cellText(axis.column, item, null, trans)}
          </option>
        ))}
      </select>
    );
  return (
    <div
      className="jp-DsinfraPlot-range"
      role="group"
      aria-label={trans.__('Range of %1', title)}
    >
      {field('high', trans.__('%1 at most', title))}
      {field('low', trans.__('%1 at least', title))}
    </div>
  );
}

/** A number that is taken when the field is left. */
function NumberField(props: {
  label: string;
  placeholder: string;
  value: number | null;
  onChange: (value: number | null) => void;
}): JSX.Element {
  const { label, placeholder, value, onChange } = props;
  const shown = value === null ? '' : String(value);
  const [text, setText] = React.useState(shown);
  React.useEffect(() => setText(shown), [shown]);
  const take = (): void => {
    const number = text.trim() === '' ? null : Number(text);
    if (number !== null && Number.isNaN(number)) {
      setText(shown);
    } else if (number !== value) {
      onChange(number);
    }
  };
  return (
    <input
      type="text"
      inputMode="decimal"
      aria-label={label}
      title={label}
      placeholder={placeholder}
      value={text}
      onChange={event => setText(event.target.value)}
      onBlur={take}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          take();
        }
      }}
    />
  );
}

/** What is told of the run that is pointed at. */
export function HoverCard(props: {
  trial: ITrial;
  columns: readonly IColumn[];
  model: TrialsModel;
  x: number;
  y: number;
  width: number;
  trans: TranslationBundle;
  locale: string;
}): JSX.Element {
  const { trial, columns, model, x, y, width, trans, locale } = props;
  return (
    <div
      className="jp-DsinfraPlot-card"
      role="status"
      style={
        x < width / 2
          ? { left: x + 14, top: y + 14 }
          : { right: width - x + 14, top: y + 14 }
      }
    >
      <strong>{runTitle(trial, trans, locale)}</strong>
      <dl>
        {columns.map(column => (
          <div key={column.key}>
            <dt>{columnTitle(column, trans)}</dt>
            <dd>
              {cellText(column, model.valueAt(column, trial), trial, trans) ||
                '–'}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Go from run to run by keyboard; open the one that is pointed at, or select it. */
export function onPlotKey(
  event: React.KeyboardEvent,
  props: ITrialsProps,
  current: ITrial | null,
  point: (trial: ITrial) => void
): void {
  const { actions, model } = props;
  const next = neighbour(event.key, model.rows, current);
  if (next !== null) {
    point(next);
    event.preventDefault();
  } else if (current !== null && event.key === 'Enter') {
    actions.open(current.run_id);
  } else if (current !== null && event.key === ' ') {
    model.selection.toggle(current.run_id);
    event.preventDefault();
  }
}

/** The run that a key leads to from another; null for other keys. */
function neighbour(
  key: string,
  rows: readonly ITrial[],
  current: ITrial | null
): ITrial | null {
  const index = current === null ? -1 : rows.indexOf(current);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return rows[Math.min(index + 1, rows.length - 1)] ?? null;
    case 'ArrowLeft':
    case 'ArrowUp':
      return rows[Math.max(index - 1, 0)] ?? null;
    case 'Home':
      return rows[0] ?? null;
    case 'End':
      return rows[rows.length - 1] ?? null;
    default:
      return null;
  }
}
