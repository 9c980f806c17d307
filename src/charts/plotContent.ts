import type { IColumns, XAxis } from './series';

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
  /** In whose words moments are told; the browser's by default. */
  readonly locale?: string;
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

/** Whether averages are drawn over the raw lines. */
export function isSmooth(content: IPlotContent): boolean {
  return (content.smoothing ?? 0) > 0;
}

/** The part of the x axis that has points. */
export function extentOf(x: readonly number[]): IWindow {
  return x.length === 0
    ? { min: 0, max: 1 }
    : { min: x[0], max: x[x.length - 1] };
}
