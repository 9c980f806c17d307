import type { ITrialsProps } from './view';

/** What draws the trials on axes: loaded when it is first asked for. */
export interface ITrialsCharts {
  ParallelView: (props: ITrialsProps) => JSX.Element;
  ScatterView: (props: ITrialsProps) => JSX.Element;
}
