import 'uplot/dist/uPlot.min.css';

import type { IDisposable } from '@lumino/disposable';
import uPlot from 'uplot';

import { pictureOf } from './picture';
import type { IPlotContent, IReading, IWindow } from './plotContent';
import { extentOf, isSmooth } from './plotContent';
import { axesOf, drawBands, scalesOf, seriesOf } from './plotOptions';
import { positive, smooth } from './series';
import type { IChartColors } from './theme';
import { readColors } from './theme';

/** Height of a chart with its axes, in pixels. */
export const CHART_HEIGHT = 220;

/** How much a key makes a chart larger or smaller. */
const ZOOM_STEP = 1.6;

/** How much of what is seen an arrow moves it by. */
const PAN_STEP = 0.15;

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
    const chart = this._plot?.ctx.canvas;
    return chart ? pictureOf(chart, title, this._colors) : null;
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
    const colors = this._colors;
    return {
      width,
      height: CHART_HEIGHT,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: scalesOf(content, this._isLog, () => this._range()),
      axes: axesOf(content, colors),
      series: seriesOf(content, colors.lines),
      cursor: {
        drag: { x: true, y: false, dist: 4, setScale: false },
        // Ours, so that the reset is told to whoever listens.
        bind: { dblclick: () => () => this._reset() },
        points: { size: 7 }
      },
      hooks: {
        drawClear: [
          plot => drawBands(plot, this._content?.bands ?? [], colors)
        ],
        setCursor: [plot => this._onCursor(plot)],
        setSelect: [plot => this._onSelect(plot)]
      }
    };
  }

  /** The limits of the x axis. */
  private _range(): [number, number] {
    const { min, max } = this._window ?? this._extent;
    // One place alone stands in the middle.
    return min === max ? [min - 1, max + 1] : [min, max];
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
