import * as React from 'react';

import type { IHistoryChartProps } from './historyView';
import type { IMetricChartsProps } from './view';

const Loaded = React.lazy(async () => {
  const { MetricCharts } = await import(
    /* webpackChunkName: "charts" */ './view'
  );
  return { default: MetricCharts };
});

/** The charts of metrics, loaded when they are first shown. */
export function MetricCharts(props: IMetricChartsProps): JSX.Element {
  return (
    <React.Suspense
      fallback={<p role="status">{props.trans.__('Loading…')}</p>}
    >
      <Loaded {...props} />
    </React.Suspense>
  );
}

const LoadedHistory = React.lazy(async () => {
  const { HistoryChart } = await import(
    /* webpackChunkName: "charts" */ './historyView'
  );
  return { default: HistoryChart };
});

/** A chart of readings over time, loaded when one is first shown. */
export function HistoryChart(props: IHistoryChartProps): JSX.Element {
  return (
    <React.Suspense
      fallback={<div className="jp-DsinfraChart-canvas" aria-busy />}
    >
      <LoadedHistory {...props} />
    </React.Suspense>
  );
}
