import type uPlot from 'uplot';

import { formatNumber } from '../ui/numbers';
import type { IBand, IPlotContent } from './plotContent';
import { isSmooth } from './plotContent';
import { relativeText } from './tableView';
import type { IChartColors } from './theme';
import { dashOf } from './theme';
import { wallTexts } from './wallTicks';

/** How strong the raw line is behind its average. */
const RAW_ALPHA = 0.28;

/** How strong a stretch of time is marked behind the lines. */
const BAND_ALPHA = 0.13;

/** Room for a moment at the x axis, in pixels. */
const WALL_SPACE = 80;

/** Distances of ticks along steps: there is no half of one. */
const STEPS = [1, 2, 5]
  .flatMap(digit =>
    Array.from({ length: 16 }, (_, power) => digit * 10 ** power)
  )
  .sort((a, b) => a - b);

/** Distances of ticks along a time since the start, in seconds. */
const SECONDS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800],
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720].map(hours => hours * 3600)
];

/** How uPlot is to scale a chart: with a format its y axis begins at 0. */
export function scalesOf(
  content: IPlotContent,
  isLog: boolean,
  range: () => [number, number]
): uPlot.Scales {
  const { axis, ceiling, format } = content;
  return {
    x: { time: axis === 'wall', range },
    y: isLog
      ? { distr: 3, log: 10 }
      : format
        ? { range: (_, __, max) => [0, topOf(max, ceiling)] }
        : { range: rangeOf }
  };
}

/** The lines as uPlot draws them: the x axis, the raw ones, and their averages over them. */
export function seriesOf(
  content: IPlotContent,
  colors: readonly string[]
): uPlot.Series[] {
  const { lines } = content.columns;
  const hasAverages = isSmooth(content);
  const line = (index: number, alpha: number): uPlot.Series => ({
    stroke: colors[index % colors.length],
    dash: [...dashOf(index)],
    width: 1.6,
    alpha,
    points: {
      // Where the axis is longer than the points, they may stand close together.
      ...(content.extent === undefined && {
        show: (plot, series) => hasFewPoints(plot.data[series])
      }),
      fill: colors[index % colors.length],
      size: 5
    }
  });
  const raw = lines.map((_, index) => line(index, hasAverages ? RAW_ALPHA : 1));
  const averages = hasAverages ? lines.map((_, index) => line(index, 1)) : [];
  return [{}, ...raw, ...averages];
}

/** The axes as uPlot draws them. */
export function axesOf(
  content: IPlotContent,
  colors: IChartColors
): uPlot.Axis[] {
  const { axis, format = formatNumber } = content;
  const { axis: stroke, fontFamily, grid } = colors;
  const common: uPlot.Axis = {
    stroke,
    font: `11px ${fontFamily}`,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false }
  };
  const x: uPlot.Axis = { ...common, size: axis === 'wall' ? 44 : 30 };
  if (axis === 'step') {
    x.values = (_, splits) => splits.map(formatNumber);
    x.incrs = STEPS;
  } else if (axis === 'relative') {
    x.values = (_, splits) => splits.map(relativeText);
    x.incrs = SECONDS;
  } else {
    x.values = (_, splits, __, ___, step) =>
      wallTexts(splits, step, content.locale ?? navigator.language);
    x.space = WALL_SPACE;
  }
  const y: uPlot.Axis = {
    ...common,
    size: (_, values) => widthOf(values),
    values: (_, splits) =>
      splits.map(value => (value === null ? '' : format(value)))
  };
  return [x, y];
}

/** Mark stretches of the x axis, behind everything. */
export function drawBands(
  plot: uPlot,
  bands: readonly IBand[],
  { axis, lines }: IChartColors
): void {
  const { ctx: context } = plot;
  const { left, top, width, height } = plot.bbox;
  context.save();
  context.globalAlpha = BAND_ALPHA;
  for (const { min, max, line } of bands) {
    const from = Math.max(left, plot.valToPos(min, 'x', true));
    const to = Math.min(left + width, plot.valToPos(max, 'x', true));
    if (to > left && from < left + width) {
      context.fillStyle = line === null ? axis : lines[line % lines.length];
      // What is shorter than a pixel is seen all the same.
      context.fillRect(from, top, Math.max(1, to - from), height);
    }
  }
  context.restore();
}

/** The limits of the y axis: some room, also around a line that is flat. */
function rangeOf(
  _: uPlot,
  min: number | null,
  max: number | null
): [number, number] {
  if (min === null || max === null) {
    return [0, 1];
  }
  const room = min === max ? Math.abs(min) * 0.1 || 1 : (max - min) * 0.06;
  return [min - room, max + room];
}

/** The upper limit of a y axis that begins at 0. */
function topOf(max: number | null, ceiling = 0): number {
  return Math.max((max ?? 0) * 1.06, ceiling) || 1;
}

/** The width of the texts of an axis, in pixels. */
function widthOf(values: readonly string[] | null): number {
  const longest = Math.max(0, ...(values ?? []).map(text => text.length));
  return Math.max(36, 14 + longest * 6.5);
}

/** Whether points are so few that each is worth a dot. */
function hasFewPoints(values: ArrayLike<unknown>): boolean {
  let count = 0;
  for (let index = 0; index < values.length && count <= 40; index++) {
    count += values[index] === undefined ? 0 : 1;
  }
  return count <= 40;
}
