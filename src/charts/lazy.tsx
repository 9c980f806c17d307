import * as React from 'react';

import type { IMetricChartsProps } from './view';

const Loaded = React.lazy(async () => {
  const { MetricCharts } = await import('./view');
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
