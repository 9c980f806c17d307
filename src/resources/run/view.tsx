import '../../../style/charts.css';

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun } from '../../api/types';
import type { IHistoryChartProps } from '../../charts/historyView';
import { HistoryChart } from '../../charts/lazy';
import type { IWindow } from '../../charts/plotContent';
import { formatBytes, formatDuration } from '../../ui/format';
import { NoticeBar } from '../../ui/notice';
import { useNow } from '../../ui/useNow';
import { percentText } from '../words';
import type { IRunResources } from './content';
import {
  beforeText,
  expenseText,
  fitReason,
  peakReason,
  peakText
} from './words';

/** Milliseconds between two looks at a run that goes on. */
const REFRESH_INTERVAL = 2000;

/** From which part of the limit on the limit is in the chart. */
const NEAR_LIMIT = 0.5;

export interface IRunResourcesProps extends IRunResources {
  run: IRun;
  refresh: () => void;
  isActive: boolean;
  themeChanged: IHistoryChartProps['themeChanged'];
  locale: string;
  trans: TranslationBundle;
}

/** What a run took of the machine, over its time and at most. */
export function RunResourcesView(props: IRunResourcesProps): JSX.Element {
  const { peak, refresh, run, samples, trans } = props;
  const isOpen = run.ended_at === null;
  const now = useNow(isOpen && props.isActive, REFRESH_INTERVAL);
  const first = React.useRef(now);
  React.useEffect(() => {
    if (now !== first.current) {
      refresh();
    }
    // Only the clock asks anew, and not every rendering.
  }, [now]);
  const before = peak === null ? '' : beforeText(peak, trans);
  return (
    <div className="jp-DsinfraCharts">
      {peak?.warning && <NoticeBar level="warning">{peak.warning}</NoticeBar>}
      <Figures {...props} />
      {samples.at_s.length === 0 ? (
        <p className="jp-DsinfraCharts-quiet">
          {isOpen
            ? trans.__('Nothing was read yet.')
            : trans.__(
                'The kernel was not looked at while this ran: it was too short, or its processes cannot be seen from here.'
              )}
        </p>
      ) : (
        <Charts {...props} />
      )}
      {before !== '' && <p className="jp-DsinfraCharts-quiet">{before}</p>}
      {[props.size?.memory, props.size?.gpu_memory].map(
        fit =>
          fit && (
            <p
              key={fit.text}
              className="jp-DsinfraCharts-quiet"
              title={fitReason(fit, trans)}
            >
              {fit.text}
            </p>
          )
      )}
    </div>
  );
}

/** Sums and peaks. */
function Figures(props: IRunResourcesProps): JSX.Element {
  const { locale, run, samples, trans } = props;
  const { peak_gpu_memory: gpuPeak, peak_rss: peak } = run;
  const figures: [string, string, string][] = [];
  if (run.cpu_s !== null) {
    figures.push([trans.__('CPU time'), formatDuration(run.cpu_s), '']);
  }
  if (peak) {
    figures.push([
      trans.__('Peak memory'),
      peakText(peak, trans),
      peakReason(peak, trans)
    ]);
  }
  if (gpuPeak) {
    figures.push([
      trans.__('Peak GPU memory'),
      peakText(gpuPeak, trans),
      peakReason(gpuPeak, trans)
    ]);
  }
  if (run.energy_j !== null) {
    const wattHours = run.energy_j / 3600;
    figures.push([
      trans.__('Energy of GPUs'),
      `${wattHours.toPrecision(wattHours < 100 ? 2 : 3)} Wh`,
      ''
    ]);
  }
  for (const gpu of samples.gpus) {
    figures.push([
      gpu.name,
      trans.__('held for %1', formatDuration(gpu.held_s)),
      gpu.is_shared ? trans.__('Others held memory of it meanwhile.') : ''
    ]);
  }
  if (samples.expense) {
    figures.push([
      trans.__('Cost'),
      expenseText(samples.expense, locale, trans),
      trans.__('At the prices that were set; not a bill.')
    ]);
  }
  return (
    <dl
      className="jp-DsinfraCharts-tiles"
      aria-label={trans.__('Resources of the run')}
    >
      {figures.map(([label, text, title]) => (
        <div key={label} className="jp-DsinfraCharts-tile" title={title}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts(props: IRunResourcesProps): JSX.Element {
  const { locale, samples, themeChanged, trans } = props;
  const { memory_limit_bytes: limit, rss_bytes: rss } = samples;
  const [zoom, setZoom] = React.useState<IWindow | null>(null);
  const draw = (
    chart: Pick<
      IHistoryChartProps,
      'title' | 'remark' | 'format' | 'ceiling'
    > & { values: readonly (number | null)[] }
  ): JSX.Element => {
    const { values, ...rest } = chart;
    return (
      <HistoryChart
        {...rest}
        axis="relative"
        columns={{ x: samples.at_s, lines: [values] }}
        labels={[chart.title]}
        locale={locale}
        setZoom={setZoom}
        themeChanged={themeChanged}
        trans={trans}
        zoom={zoom}
      />
    );
  };
  const most = Math.max(0, ...rss.map(value => value ?? 0));
  return (
    <>
      <div className="jp-DsinfraCharts-grid">
        {draw({
          title: trans.__('Memory'),
          remark:
            limit === null
              ? ''
              : trans.__('The limit is %1.', formatBytes(limit)),
          format: formatBytes,
          values: rss,
          ...(limit !== null && most > limit * NEAR_LIMIT
            ? { ceiling: limit }
            : {})
        })}
        {draw({
          title: trans.__('CPU'),
          remark: trans.__('100 % is one CPU in full use'),
          format: percentText,
          values: samples.cpu_ratio
        })}
        {samples.gpu_memory_bytes.some(value => value !== null) &&
          draw({
            title: trans.__('GPU memory'),
            format: formatBytes,
            values: samples.gpu_memory_bytes
          })}
      </div>
      {!samples.is_complete && (
        <p className="jp-DsinfraCharts-quiet" role="note">
          {trans.__('The kernel was not looked at all the time.')}
        </p>
      )}
      {samples.alerts.map(alert => (
        <NoticeBar
          key={alert.id}
          level={alert.is_critical ? 'error' : 'warning'}
        >
          {alert.text}
        </NoticeBar>
      ))}
    </>
  );
}
