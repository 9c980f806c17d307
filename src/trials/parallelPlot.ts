import type { ITrial } from '../api/types';
import type { IAxis } from './axes';
import { positionOf } from './axes';
import type { TrialsModel } from './model';

/** Pixels between two axes at least, and around all of them. */
const GAP_MIN = 96;
const MARGIN = { top: 26, side: 52, bottom: 30 };

/** How far above the lower edge runs without a value pass. */
const MISSING_OFFSET = 10;

/** How near, in pixels, a line has to be to be pointed at. */
const NEAR = 8;

/** Lines drawn by one call: longer paths take the browser much longer. */
const BATCH = 64;

/** Where things are drawn. */
export interface IParallelPlot {
  readonly axes: readonly IAxis[];
  readonly width: number;
  readonly height: number;
  readonly x: (index: number) => number;

  /** The height of a place on an axis; null is that of a missing value. */
  readonly y: (position: number | null) => number;
}

/** The width that axes need. */
export function widthFor(axes: readonly IAxis[]): number {
  return 2 * MARGIN.side + GAP_MIN * Math.max(0, axes.length - 1);
}

/** Lay axes out beside one another. */
export function plotOf(
  axes: readonly IAxis[],
  width: number,
  height: number
): IParallelPlot {
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
export function lineOf(
  trial: ITrial,
  plot: IParallelPlot,
  model: TrialsModel
): Float32Array {
  return Float32Array.from(plot.axes, axis =>
    plot.y(positionOf(axis, model.valueAt(axis.column, trial)))
  );
}

/** Draw the lines of some runs. */
export function stroke(
  context: CanvasRenderingContext2D,
  trials: readonly ITrial[],
  lines: ReadonlyMap<ITrial, Float32Array>,
  plot: IParallelPlot
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
export function nearest(
  rows: readonly ITrial[],
  lines: ReadonlyMap<ITrial, Float32Array>,
  plot: IParallelPlot,
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
