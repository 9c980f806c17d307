import '../../style/charts.css';

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IDsinfraApi } from '../tokens';
import { FailedNotice } from '../ui/failures';
import { Notice, Skeleton } from '../ui/notice';
import { formatNumber } from '../ui/numbers';
import { MetricChart } from './chartView';
import { Controls } from './controlsView';
import type { IChartRun } from './model';
import { MetricsModel } from './model';
import { Swatch } from './partsView';
import type { XAxis } from './series';

/** What charts of metrics are made with. */
export interface IMetricChartsProps {
  api: Pick<IDsinfraApi, 'client' | 'events'>;
  /** The runs that are laid over each other, in the order of their colours. */
  runs: readonly IChartRun[];
  /** Whether the view is on screen: nothing is fetched while it is not. */
  isActive: boolean;
  /** Emits when the theme has changed. */
  themeChanged?: {
    connect: (slot: () => void) => boolean;
    disconnect: (slot: () => void) => boolean;
  };
  locale: string;
  trans: TranslationBundle;
}

/** How all charts of a view are drawn. */
export interface IChartSettings {
  readonly axis: XAxis;
  readonly isLog: boolean;
  readonly smoothing: number;
}

/** Kept while the page lives: the next run is looked at in the same way. */
let lastSettings: IChartSettings = { axis: 'step', isLog: false, smoothing: 0 };

/** The metrics of one run or of several: a chart for each, and what has one value only. */
export function MetricCharts(props: IMetricChartsProps): JSX.Element {
  const { isActive, runs, trans } = props;
  const model = useModel(props);
  const [settings, setSettings] = React.useState(lastSettings);
  const [filter, setFilter] = React.useState('');
  const change = (changed: Partial<IChartSettings>): void => {
    lastSettings = { ...settings, ...changed };
    setSettings(lastSettings);
  };
  const wanted = filter.trim().toLowerCase();
  const keys = model.keys.filter(key => key.toLowerCase().includes(wanted));
  const lines = keys.filter(key => model.shapeOf(key) === 'line');
  const values = keys.filter(key => model.shapeOf(key) === 'value');
  if (model.keys.length === 0) {
    return <NoMetrics trans={trans} />;
  }
  return (
    <div className="jp-DsinfraCharts">
      <Controls
        count={model.keys.length}
        filter={filter}
        hasLines={model.keys.some(key => model.shapeOf(key) === 'line')}
        settings={settings}
        shownCount={keys.length}
        trans={trans}
        change={change}
        setFilter={setFilter}
      />
      {runs.length > 1 && <Legend runs={runs} trans={trans} />}
      {model.failure !== null && (
        <FailedNotice
          title={trans.__('The metrics could not be loaded')}
          failure={model.failure}
          retry={() => model.retry()}
          trans={trans}
        />
      )}
      {keys.length === 0 && (
        <p className="jp-DsinfraCharts-quiet">
          {trans.__('No metric has “%1” in its name.', filter.trim())}
        </p>
      )}
      <Tiles keys={values} runs={runs} trans={trans} />
      <div className="jp-DsinfraCharts-grid">
        {lines.map(key => (
          <MetricChart
            key={key}
            isActive={isActive}
            locale={props.locale}
            metric={key}
            model={model}
            settings={settings}
            themeChanged={props.themeChanged}
            trans={trans}
          />
        ))}
      </div>
      {model.failure === null && lines.length + values.length < keys.length && (
        <Skeleton label={trans.__('Loading the metrics')} />
      )}
    </div>
  );
}

/** Return the model of a view, which lives as long as the view. */
function useModel(props: IMetricChartsProps): MetricsModel {
  const { api, isActive, runs } = props;
  const [model] = React.useState(() => new MetricsModel({ api, runs }));
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const onChange = (): void => redraw();
    model.stateChanged.connect(onChange);
    return () => {
      model.stateChanged.disconnect(onChange);
      model.dispose();
    };
  }, [model]);
  React.useEffect(() => {
    model.runs = runs;
  }, [model, runs]);
  React.useEffect(() => {
    model.isActive = isActive;
  }, [model, isActive]);
  return model;
}

/** Which colour is which run. */
function Legend(props: {
  runs: readonly IChartRun[];
  trans: TranslationBundle;
}): JSX.Element {
  return (
    <ul
      className="jp-DsinfraCharts-legend"
      aria-label={props.trans.__('Runs in the charts')}
    >
      {props.runs.map((run, index) => (
        <li key={run.id}>
          <Swatch index={index} />
          <span title={run.label}>{run.label}</span>
        </li>
      ))}
    </ul>
  );
}

/** Metrics that are a single number each. */
function Tiles(props: {
  keys: readonly string[];
  runs: readonly IChartRun[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { keys, runs, trans } = props;
  return keys.length === 0 ? null : (
    <dl
      className="jp-DsinfraCharts-tiles"
      aria-label={trans.__('Metrics with one value')}
    >
      {keys.map(key => (
        <div key={key} className="jp-DsinfraCharts-tile">
          <dt title={key}>{key}</dt>
          {runs.map((run, index) => (
            <dd key={run.id} title={String(run.metrics[key] ?? '')}>
              {runs.length > 1 && <Swatch index={index} />}
              {key in run.metrics ? formatNumber(run.metrics[key]) : '–'}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

const EXAMPLE = `import dsinfra_jlab as dsinfra
dsinfra.log_metric("loss", loss, step=step)`;

function NoMetrics(props: { trans: TranslationBundle }): JSX.Element {
  const { trans } = props;
  return (
    <Notice kind="empty" title={trans.__('No metrics')}>
      {trans.__(
        'Numbers that a cell assigns become metrics by themselves. For a series, log its values:'
      )}
      <code className="jp-DsinfraNotice-code">{EXAMPLE}</code>
    </Notice>
  );
}
