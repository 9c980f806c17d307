import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { ITrial } from '../api/types';
import type { IAxis } from './axes';
import { axisOf, rangeBetween } from './axes';
import type { IColumn } from './columns';
import { columnTitle } from './labels';
import type { TrialsModel } from './model';
import type { Choice, Role } from './plotColumns';
import { axisColumns, chosenOf } from './plotColumns';
import {
  Canvas,
  ColorLegend,
  ColumnSelect,
  HoverCard,
  RangeFields,
  TooFew,
  byColor,
  onPlotKey,
  usePalette,
  useSize
} from './plotView';
import { Box, Chosen, Frame, Ring } from './scatterFrameView';
import type { IPlace, IScatterPlot } from './scatterPlot';
import { dot, nearest, placeOf, plotOf } from './scatterPlot';
import type { ITrialsProps } from './view';

/** Columns that are told of the run that is pointed at. */
const TOLD_MAX = 12;

/** How far, in pixels, a pointer has to move to draw a range. */
const DRAG_MIN = 6;

/** The two columns that place a run, and the one that colours it, if any does. */
interface IAxes {
  readonly x: IAxis;
  readonly y: IAxis;
  readonly color: IAxis | null;
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
  const [keys, setKeys] = React.useState<Choice>({});
  const columns = React.useMemo(
    () => axisColumns(model),
    [model.trials, model.layout.hidden]
  );
  const chosen = chosenOf(keys, columns);
  const x = useAxis(model, columns, chosen.x);
  const y = useAxis(model, columns, chosen.y);
  const color = useAxis(model, columns, chosen.color);
  if (x === null || y === null) {
    return <TooFew trans={trans} />;
  }
  const axes = { x, y, color };
  return (
    <div className="jp-DsinfraPlot">
      <Choices
        axes={axes}
        choose={choice => setKeys({ ...keys, ...choice })}
        chosen={chosen}
        columns={columns}
        model={model}
        trans={trans}
      />
      <Points {...props} axes={axes} columns={columns} />
    </div>
  );
}

/** The axis of a column; null if there is no such column. */
function useAxis(
  model: TrialsModel,
  columns: readonly IColumn[],
  key: string | undefined
): IAxis | null {
  const { trials } = model;
  return React.useMemo(() => {
    const column = columns.find(item => item.key === key);
    return column === undefined
      ? null
      : axisOf(column, trials, (item, trial) => model.valueAt(item, trial));
  }, [columns, trials, key]);
}

/** Which columns are shown, and which of their values. */
function Choices(props: {
  axes: IAxes;
  choose: (choice: Choice) => void;
  chosen: Choice;
  columns: readonly IColumn[];
  model: TrialsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { axes, choose, chosen, columns, model, trans } = props;
  const labels: Readonly<Record<Role, string>> = {
    x: trans.__('Across'),
    y: trans.__('Up'),
    color: trans.__('Colour')
  };
  return (
    <div className="jp-DsinfraPlot-choices">
      {(['x', 'y', 'color'] as const).map(role => (
        <ColumnSelect
          key={role}
          label={labels[role]}
          columns={columns}
          value={chosen[role] ?? ''}
          {...(role === 'color' ? { none: trans.__('none') } : {})}
          trans={trans}
          onChange={key => choose({ [role]: key })}
        />
      ))}
      <ColorLegend axis={axes.color} trans={trans} />
      {(['x', 'y'] as const).map(role => {
        const { column } = axes[role];
        return (
          <div key={role} className="jp-DsinfraPlot-between">
            <span>{columnTitle(column, trans)}</span>
            <RangeFields
              axis={axes[role]}
              range={model.ranges.get(column.key) ?? null}
              trans={trans}
              onChange={range => model.setRange(column.key, range)}
            />
          </div>
        );
      })}
    </div>
  );
}

/** The runs as points, on which a part is chosen with the pointer. */
function Points(
  props: ITrialsProps & { axes: IAxes; columns: readonly IColumn[] }
): JSX.Element {
  const { axes, columns, locale, model, trans } = props;
  const { rows } = model;
  const hostRef = React.useRef<HTMLDivElement>(null);
  const { width, height } = useSize(hostRef);
  const [hovered, setHovered] = React.useState<ITrial | null>(null);
  const [drawn, setDrawn] = React.useState<[IPlace, IPlace] | null>(null);
  const plot = React.useMemo(
    () => plotOf(width, height, axes.x, axes.y),
    [width, height, axes.x, axes.y]
  );
  const places = usePlaces(model, plot, axes);
  const draw = useDrawing(model, places, axes.color, usePalette(hostRef));
  const place = hovered === null ? undefined : places.get(hovered);
  const finish = (): void => {
    if (drawn !== null) {
      setDrawn(null);
      if (!chooseBetween(model, plot, axes, ...drawn) && hovered !== null) {
        props.actions.open(hovered.run_id);
      }
    }
  };
  return (
    <div
      ref={hostRef}
      className="jp-DsinfraPlot-host"
      role="group"
      tabIndex={0}
      aria-label={trans.__(
        '%1 runs: %2 over %3. Arrow keys go from run to run, Enter opens one.',
        rows.length,
        columnTitle(axes.y.column, trans),
        columnTitle(axes.x.column, trans)
      )}
      onKeyDown={event => onPlotKey(event, props, hovered, setHovered)}
      onPointerDown={event => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const from = pointer(event);
        setDrawn([from, from]);
      }}
      onPointerMove={event => {
        const to = pointer(event);
        if (drawn !== null) {
          setDrawn([drawn[0], to]);
        } else {
          setHovered(nearest(rows, places, to));
        }
      }}
      onPointerUp={finish}
      onPointerLeave={() => setHovered(null)}
    >
      <svg width={width} height={height} aria-hidden="true">
        <Frame {...props} plot={plot} xAxis={axes.x} yAxis={axes.y} />
      </svg>
      <Canvas width={width} height={height} draw={draw} />
      <svg width={width} height={height} aria-hidden="true">
        <Chosen model={model} plot={plot} xAxis={axes.x} yAxis={axes.y} />
        {drawn !== null && <Box from={drawn[0]} to={drawn[1]} />}
        {rows
          .filter(row => model.selection.has(row.run_id))
          .map(row => (
            <Ring key={row.run_id} place={places.get(row)} />
          ))}
        {hovered !== null && <Ring place={place} isHovered />}
      </svg>
      {hovered !== null && place !== undefined && (
        <HoverCard
          trial={hovered}
          x={place.x}
          y={place.y}
          columns={columns.slice(0, TOLD_MAX)}
          model={model}
          width={width}
          trans={trans}
          locale={locale}
        />
      )}
    </div>
  );
}

/** Where each run stands. */
function usePlaces(
  model: TrialsModel,
  plot: IScatterPlot,
  { x, y }: IAxes
): ReadonlyMap<ITrial, IPlace> {
  const { trials } = model;
  return React.useMemo(
    () =>
      new Map(trials.map(trial => [trial, placeOf(trial, plot, x, y, model)])),
    [trials, plot, x, y]
  );
}

/** Draws all runs: those that a filter leaves out faintly, below the others. */
function useDrawing(
  model: TrialsModel,
  places: ReadonlyMap<ITrial, IPlace>,
  color: IAxis | null,
  palette: ReturnType<typeof usePalette>
): (context: CanvasRenderingContext2D) => void {
  const { rows, trials } = model;
  return React.useCallback(
    context => {
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
      for (const [step, some] of byColor(rows, color, model)) {
        context.fillStyle = palette.scale[step] ?? palette.faint;
        for (const trial of some) {
          dot(context, places.get(trial));
        }
      }
    },
    [palette, rows, trials, places, color]
  );
}

/** Show only the runs in a part of the plot; false if that is too small to be meant. */
function chooseBetween(
  model: TrialsModel,
  plot: IScatterPlot,
  { x, y }: IAxes,
  from: IPlace,
  to: IPlace
): boolean {
  if (Math.hypot(to.x - from.x, to.y - from.y) < DRAG_MIN) {
    return false;
  }
  const share = (place: IPlace): [number, number] => [
    (place.x - plot.x(0)) / (plot.x(1) - plot.x(0)),
    (place.y - plot.y(0)) / (plot.y(1) - plot.y(0))
  ];
  const [x1, y1] = share(from);
  const [x2, y2] = share(to);
  model.setRange(x.column.key, rangeBetween(x, x1, x2));
  model.setRange(y.column.key, rangeBetween(y, y1, y2));
  return true;
}

function pointer(event: React.PointerEvent<HTMLElement>): IPlace {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
