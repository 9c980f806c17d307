import type { ITrial } from '../api/types';
import type { IAxis } from './axes';
import { positionOf } from './axes';
import type { TrialsModel } from './model';

/** Pixels around the points; missing values have a strip of their own. */
export const MARGIN = { top: 12, right: 20, bottom: 44, left: 84 };
const MISSING_STRIP = 26;

/** Pixels between the least and greatest values and the edges. */
const PAD = 12;

export const RADIUS = 4;

/** How near, in pixels, a point has to be to be pointed at. */
const NEAR = 12;

/** A place in the plot, in pixels. */
export interface IPlace {
  readonly x: number;
  readonly y: number;
}

/** Where things are drawn; null is the place of a missing value. */
export interface IScatterPlot {
  readonly width: number;
  readonly height: number;
  readonly x: (position: number | null) => number;
  readonly y: (position: number | null) => number;
}

/** Lay out two axes. */
export function plotOf(
  width: number,
  height: number,
  xAxis: IAxis | null,
  yAxis: IAxis | null
): IScatterPlot {
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

/** Where a run stands. */
export function placeOf(
  trial: ITrial,
  plot: IScatterPlot,
  xAxis: IAxis | null,
  yAxis: IAxis | null,
  model: TrialsModel
): IPlace {
  const position = (axis: IAxis | null): number | null =>
    axis === null ? null : positionOf(axis, model.valueAt(axis.column, trial));
  return { x: plot.x(position(xAxis)), y: plot.y(position(yAxis)) };
}

/** Draw a run. */
export function dot(
  context: CanvasRenderingContext2D,
  place: IPlace | undefined
): void {
  if (place !== undefined) {
    context.beginPath();
    context.arc(place.x, place.y, RADIUS, 0, 2 * Math.PI);
    context.fill();
  }
}

/** The run that stands at a place; null if none is near. */
export function nearest(
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
