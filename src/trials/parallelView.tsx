import React from 'react';

import type { ITrial } from '../api/types';
import type { IAxis } from './axes';
import { axisOf, placesOf, positionOf, rangeBetween, ticksOf } from './axes';
import type { IColumn } from './columns';
import { columnTitle } from './labels';
import type { TrialsModel } from './model';
import {
  Canvas,
  ColorLegend,
  ColumnSelect,
  HoverCard,
  RangeFields,
  TooFew,
  byColor,
  neighbour,
  usePalette,
  useSize
} from './plotView';
import { differs } from './table';
import type { ITrialsProps } from './view';

/** Axes that are drawn, and how many of them parameters may take: more nobody follows. */
const AXES_MAX = 12;
const PARAM_AXES_MAX = 8;

/** Pixels between two axes at least, and around all of them. */
const GAP_MIN = 96;
const MARGIN = { top: 26, side: 52, bottom: 30 };

/** How far above the lower edge runs without a value pass. */
const MISSING_OFFSET = 10;

/** How near, in pixels, a line has to be to be pointed at. */
const NEAR = 8;

/** How far, in pixels, a pointer has to move to draw a range. */
const DRAG_MIN = 4;

/** Lines drawn by one call: longer paths take the browser much longer. */
const BATCH = 64;

/** Where things are drawn. */
interface IPlot {
  readonly axes: readonly IAxis[];
  readonly width: number;
  readonly height: number;
  readonly x: (index: number) => number;

  /** The height of a place on an axis; null is that of a missing value. */
  readonly y: (position: number | null) => number;
}

/** The columns that make sense as axes: what is the same everywhere tells nothing. */
export function axisColumns(model: TrialsModel): IColumn[] {
  const { columns, layout, trials, versions } = model;
  return columns.filter(
    column =>
      ['param', 'metric', 'duration', 'code'].includes(column.kind) &&
      !layout.hidden.includes(column.key) &&
      differs(column, trials, versions)
  );
}

/** As many columns as can be followed, some metrics among them. */
function axesAmong(columns: readonly IColumn[]): readonly IColumn[] {
  if (columns.length <= AXES_MAX) {
    return columns;
  }
  const params = columns.filter(column => column.kind === 'param');
  const others = columns.filter(column => column.kind !== 'param');
  const count = Math.max(PARAM_AXES_MAX, AXES_MAX - others.length);
  const chosen = params.slice(0, count);
  return [...chosen, ...others.slice(0, AXES_MAX - chosen.length)];
}

/** Each run as a line over its parameters and metrics. */
export function ParallelView(props: ITrialsProps): JSX.Element {
  return axisColumns(props.model).length < 2 ? (
    <TooFew trans={props.trans} />
  ) : (
    <Parallel {...props} />
  );
}

function Parallel(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  const { layout, trials, rows } = model;
  const hostRef = React.useRef<HTMLDivElement>(null);
  const { width: room, height } = useSize(hostRef);
  const palette = usePalette(hostRef);
  const [colorKey, setColorKey] = React.useState<string | null>(null);
  const [hovered, setHovered] = React.useState<IHovered | null>(null);
  const columns = React.useMemo(
    () => axisColumns(model),
    [trials, layout.hidden]
  );
  const axes = React.useMemo(
    () =>
      axesAmong(columns).map(column =>
        axisOf(column, trials, (item, trial) => model.valueOf(item, trial))
      ),
    [columns, trials]
  );
  const width = Math.max(
    room,
    2 * MARGIN.side + GAP_MIN * Math.max(0, axes.length - 1)
  );
  const plot = React.useMemo(
    () => plotOf(axes, width, height),
    [axes, width, height]
  );
  const lines = React.useMemo(
    () => new Map(trials.map(trial => [trial, lineOf(trial, plot, model)])),
    [trials, plot]
  );
  const chosenKey =
    colorKey ?? columns.find(column => column.kind === 'metric')?.key ?? '';
  const colorAxis = axes.find(axis => axis.column.key === chosenKey) ?? null;
  const draw = React.useCallback(
    (context: CanvasRenderingContext2D) => {
      if (palette === null) {
        return;
      }
      const shown = new Set(rows);
      context.lineWidth = 1;
      context.strokeStyle = palette.faint;
      context.globalAlpha = 0.35;
      const others = trials.filter(trial => !shown.has(trial));
      stroke(context, others, lines, plot);
      context.globalAlpha = rows.length > 500 ? 0.45 : 0.85;
      for (const [step, some] of byColor(rows, colorAxis, model)) {
        context.strokeStyle = palette.scale[step] ?? palette.faint;
        stroke(context, some, lines, plot);
      }
    },
    [palette, rows, trials, lines, colorAxis, plot]
  );
  const selected = rows.filter(row => model.selection.has(row.run_id));
  return (
    <div className="jp-DsinfraPlot">
      <div className="jp-DsinfraPlot-choices">
        <ColumnSelect
          label={trans.__('Colour')}
          columns={axes.map(axis => axis.column)}
          value={chosenKey}
          none={trans.__('none')}
          trans={trans}
          onChange={setColorKey}
        />
        <ColorLegend axis={colorAxis} trans={trans} />
        {columns.length > axes.length && (
          <span>
            {trans.__(
              'The first %1 of %2 columns are shown.',
              axes.length,
              columns.length
            )}
          </span>
        )}
      </div>
      <div className="jp-DsinfraPlot-scroll">
        <div
          ref={hostRef}
          className="jp-DsinfraPlot-host"
          role="group"
          tabIndex={0}
          aria-label={trans.__(
            '%1 runs on %2 axes. Arrow keys go from run to run, Enter opens one.',
            rows.length,
            axes.length
          )}
          onKeyDown={event => {
            const next = neighbour(event.key, rows, hovered?.trial ?? null);
            if (next !== null) {
              const y = lines.get(next)?.[0] ?? 0;
              setHovered({ trial: next, x: plot.x(0), y });
              event.preventDefault();
            } else if (hovered !== null && event.key === 'Enter') {
              props.actions.open(hovered.trial.run_id);
            } else if (hovered !== null && event.key === ' ') {
              model.selection.toggle(hovered.trial.run_id);
              event.preventDefault();
            }
          }}
          onPointerMove={event => {
            const box = event.currentTarget.getBoundingClientRect();
            const x = event.clientX - box.left;
            const y = event.clientY - box.top;
            const trial = nearest(rows, lines, plot, x, y);
            setHovered(trial === null ? null : { trial, x, y });
          }}
          onPointerLeave={() => setHovered(null)}
          onClick={() => {
            if (hovered !== null) {
              props.actions.open(hovered.trial.run_id);
            }
          }}
        >
          <Canvas width={width} height={height} draw={draw} />
          <svg width={width} height={height} aria-hidden="true">
            {selected.map(trial => (
              <Line
                key={trial.run_id}
                trial={trial}
                lines={lines}
                plot={plot}
              />
            ))}
            {hovered !== null && lines.has(hovered.trial) && (
              <Line trial={hovered.trial} lines={lines} plot={plot} isHovered />
            )}
            {axes.map((axis, index) => (
              <Axis
                key={axis.column.key}
                axis={axis}
                index={index}
                plot={plot}
                {...props}
              />
            ))}
          </svg>
          {hovered !== null && (
            <HoverCard
              {...hovered}
              columns={axes.map(axis => axis.column)}
              model={model}
              width={width}
              trans={trans}
              locale={props.locale}
            />
          )}
        </div>
        <div className="jp-DsinfraPlot-ranges" style={{ width }}>
          {axes.map((axis, index) => (
            <div
              key={axis.column.key}
              className="jp-DsinfraPlot-under"
              style={{ left: plot.x(index) }}
            >
              <RangeFields
                axis={axis}
                range={model.ranges.get(axis.column.key) ?? null}
                trans={trans}
                onChange={range => model.setRange(axis.column.key, range)}
              />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

interface IHovered {
  readonly trial: ITrial;
  readonly x: number;
  readonly y: number;
}

function plotOf(axes: readonly IAxis[], width: number, height: number): IPlot {
  const step = (width - 2 * MARGIN.side) / Math.max(1, axes.length - 1);
  const low = height - MARGIN.bottom;
  return {
    axes,
    width,
    height,
    x: index => MARGIN.side + index * step,
    y: position =>
      position === null
        ? height - MISSING_OFFSET
        : low - position * (low - MARGIN.top)
  };
}

/** The heights at which the line of a run crosses the axes. */
function lineOf(trial: ITrial, plot: IPlot, model: TrialsModel): Float32Array {
  return Float32Array.from(plot.axes, axis =>
    plot.y(positionOf(axis, model.valueOf(axis.column, trial)))
  );
}

function stroke(
  context: CanvasRenderingContext2D,
  trials: readonly ITrial[],
  lines: ReadonlyMap<ITrial, Float32Array>,
  plot: IPlot
): void {
  for (let from = 0; from < trials.length; from += BATCH) {
    context.beginPath();
    for (const trial of trials.slice(from, from + BATCH)) {
      lines.get(trial)?.forEach((y, index) => {
        if (index === 0) {
          context.moveTo(plot.x(index), y);
        } else {
          context.lineTo(plot.x(index), y);
        }
      });
    }
    context.stroke();
  }
}

/** The run whose line passes a place; null if none is near. */
function nearest(
  rows: readonly ITrial[],
  lines: ReadonlyMap<ITrial, Float32Array>,
  plot: IPlot,
  x: number,
  y: number
): ITrial | null {
  const step = plot.x(1) - plot.x(0);
  const index = Math.max(
    0,
    Math.min(plot.axes.length - 2, Math.floor((x - plot.x(0)) / step))
  );
  const share = Math.max(0, Math.min(1, (x - plot.x(index)) / step));
  let best: ITrial | null = null;
  let least = NEAR;
  for (const row of rows) {
    const line = lines.get(row);
    const from = line?.[index] ?? NaN;
    const to = line?.[index + 1] ?? NaN;
    const distance = Math.abs(from + (to - from) * share - y);
    if (distance < least) {
      least = distance;
      best = row;
    }
  }
  return best;
}

/** A run that stands out. */
function Line(props: {
  trial: ITrial;
  lines: ReadonlyMap<ITrial, Float32Array>;
  plot: IPlot;
  isHovered?: boolean;
}): JSX.Element {
  const { trial, lines, plot, isHovered = false } = props;
  const points = Array.from(
    lines.get(trial) ?? [],
    (y, index) => `${plot.x(index)},${y}`
  ).join(' ');
  return (
    <polyline
      className="jp-DsinfraPlot-line"
      data-hovered={isHovered}
      points={points}
    />
  );
}

/** An axis with its labels, on which a range is drawn with the pointer. */
function Axis(
  props: ITrialsProps & { axis: IAxis; index: number; plot: IPlot }
): JSX.Element {
  const { axis, index, model, plot, trans } = props;
  const [drawn, setDrawn] = React.useState<[number, number] | null>(null);
  const { key } = axis.column;
  const top = plot.y(1);
  const bottom = plot.y(0);
  const range = model.ranges.get(key);
  const places = drawn ?? (range ? placesOf(axis, range) : null);
  const placeOf = (event: React.PointerEvent<SVGElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return 1 - (event.clientY - box.top) / box.height;
  };
  const finish = (): void => {
    if (drawn !== null) {
      const isDrag = Math.abs(drawn[1] - drawn[0]) * (bottom - top) >= DRAG_MIN;
      model.setRange(key, isDrag ? rangeBetween(axis, ...drawn) : null);
      setDrawn(null);
    }
  };
  return (
    <g
      className="jp-DsinfraPlot-axis"
      transform={`translate(${plot.x(index)},0)`}
    >
      <text className="jp-DsinfraPlot-name" y={14}>
        <title>{columnTitle(axis.column, trans)}</title>
        {shortened(columnTitle(axis.column, trans))}
      </text>
      <line y1={top} y2={bottom} />
      {ticksOf(
        axis,
        6,
        axis.column.kind === 'duration' ? seconds : undefined
      ).map(tick => (
        <g
          key={tick.position}
          transform={`translate(0,${plot.y(tick.position)})`}
        >
          <line x1={-4} x2={0} />
          <text x={-7} dy="0.32em" className="jp-DsinfraPlot-label">
            {tick.label}
          </text>
        </g>
      ))}
      {axis.hasMissing && (
        <g transform={`translate(0,${plot.y(null)})`}>
          <circle r={3} />
          <text x={-7} dy="0.32em" className="jp-DsinfraPlot-label">
            {trans.__('none')}
          </text>
        </g>
      )}
      {places !== null && (
        <rect
          className="jp-DsinfraPlot-brush"
          x={-7}
          width={14}
          y={plot.y(Math.max(...places)) - 2}
          height={Math.abs(plot.y(places[0]) - plot.y(places[1])) + 4}
        />
      )}
      <rect
        className="jp-DsinfraPlot-grip"
        x={-12}
        width={24}
        y={top}
        height={Math.max(0, bottom - top)}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const place = placeOf(event);
          setDrawn([place, place]);
        }}
        onPointerMove={event => {
          if (drawn !== null) {
            event.stopPropagation();
            setDrawn([drawn[0], Math.max(0, Math.min(1, placeOf(event)))]);
          }
        }}
        onPointerUp={finish}
        onPointerCancel={() => setDrawn(null)}
        onClick={event => event.stopPropagation()}
      />
    </g>
  );
}

const NAME_MAX_CHARS = 13;

function shortened(name: string): string {
  return name.length > NAME_MAX_CHARS
    ? `${name.slice(0, NAME_MAX_CHARS - 1)}…`
    : name;
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(4))} s`;
}
