import 'uplot/dist/uPlot.min.css';

import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';

import { formatNumber } from '../ui/numbers';
import type { IColumns, XAxis } from './series';
import { positive, smooth } from './series';
import type { IChartColors } from './theme';
import { relativeText } from './table-view';
import { dashOf, readColors } from './theme';

/** Height of a chart with its axes, in pixels. */
export const CHART_HEIGHT = 220;

/** How much a key makes a chart larger or smaller. */
const ZOOM_STEP = 1.6;

/** How much of what is seen an arrow moves it by. */
const PAN_STEP = 0.15;

/** How strong the raw line is behind its average. */
const RAW_ALPHA = 0.28;

/** How strong a stretch of time is marked behind the lines. */
const BAND_ALPHA = 0.13;

/** What a chart shows, and how. */
export interface IPlotContent {
  readonly columns: IColumns;
  readonly axis: XAxis;
  readonly isLog?: boolean;
  /** Weight of the moving average, 0 for none. */
  readonly smoothing?: number;
  /** Stretches of the x axis that are marked. */
  readonly bands?: readonly IBand[];
  /** What the x axis spans; the points by default. */
  readonly extent?: IWindow | undefined;
  /** Text for a value; with it the y axis begins at 0. */
  readonly format?: ((value: number) => string) | undefined;
  /** What the y axis reaches at least, where it begins at 0. */
  readonly ceiling?: number | undefined;
}

/** A stretch of the x axis in the colour of a line; null is that of the axes. */
export interface IBand extends IWindow {
  readonly line: number | null;
}

/** A part of the x axis. */
export interface IWindow {
  readonly min: number;
  readonly max: number;
}

/** The values below the pointer, one for each line; null where a line has none. */
export interface IReading {
  readonly x: number;
  readonly values: readonly (number | null)[];
}

/** What somebody wants to know of a plot. */
export interface IPlotListener {
  onRead: (reading: IReading | null) => void;
  /** @param share - The part of the axis that is seen, 1 for all of it. */
  onZoom: (window: IWindow | null, share: number) => void;
}

/**
 * One chart, drawn by uPlot into an element.
 */
export class Plot implements IDisposable {
  constructor(host: HTMLElement, listener: IPlotListener) {
    this._host = host;
    this._listener = listener;
    this._colors = readColors(host);
    this._resize = new ResizeObserver(() => this._fit());
    this._resize.observe(host);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The part of the axis that is seen; null for all of it. */
  get window(): IWindow | null {
    return this._window;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._resize.disconnect();
      this._plot?.destroy();
      this._plot = null;
    }
  }

  /** Show something; what was zoomed into stays in view where the axis stays. */
  show(content: IPlotContent): void {
    const before = this._content;
    this._content = content;
    if (before !== null && before.axis !== content.axis) {
      this._setWindow(null);
    }
    if (
      this._plot === null ||
      before === null ||
      before.axis !== content.axis ||
      before.isLog !== content.isLog ||
      before.columns.lines.length !== content.columns.lines.length ||
      before.ceiling !== content.ceiling ||
      isSmooth(before) !== isSmooth(content)
    ) {
      this._make();
    } else {
      this._plot.setData(this._columns(content), false);
      this._applyWindow();
    }
  }

  /** Read the colours of the theme again. */
  recolor(): void {
    this._colors = readColors(this._host);
    // What is hidden now is drawn anew when it is seen again.
    this._plot?.destroy();
    this._plot = null;
    this._make();
  }

  /** Show a part of the axis; null shows all of it. */
  zoomTo(window: IWindow | null): void {
    this._setWindow(window);
    this._applyWindow();
  }

  /** Do what a key stands for. Returns whether it stands for anything. */
  press(key: string, isShifted: boolean): boolean {
    switch (key) {
      case '+':
      case '=':
        this._zoomBy(1 / ZOOM_STEP);
        return true;
      case '-':
      case '_':
        this._zoomBy(ZOOM_STEP);
        return true;
      case 'Escape':
      case '0':
        if (this._window === null) {
          this._read(null);
          return false;
        }
        this.zoomTo(null);
        return true;
      case 'ArrowLeft':
      case 'ArrowRight': {
        const direction = key === 'ArrowLeft' ? -1 : 1;
        if (this._window !== null && !isShifted) {
          this._panBy(direction * PAN_STEP);
        } else {
          this._step(direction);
        }
        return true;
      }
      default:
        return false;
    }
  }

  /** Draw the chart with a title into a picture. */
  async picture(title: string): Promise<Blob | null> {
    const source = this._plot?.ctx.canvas;
    const canvas = this._host.ownerDocument.createElement('canvas');
    const context = canvas.getContext('2d');
    if (!source || !context) {
      return null;
    }
    const ratio = devicePixelRatio;
    const top = Math.round(28 * ratio);
    canvas.width = source.width;
    canvas.height = source.height + top;
    context.fillStyle = this._colors.background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = this._colors.font;
    context.font = `600 ${13 * ratio}px ${this._colors.fontFamily}`;
    context.fillText(title, 10 * ratio, 19 * ratio);
    context.drawImage(source, 0, top);
    return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
  }

  private _make(): void {
    const content = this._content;
    const width = this._host.clientWidth;
    if (content === null || width === 0 || this._isDisposed) {
      return;
    }
    this._plot?.destroy();
    // Before the first draw: uPlot reads the scales while it is made.
    const columns = this._columns(content);
    this._plot = new uPlot(this._options(content, width), columns, this._host);
    this._applyWindow();
  }

  private _columns(content: IPlotContent): uPlot.AlignedData {
    const { columns, extent, smoothing = 0 } = content;
    this._extent = extent ?? extentOf(columns.x);
    const raw = this._isLog ? positive(columns.lines).lines : columns.lines;
    this._raw = raw;
    const smoothed = isSmooth(content)
      ? raw.map(values => smooth(values, smoothing))
      : [];
    return [[...columns.x], ...raw, ...smoothed] as uPlot.AlignedData;
  }

  /** Whether the scale is logarithmic: asked for, and there is something to show on it. */
  private get _isLog(): boolean {
    const content = this._content;
    return (
      content?.isLog === true &&
      content.columns.lines.some(values => values.some(v => (v ?? 0) > 0))
    );
  }

  private _options(content: IPlotContent, width: number): uPlot.Options {
    return {
      width,
      height: CHART_HEIGHT,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: {
        x: {
          time: content.axis === 'wall',
          range: () => this._range()
        },
        y: this._isLog
          ? { distr: 3, log: 10 }
          : content.format
            ? { range: (_, __, max) => [0, topOf(max, content.ceiling)] }
            : { range: rangeOf }
      },
      axes: this._axes(content),
      series: [{}, ...this._series(content)],
      cursor: {
        drag: { x: true, y: false, dist: 4, setScale: false },
        // Ours, so that the reset is told to whoever listens.
        bind: { dblclick: () => () => this._reset() },
        points: { size: 7 }
      },
      hooks: {
        drawClear: [plot => this._drawBands(plot)],
        setCursor: [plot => this._onCursor(plot)],
        setSelect: [plot => this._onSelect(plot)]
      }
    };
  }

  private _series(content: IPlotContent): uPlot.Series[] {
    const { lines: colors } = this._colors;
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
    const raw = lines.map((_, index) =>
      line(index, hasAverages ? RAW_ALPHA : 1)
    );
    const averages = hasAverages ? lines.map((_, index) => line(index, 1)) : [];
    return [...raw, ...averages];
  }

  private _axes(content: IPlotContent): uPlot.Axis[] {
    const { axis, format = formatNumber } = content;
    const { axis: stroke, fontFamily, grid } = this._colors;
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
    }
    const y: uPlot.Axis = {
      ...common,
      size: (_, values) => widthOf(values),
      values: (_, splits) =>
        splits.map(value => (value === null ? '' : format(value)))
    };
    return [x, y];
  }

  /** The limits of the x axis. */
  private _range(): [number, number] {
    const { min, max } = this._window ?? this._extent;
    // One place alone stands in the middle.
    return min === max ? [min - 1, max + 1] : [min, max];
  }

  /** Mark stretches of the x axis, behind everything. */
  private _drawBands(plot: uPlot): void {
    const { ctx: context } = plot;
    const bands = this._content?.bands ?? [];
    const { left, top, width, height } = plot.bbox;
    const { axis, lines } = this._colors;
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

  private _applyWindow(): void {
    const [min, max] = this._range();
    this._plot?.setScale('x', { min, max });
  }

  private _setWindow(window: IWindow | null): void {
    const before = this._window;
    this._window = window;
    if (window !== before) {
      const { max, min } = this._extent;
      const share =
        window === null || max === min
          ? 1
          : Math.min(1, (window.max - window.min) / (max - min));
      this._listener.onZoom(window, share);
    }
  }

  private _reset(): null {
    this.zoomTo(null);
    return null;
  }

  private _zoomBy(factor: number): void {
    const [min, max] = this._range();
    const { idx } = this._plot?.cursor ?? {};
    // What is read stays where it is.
    const read = typeof idx === 'number' ? this._plot?.data[0][idx] : undefined;
    const middle =
      read !== undefined && read >= min && read <= max ? read : (min + max) / 2;
    this._zoomWithin({
      min: middle - (middle - min) * factor,
      max: middle + (max - middle) * factor
    });
  }

  private _panBy(share: number): void {
    const [min, max] = this._range();
    const all = this._extent;
    const wanted = (max - min) * share;
    const by = Math.max(all.min - min, Math.min(all.max - max, wanted));
    this._zoomWithin({ min: min + by, max: max + by });
  }

  private _zoomWithin(window: IWindow): void {
    const { max, min } = this._extent;
    const within = {
      min: Math.max(min, window.min),
      max: Math.min(max, window.max)
    };
    const isAll = within.min <= min && within.max >= max;
    this.zoomTo(isAll || within.max <= within.min ? null : within);
  }

  /** Read the next point in view, or the one before. */
  private _step(direction: number): void {
    const plot = this._plot;
    const x = plot?.data[0] ?? [];
    if (!plot || x.length === 0) {
      return;
    }
    const [min, max] = this._range();
    const { idx } = plot.cursor;
    const from =
      typeof idx === 'number'
        ? idx + direction
        : direction > 0
          ? 0
          : x.length - 1;
    const index = Math.max(0, Math.min(x.length - 1, from));
    if (x[index] >= min && x[index] <= max) {
      plot.setCursor({
        left: plot.valToPos(x[index], 'x'),
        top: plot.over.clientHeight / 2
      });
    }
  }

  private _onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width <= 0) {
      return;
    }
    const window = {
      min: plot.posToVal(left, 'x'),
      max: plot.posToVal(left + width, 'x')
    };
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this._zoomWithin(window);
  }

  private _onCursor(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    if (typeof idx !== 'number' || (left ?? -1) < 0) {
      this._read(null);
      return;
    }
    const x = plot.data[0][idx];
    this._read({ x, values: this._raw.map(values => near(values, idx)) });
  }

  private _read(reading: IReading | null): void {
    this._listener.onRead(reading);
  }

  private _fit(): void {
    const width = this._host.clientWidth;
    if (width === 0) {
      return;
    }
    if (this._plot === null) {
      this._make();
    } else if (this._plot.width !== width) {
      this._plot.setSize({ width, height: CHART_HEIGHT });
    }
  }

  private _colors: IChartColors;
  private _content: IPlotContent | null = null;
  private _extent: IWindow = { min: 0, max: 1 };
  private readonly _host: HTMLElement;
  private _isDisposed = false;
  private readonly _listener: IPlotListener;
  private _plot: uPlot | null = null;
  private _raw: readonly (readonly (number | null | undefined)[])[] = [];
  private readonly _resize: ResizeObserver;
  private _window: IWindow | null = null;
}

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

function isSmooth(content: IPlotContent): boolean {
  return (content.smoothing ?? 0) > 0;
}

function extentOf(x: readonly number[]): IWindow {
  return x.length === 0
    ? { min: 0, max: 1 }
    : { min: x[0], max: x[x.length - 1] };
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

/** How far from the pointer a line may have its nearest point, in rows. */
const NEAR_ROWS = 50;

/** Return the value of a line in a row, or the nearest one before it. */
function near(
  values: readonly (number | null | undefined)[],
  index: number
): number | null {
  for (let i = index; i >= Math.max(0, index - NEAR_ROWS); i--) {
    if (values[i] !== undefined) {
      return values[i] ?? null;
    }
  }
  return null;
}
