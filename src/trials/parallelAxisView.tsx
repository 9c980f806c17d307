import React from 'react';

import type { IAxis } from './axes';
import { placesOf, rangeBetween, ticksOf } from './axes';
import { columnTitle } from './labels';
import type { IParallelPlot } from './parallelPlot';
import type { ITrialsProps } from './view';

/** How far, in pixels, a pointer has to move to draw a range. */
const DRAG_MIN = 4;

/** Longest name above an axis. */
const NAME_MAX_CHARS = 13;

/** An axis with its labels, on which a range is drawn with the pointer. */
export function ParallelAxis(
  props: ITrialsProps & { axis: IAxis; index: number; plot: IParallelPlot }
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

function shortened(name: string): string {
  return name.length > NAME_MAX_CHARS
    ? `${name.slice(0, NAME_MAX_CHARS - 1)}…`
    : name;
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(4))} s`;
}
