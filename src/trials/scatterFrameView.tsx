import React from 'react';

import type { IAxis } from './axes';
import { placesOf, ticksOf } from './axes';
import { columnTitle } from './labels';
import type { TrialsModel } from './model';
import type { IPlace, IScatterPlot } from './scatterPlot';
import { MARGIN, RADIUS } from './scatterPlot';
import type { ITrialsProps } from './view';

/** The axes with their lines and labels. */
export function Frame(
  props: ITrialsProps & { plot: IScatterPlot; xAxis: IAxis; yAxis: IAxis }
): JSX.Element {
  const { plot, trans, xAxis, yAxis } = props;
  const bottom = plot.height - MARGIN.bottom;
  const right = plot.width - MARGIN.right;
  return (
    <g className="jp-DsinfraPlot-axis">
      {ticksOf(xAxis, 8).map(({ position, label }) => (
        <g key={position} transform={`translate(${plot.x(position)},0)`}>
          <line className="jp-mod-grid" y1={MARGIN.top} y2={bottom} />
          <text y={bottom + 16} className="jp-DsinfraPlot-name">
            {label}
          </text>
        </g>
      ))}
      {ticksOf(yAxis, 6).map(({ position, label }) => (
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
export function Chosen(props: {
  model: TrialsModel;
  plot: IScatterPlot;
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

/** A part of the plot. */
export function Box(props: { from: IPlace; to: IPlace }): JSX.Element {
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

/** Marks a run that stands out. */
export function Ring(props: {
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
