import React from 'react';

import type { ITrial } from '../api/types';
import type { IAxis, ITick } from './axes';
import { axisOf, placesOf, positionOf, rangeBetween, ticksOf } from './axes';
import type { IColumn } from './columns';
import { columnTitle } from './labels';
import type { TrialsModel } from './model';
import { axisColumns } from './parallelView';
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
import type { ITrialsProps } from './view';

/** Pixels around the points; missing values have a strip of their own. */
const MARGIN = { top: 12, right: 20, bottom: 44, left: 84 };
const MISSING_STRIP = 26;

/** Pixels between the least and greatest values and the edges. */
const PAD = 12;

const RADIUS = 4;

/** How near, in pixels, a point has to be to be pointed at. */
const NEAR = 12;

/** How far, in pixels, a pointer has to move to draw a range. */
const DRAG_MIN = 6;

interface IPlace {
  readonly x: number;
  readonly y: number;
}

interface IPlot {
  readonly width: number;
  readonly height: number;
  readonly x: (position: number | null) => number;
  readonly y: (position: number | null) => number;
}

/** Each run as a point over two of its values. */
export function ScatterView(props: ITrialsProps): JSX.Element {
  return axisColumns(props.model).length < 2 ? (
    <TooFew trans={props.trans} />
  ) : (
    <Scatter {...props} />
  );
}

function Scatter(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  const { layout, rows, trials } = model;
  const hostRef = React.useRef<HTMLDivElement>(null);
  const { width, height } = useSize(hostRef);
  const palette = usePalette(hostRef);
  const [keys, setKeys] = React.useState<Choice>({});
  const [hovered, setHovered] = React.useState<ITrial | null>(null);
  const [drawn, setDrawn] = React.useState<[IPlace, IPlace] | null>(null);
  const columns = React.useMemo(
    () => axisColumns(model),
    [trials, layout.hidden]
  );
  const chosen = chosenOf(keys, columns);
  const axis = (role: Role): IAxis | null => {
    const column = columns.find(item => item.key === chosen[role]);
    return column === undefined
      ? null
      : axisOf(column, trials, (item, trial) => model.valueOf(item, trial));
  };
  const dependencies = [columns, trials];
  const xAxis = React.useMemo(() => axis('x'), [...dependencies, chosen.x]);
  const yAxis = React.useMemo(() => axis('y'), [...dependencies, chosen.y]);
  const colorAxis = React.useMemo(
    () => axis('color'),
    [...dependencies, chosen.color]
  );
  const plot = React.useMemo(
    () => plotOf(width, height, xAxis, yAxis),
    [width, height, xAxis, yAxis]
  );
  const places = React.useMemo(
    () =>
      new Map(
        trials.map(trial => [trial, placeOf(trial, plot, xAxis, yAxis, model)])
      ),
    [trials, plot, xAxis, yAxis]
  );
  const draw = React.useCallback(
    (context: CanvasRenderingContext2D) => {
      if (palette === null) {
        return;
      }
      const shown = new Set(rows);
      context.globalAlpha = 0.6;
      context.fillStyle = palette.faint;
      for (const trial of trials) {
        if (!shown.has(trial)) {
          dot(context, places.get(trial));
        }
      }
      context.globalAlpha = rows.length > 1000 ? 0.55 : 0.85;
      for (const [step, some] of byColor(rows, colorAxis, model)) {
        context.fillStyle = palette.scale[step] ?? palette.faint;
        for (const trial of some) {
          dot(context, places.get(trial));
        }
      }
    },
    [palette, rows, trials, places, colorAxis]
  );
  if (xAxis === null || yAxis === null) {
    return <TooFew trans={trans} />;
  }
  const axes: readonly [Role, IAxis][] = [
    ['x', xAxis],
    ['y', yAxis]
  ];
  const finish = (): void => {
    if (drawn === null) {
      return;
    }
    const [from, to] = drawn;
    setDrawn(null);
    if (Math.hypot(to.x - from.x, to.y - from.y) < DRAG_MIN) {
      if (hovered !== null) {
        props.actions.open(hovered.run_id);
      }
      return;
    }
    const share = (place: IPlace): [number, number] => [
      (place.x - plot.x(0)) / (plot.x(1) - plot.x(0)),
      (place.y - plot.y(0)) / (plot.y(1) - plot.y(0))
    ];
    const [x1, y1] = share(from);
    const [x2, y2] = share(to);
    model.setRange(xAxis.column.key, rangeBetween(xAxis, x1, x2));
    model.setRange(yAxis.column.key, rangeBetween(yAxis, y1, y2));
  };
  return (
    <div className="jp-DsinfraPlot">
      <div className="jp-DsinfraPlot-choices">
        {(['x', 'y', 'color'] as const).map(role => (
          <ColumnSelect
            key={role}
            label={
              role === 'color'
                ? trans.__('Colour')
                : role === 'x'
                  ? trans.__('Across')
                  : trans.__('Up')
            }
            columns={columns}
            value={chosen[role] ?? ''}
            {...(role === 'color' ? { none: trans.__('none') } : {})}
            trans={trans}
            onChange={key => setKeys({ ...keys, [role]: key })}
          />
        ))}
        <ColorLegend axis={colorAxis} trans={trans} />
        {axes.map(([role, item]) => (
          <div key={role} className="jp-DsinfraPlot-between">
            <span>{columnTitle(item.column, trans)}</span>
            <RangeFields
              axis={item}
              range={model.ranges.get(item.column.key) ?? null}
              trans={trans}
              onChange={range => model.setRange(item.column.key, range)}
            />
          </div>
        ))}
      </div>
      <div
        ref={hostRef}
        className="jp-DsinfraPlot-host"
        role="group"
        tabIndex={0}
        aria-label={trans.__(
          '%1 runs: %2 over %3. Arrow keys go from run to run, Enter opens one.',
          rows.length,
          columnTitle(yAxis.column, trans),
          columnTitle(xAxis.column, trans)
        )}
        onKeyDown={event => {
          const next = neighbour(event.key, rows, hovered);
          if (next !== null) {
            setHovered(next);
            event.preventDefault();
          } else if (hovered !== null && event.key === 'Enter') {
            props.actions.open(hovered.run_id);
          } else if (hovered !== null && event.key === ' ') {
            model.selection.toggle(hovered.run_id);
            event.preventDefault();
          }
        }}
        onPointerDown={event => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const place = pointer(event);
          setDrawn([place, place]);
        }}
        onPointerMove={event => {
          const place = pointer(event);
          if (drawn !== null) {
            setDrawn([drawn[0], place]);
          } else {
            setHovered(nearest(rows, places, place));
          }
        }}
        onPointerUp={finish}
        onPointerLeave={() => setHovered(null)}
      >
        <svg width={width} height={height} aria-hidden="true">
          <Frame {...props} plot={plot} xAxis={xAxis} yAxis={yAxis} />
        </svg>
        <Canvas width={width} height={height} draw={draw} />
        <svg width={width} height={height} aria-hidden="true">
          <Chosen model={model} plot={plot} xAxis={xAxis} yAxis={yAxis} />
          {drawn !== null && <Box from={drawn[0]} to={drawn[1]} />}
          {rows
            .filter(row => model.selection.has(row.run_id))
            .map(row => (
              <Ring key={row.run_id} place={places.get(row)} />
            ))}
          {hovered !== null && <Ring place={places.get(hovered)} isHovered />}
        </svg>
        {hovered !== null && places.has(hovered) && (
          <HoverCard
            trial={hovered}
            x={places.get(hovered)?.x ?? 0}
            y={places.get(hovered)?.y ?? 0}
            columns={columns.slice(0, 12)}
            model={model}
            width={width}
            trans={trans}
            locale={props.locale}
          />
        )}
      </div>
    </div>
  );
}

/** What a column is shown as. */
type Role = 'x' | 'y' | 'color';

type Choice = Partial<Record<Role, string>>;

/** What the user chose and is still there, else the first parameter and metric. */
function chosenOf(keys: Choice, columns: readonly IColumn[]): Choice {
  const metrics = columns.filter(column => column.kind === 'metric');
  const params = columns.filter(column => column.kind === 'param');
  const [first, second] = [...params, ...metrics, ...columns];
  const y = metrics.find(column => column !== first) ?? second;
  const exists = (key: string | undefined): boolean =>
    columns.some(column => column.key === key);
  return {
    x: exists(keys.x) ? keys.x : first?.key,
    y: exists(keys.y) ? keys.y : y?.key,
    color: exists(keys.color) ? keys.color : undefined
  };
}

function plotOf(
  width: number,
  height: number,
  xAxis: IAxis | null,
  yAxis: IAxis | null
): IPlot {
  const left = MARGIN.left + (xAxis?.hasMissing ? MISSING_STRIP : 0);
  const bottom =
    height - MARGIN.bottom - (yAxis?.hasMissing ? MISSING_STRIP : 0);
  return {
    width,
    height,
    x: position =>
      position === null
        ? MARGIN.left + MISSING_STRIP / 3
        : left +
          PAD +
          position * Math.max(0, width - MARGIN.right - left - 2 * PAD),
    y: position =>
      position === null
        ? height - MARGIN.bottom - MISSING_STRIP / 3
        : bottom - PAD - position * Math.max(0, bottom - MARGIN.top - 2 * PAD)
  };
}

function placeOf(
  trial: ITrial,
  plot: IPlot,
  xAxis: IAxis | null,
  yAxis: IAxis | null,
  model: TrialsModel
): IPlace {
  const position = (axis: IAxis | null): number | null =>
    axis === null ? null : positionOf(axis, model.valueOf(axis.column, trial));
  return { x: plot.x(position(xAxis)), y: plot.y(position(yAxis)) };
}

function pointer(event: React.PointerEvent<HTMLElement>): IPlace {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function dot(
  context: CanvasRenderingContext2D,
  place: IPlace | undefined
): void {
  if (place !== undefined) {
    context.beginPath();
    context.arc(place.x, place.y, RADIUS, 0, 2 * Math.PI);
    context.fill();
  }
}

function nearest(
  rows: readonly ITrial[],
  places: ReadonlyMap<ITrial, IPlace>,
  to: IPlace
): ITrial | null {
  let best: ITrial | null = null;
  let least = NEAR;
  for (const row of rows) {
    const place = places.get(row);
    const distance =
      place === undefined
        ? Infinity
        : Math.hypot(place.x - to.x, place.y - to.y);
    if (distance < least) {
      least = distance;
      best = row;
    }
  }
  return best;
}

/** The axes with their lines and labels. */
function Frame(
  props: ITrialsProps & { plot: IPlot; xAxis: IAxis; yAxis: IAxis }
): JSX.Element {
  const { plot, trans, xAxis, yAxis } = props;
  const bottom = plot.height - MARGIN.bottom;
  const right = plot.width - MARGIN.right;
  const ticks = (axis: IAxis, count: number): ITick[] => ticksOf(axis, count);
  return (
    <g className="jp-DsinfraPlot-axis">
      {ticks(xAxis, 8).map(({ position, label }) => (
        <g key={position} transform={`translate(${plot.x(position)},0)`}>
          <line className="jp-mod-grid" y1={MARGIN.top} y2={bottom} />
          <text y={bottom + 16} className="jp-DsinfraPlot-name">
            {label}
          </text>
        </g>
      ))}
      {ticks(yAxis, 6).map(({ position, label }) => (
        <g key={position} transform={`translate(0,${plot.y(position)})`}>
          <line className="jp-mod-grid" x1={MARGIN.left} x2={right} />
          <text
            x={MARGIN.left - 6}
            dy="0.32em"
            className="jp-DsinfraPlot-label"
          >
            {label}
          </text>
        </g>
      ))}
      {xAxis.hasMissing && (
        <text x={plot.x(null)} y={bottom + 16} className="jp-DsinfraPlot-name">
          {trans.__('none')}
        </text>
      )}
      {yAxis.hasMissing && (
        <text
          x={MARGIN.left - 6}
          y={plot.y(null)}
          dy="0.32em"
          className="jp-DsinfraPlot-label"
        >
          {trans.__('none')}
        </text>
      )}
      <line x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} />
      <line x1={MARGIN.left} x2={MARGIN.left} y1={MARGIN.top} y2={bottom} />
      <text
        className="jp-DsinfraPlot-name"
        x={(MARGIN.left + right) / 2}
        y={bottom + 36}
      >
        {columnTitle(xAxis.column, trans)}
      </text>
      <text
        className="jp-DsinfraPlot-name"
        transform={`translate(16,${(MARGIN.top + bottom) / 2}) rotate(-90)`}
      >
        {columnTitle(yAxis.column, trans)}
      </text>
    </g>
  );
}

/** The ranges that were chosen of both axes. */
function Chosen(props: {
  model: TrialsModel;
  plot: IPlot;
  xAxis: IAxis;
  yAxis: IAxis;
}): JSX.Element | null {
  const { model, plot, xAxis, yAxis } = props;
  const x = model.ranges.get(xAxis.column.key);
  const y = model.ranges.get(yAxis.column.key);
  if (x === undefined && y === undefined) {
    return null;
  }
  const [left, right] = x === undefined ? [0, 1] : placesOf(xAxis, x);
  const [low, high] = y === undefined ? [0, 1] : placesOf(yAxis, y);
  return (
    <Box
      from={{ x: plot.x(left) - RADIUS, y: plot.y(high) - RADIUS }}
      to={{ x: plot.x(right) + RADIUS, y: plot.y(low) + RADIUS }}
    />
  );
}

function Box(props: { from: IPlace; to: IPlace }): JSX.Element {
  const { from, to } = props;
  return (
    <rect
      className="jp-DsinfraPlot-brush"
      x={Math.min(from.x, to.x)}
      y={Math.min(from.y, to.y)}
      width={Math.abs(to.x - from.x)}
      height={Math.abs(to.y - from.y)}
    />
  );
}

function Ring(props: {
  place: IPlace | undefined;
  isHovered?: boolean;
}): JSX.Element | null {
  const { place, isHovered = false } = props;
  return place === undefined ? null : (
    <circle
      className="jp-DsinfraPlot-ring"
      data-hovered={isHovered}
      cx={place.x}
      cy={place.y}
      r={RADIUS + 3}
    />
  );
}
