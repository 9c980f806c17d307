import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { cssColor } from '../../charts/theme';
import { formatCount } from '../../ui/format';
import { categoryLabel } from '../labels';
import type { ILayer } from './stacks';
import { countTicks, markedBuckets, totals } from './stacks';

/** Room around the bars, in pixels. */
const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;

/** Width that the text below a bar needs, in pixels. */
const LABEL_WIDTH = 64;

/** Widest bar, and the room between two as a share of their place. */
const BAR_MAX = 40;
const GAP = 0.2;

export interface IChartProps {
  label: string;
  layers: readonly ILayer[];

  /** Text for the beginning of each bucket: short below the bars, whole in readings. */
  shortLabels: readonly string[];
  longLabels: readonly string[];
  height: number;

  /** Whether it counts one thing, so that only numbers are read. */
  isPlain?: boolean;
  trans: TranslationBundle;
  locale: string;
}

/** The name of what a layer counts. */
export function layerLabel(layer: ILayer, trans: TranslationBundle): string {
  return layer.category === null
    ? trans.__('Other')
    : categoryLabel(layer.category, trans);
}

/**
 * Counts over time as stacked bars.
 *
 * Pointer and arrow keys read a bar; its numbers stand below the chart.
 */
export function StackedBars(props: IChartProps): JSX.Element {
  const { label, layers, shortLabels, longLabels, height, trans } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const width = useWidth(host);
  const [at, setAt] = React.useState<number | null>(null);
  const count = shortLabels.length;
  const place = Math.max(0, width - LEFT - RIGHT) / Math.max(1, count);
  const read = (key: string): boolean => {
    const next = targetOf(key, at, count);
    if (next === undefined) {
      return false;
    }
    setAt(next);
    return true;
  };
  const reading = at === null ? null : (longLabels[at] ?? null);
  return (
    <div className="jp-DsinfraBars">
      <div
        ref={host}
        className="jp-DsinfraBars-canvas"
        style={{ height }}
        role="group"
        aria-roledescription={trans.__('chart')}
        aria-label={`${label}. ${trans.__('Arrows read values.')}`}
        tabIndex={0}
        onKeyDown={event => {
          if (
            !event.ctrlKey &&
            !event.metaKey &&
            !event.altKey &&
            read(event.key)
          ) {
            event.preventDefault();
            event.stopPropagation();
          }
        }}
        onBlur={() => setAt(null)}
        onMouseLeave={() => setAt(null)}
        onMouseMove={event => {
          const { left } = event.currentTarget.getBoundingClientRect();
          const index = Math.floor((event.clientX - left - LEFT) / place);
          setAt(index >= 0 && index < count ? index : null);
        }}
      >
        {width > 0 && (
          <Drawing {...props} width={width} place={place} at={at} />
        )}
      </div>
      <p className="jp-DsinfraBars-reading" role="status">
        {at !== null && reading !== null
          ? [reading, readingText(layers, at, props)].join(': ')
          : ' '}
      </p>
    </div>
  );
}

/** The bucket that a key leads to, null for none; undefined for other keys. */
function targetOf(
  key: string,
  at: number | null,
  count: number
): number | null | undefined {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, (at ?? count) - 1);
    case 'ArrowRight':
      return Math.min(count - 1, (at ?? -1) + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    case 'Escape':
      return at === null ? undefined : null;
    default:
      return undefined;
  }
}

function readingText(
  layers: readonly ILayer[],
  at: number,
  props: IChartProps
): string {
  const { trans, locale, isPlain } = props;
  if (isPlain) {
    return formatCount(totals(layers, at + 1)[at] ?? 0, locale);
  }
  const parts = layers
    .filter(layer => (layer.counts[at] ?? 0) > 0)
    .map(
      layer =>
        `${layerLabel(layer, trans)} ${formatCount(layer.counts[at] ?? 0, locale)}`
    );
  return parts.length === 0 ? trans.__('none') : parts.join(', ');
}

function Drawing(
  props: IChartProps & { width: number; place: number; at: number | null }
): JSX.Element {
  const { layers, shortLabels, height, locale, width, place, at } = props;
  const count = shortLabels.length;
  const ticks = countTicks(Math.max(0, ...totals(layers, count)));
  const most = ticks[ticks.length - 1] ?? 1;
  const room = height - TOP - BOTTOM;
  const y = (value: number): number => TOP + room * (1 - value / most);
  const bar = Math.max(1, Math.min(BAR_MAX, place * (1 - GAP)));
  const x = (index: number): number => LEFT + index * place + (place - bar) / 2;
  const marks = markedBuckets(
    count,
    Math.max(1, Math.floor((width - LEFT) / LABEL_WIDTH))
  );
  return (
    <svg width={width} height={height} aria-hidden="true">
      {ticks.map(tick => (
        <g key={tick}>
          <line
            className="jp-DsinfraBars-grid"
            x1={LEFT}
            x2={width - RIGHT}
            y1={Math.round(y(tick)) + 0.5}
            y2={Math.round(y(tick)) + 0.5}
          />
          <text x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {formatCount(tick, locale)}
          </text>
        </g>
      ))}
      {at !== null && (
        <rect
          className="jp-DsinfraBars-cursor"
          x={LEFT + at * place}
          y={TOP}
          width={place}
          height={room}
        />
      )}
      {shortLabels.map((_, index) => {
        let below = 0;
        return layers.map(layer => {
          const value = layer.counts[index] ?? 0;
          if (value === 0) {
            return null;
          }
          const top = y(below + value);
          const size = Math.max(1, y(below) - top);
          below += value;
          return (
            <rect
              key={`${index} ${layer.category}`}
              className="jp-DsinfraBars-bar"
              x={x(index)}
              y={top}
              width={bar}
              height={size}
              style={{ fill: cssColor(layer.index) }}
            />
          );
        });
      })}
      {marks.map(index => (
        <text
          key={index}
          x={Math.min(LEFT + (index + 0.5) * place, width - LABEL_WIDTH / 3)}
          y={height - 6}
          textAnchor="middle"
        >
          {shortLabels[index]}
        </text>
      ))}
    </svg>
  );
}

/** The width of an element, followed. */
function useWidth(host: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = React.useState(0);
  React.useLayoutEffect(() => {
    const element = host.current;
    if (element === null) {
      return;
    }
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [host]);
  return width;
}

/** Which colour is which category, and how often each occurred. */
export function Legend(props: {
  layers: readonly ILayer[];
  trans: TranslationBundle;
  locale: string;
}): JSX.Element {
  const { layers, trans, locale } = props;
  return (
    <ul
      className="jp-DsinfraBars-legend"
      aria-label={trans.__('Occurrences by category')}
    >
      {layers.map(layer => (
        <li key={layer.category}>
          <span
            className="jp-DsinfraBars-swatch"
            style={{ background: cssColor(layer.index) }}
            aria-hidden="true"
          />
          {layerLabel(layer, trans)}
          <span className="jp-DsinfraBars-total">
            {formatCount(layer.total, locale)}
          </span>
        </li>
      ))}
    </ul>
  );
}
