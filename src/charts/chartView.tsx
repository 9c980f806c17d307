import type { TranslationBundle } from '@jupyterlab/translation';
import {
  downloadIcon,
  spreadsheetIcon,
  undoIcon,
  tableRowsIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { saveFile } from '../ui/files';
import { formatNumber } from '../ui/numbers';
import type { IChartData, IChartRun, MetricsModel } from './model';
import { Action, Swatch } from './partsView';
import type { Plot } from './plot';
import type { IReading, IWindow } from './plotContent';
import { PlotView, keysText } from './plotView';
import type { IColumns, XAxis } from './series';
import { align, positive, summarise, toCsv } from './series';
import { PointTable, placeText } from './tableView';
import type { IChartSettings, IMetricChartsProps } from './view';

/** How long a chart waits before it asks for more points of what is zoomed into. */
const REFINE_AFTER_MS = 250;

/** How far below the screen charts are made already. */
const AHEAD = '200px';

/** One metric of all runs. */
interface IMetricChartProps {
  isActive: boolean;
  locale: string;
  metric: string;
  model: MetricsModel;
  settings: IChartSettings;
  themeChanged: IMetricChartsProps['themeChanged'];
  trans: TranslationBundle;
}

/** A chart, made when it comes into view. */
export function MetricChart(props: IMetricChartProps): JSX.Element {
  const { isActive, metric, model, settings, trans } = props;
  const host = React.useRef<HTMLElement>(null);
  const isSeen = useSeen(host);
  React.useEffect(() => {
    if (!isSeen || !isActive) {
      return;
    }
    const watch = model.watch(metric);
    return () => watch.dispose();
  }, [isActive, isSeen, metric, model]);
  const [isTable, setTable] = React.useState(false);
  const [reading, setReading] = React.useState<IReading | null>(null);
  const [isZoomed, setZoomed] = React.useState(false);
  const plot = React.useRef<Plot | null>(null);
  const data = model.data(metric);
  const wasSeen = isSeen || data.lines.length > 0;
  return (
    <section ref={host} className="jp-DsinfraChart" aria-label={metric}>
      <header>
        <h3 title={metric}>{metric}</h3>
        <Actions
          {...props}
          data={data}
          isTable={isTable}
          isZoomed={isZoomed}
          plot={plot}
          setTable={setTable}
        />
      </header>
      {data.failure !== null ? (
        <p className="jp-DsinfraChart-failure" role="alert">
          {data.failure}{' '}
          <button
            className="jp-DsinfraButton jp-mod-plain"
            onClick={() => model.retry()}
          >
            {trans.__('Retry')}
          </button>
        </p>
      ) : isTable ? (
        <MetricTable {...props} data={data} />
      ) : wasSeen ? (
        <>
          <Drawing
            {...props}
            data={data}
            plot={plot}
            setReading={setReading}
            setZoomed={setZoomed}
          />
          <Readings
            axis={settings.axis}
            locale={props.locale}
            reading={reading}
            runs={model.runs}
            data={data}
            trans={trans}
          />
        </>
      ) : (
        <div className="jp-DsinfraChart-canvas" />
      )}
      <Remarks data={data} isLog={settings.isLog} trans={trans} />
    </section>
  );
}

/** Whether an element is on screen, or nearly. */
function useSeen(host: React.RefObject<HTMLElement>): boolean {
  const [isSeen, setSeen] = React.useState(false);
  React.useEffect(() => {
    if (host.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      entries => setSeen(entries[entries.length - 1].isIntersecting),
      { rootMargin: AHEAD }
    );
    observer.observe(host.current);
    return () => observer.disconnect();
  }, [host]);
  return isSeen;
}

/** The lines of a metric as uPlot draws them. */
function Drawing(
  props: IMetricChartProps & {
    data: IChartData;
    plot: React.MutableRefObject<Plot | null>;
    setReading: (reading: IReading | null) => void;
    setZoomed: (isZoomed: boolean) => void;
  }
): JSX.Element {
  const { data, metric, model, setReading, setZoomed, settings } = props;
  const columns = useColumns(data, model.runs, settings.axis);
  const content = React.useMemo(
    () => ({ ...settings, columns }),
    [settings, columns]
  );
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  React.useEffect(
    () => () => {
      clearTimeout(timer.current);
      setZoomed(false);
    },
    [setZoomed]
  );
  const onZoom = React.useCallback(
    (window: IWindow | null, share: number) => {
      setZoomed(window !== null);
      clearTimeout(timer.current);
      timer.current = setTimeout(
        () => model.refine(metric, share),
        REFINE_AFTER_MS
      );
    },
    [metric, model, setZoomed]
  );
  return (
    <PlotView
      content={data.isLoading ? null : content}
      label={describe(props)}
      plot={props.plot}
      onRead={setReading}
      onZoom={onZoom}
      themeChanged={props.themeChanged}
      trans={props.trans}
    />
  );
}

/** The lines of a metric laid along one axis. */
function useColumns(
  data: IChartData,
  runs: readonly IChartRun[],
  axis: XAxis
): IColumns {
  return React.useMemo(
    () =>
      align(
        data.lines.map(({ points }, index) => ({
          points,
          startedAt: runs[index]?.startedAt ?? null
        })),
        axis
      ),
    [axis, data, runs]
  );
}

/** The same as a table. */
function MetricTable(
  props: IMetricChartProps & { data: IChartData }
): JSX.Element {
  const { data, locale, metric, model, settings, trans } = props;
  return (
    <PointTable
      axis={settings.axis}
      absentText={trans.__('not finite')}
      columns={useColumns(data, model.runs, settings.axis)}
      format={formatNumber}
      headings={
        model.runs.length > 1 ? model.runs.map(({ label }) => label) : [metric]
      }
      label={metric}
      locale={locale}
      trans={trans}
    />
  );
}

/** Return what a chart shows, in a sentence for each run. */
function describe(props: IMetricChartProps & { data: IChartData }): string {
  const { data, metric, model, trans } = props;
  const sentences = data.lines.map(({ points, pointCount }, index) => {
    const { first, last, max, min } = summarise(points);
    if (first === null || last === null || min === null || max === null) {
      return trans.__('%1: no values.', model.runs[index]?.label ?? '');
    }
    return trans.__(
      '%1: %2 points, from %3 to %4, lowest %5, highest %6.',
      model.runs[index]?.label ?? '',
      pointCount,
      formatNumber(first),
      formatNumber(last),
      formatNumber(min),
      formatNumber(max)
    );
  });
  return [metric, ...sentences, keysText(trans)].join(' ');
}

/** What can be done with a chart. */
function Actions(
  props: IMetricChartProps & {
    data: IChartData;
    isTable: boolean;
    isZoomed: boolean;
    plot: React.MutableRefObject<Plot | null>;
    setTable: (isTable: boolean) => void;
  }
): JSX.Element {
  const { data, isTable, metric, model, plot, trans } = props;
  const csv = (): string =>
    toCsv(
      data.lines.map(({ points }, index) => ({
        label: model.runs[index]?.label ?? '',
        points
      })),
      metric
    );
  const savePicture = async (): Promise<void> => {
    const picture = await plot.current?.picture(metric);
    if (picture) {
      saveFile(picture, `${fileName(metric)}.png`);
    }
  };
  return (
    <div className="jp-DsinfraChart-actions">
      {props.isZoomed && !isTable && (
        <Action
          label={trans.__('Show all')}
          onClick={() => plot.current?.zoomTo(null)}
        >
          <undoIcon.react tag="span" />
        </Action>
      )}
      <Action
        label={trans.__('Show as table')}
        isPressed={isTable}
        onClick={() => props.setTable(!isTable)}
      >
        <tableRowsIcon.react tag="span" />
      </Action>
      {!isTable && (
        <Action
          label={trans.__('Save as picture')}
          onClick={() => void savePicture()}
        >
          <downloadIcon.react tag="span" />
        </Action>
      )}
      <Action
        label={trans.__('Save the points as CSV')}
        onClick={() =>
          saveFile(
            new Blob([csv()], { type: 'text/csv' }),
            `${fileName(metric)}.csv`
          )
        }
      >
        <spreadsheetIcon.react tag="span" />
      </Action>
    </div>
  );
}

/** A name that file systems take. */
function fileName(metric: string): string {
  return metric.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 100);
}

/** The values at the pointer, or the last ones. */
function Readings(props: {
  axis: XAxis;
  data: IChartData;
  locale: string;
  reading: IReading | null;
  runs: readonly IChartRun[];
  trans: TranslationBundle;
}): JSX.Element {
  const { axis, data, locale, reading, runs, trans } = props;
  const values =
    reading?.values ?? data.lines.map(({ points }) => summarise(points).last);
  return (
    <div className="jp-DsinfraChart-readings">
      <span className="jp-DsinfraCharts-quiet">
        {reading === null
          ? trans.__('Last')
          : placeText(reading.x, axis, locale, trans)}
      </span>
      {runs.map((run, index) => (
        <span key={run.id} title={run.label}>
          <Swatch index={index} />
          {values[index] === null || values[index] === undefined
            ? '–'
            : formatNumber(values[index] ?? 0)}
        </span>
      ))}
    </div>
  );
}

/** What a chart does not show. */
function Remarks(props: {
  data: IChartData;
  isLog: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { data, isLog, trans } = props;
  const remarks: string[] = [];
  if (isLog) {
    const { hasAny, hiddenCount } = positive(
      data.lines.map(({ points }) => points.map(([, , value]) => value))
    );
    if (!hasAny && hiddenCount > 0) {
      remarks.push(
        trans.__('No value is above 0, so the scale is not logarithmic.')
      );
    } else if (hiddenCount > 0) {
      remarks.push(
        trans.__('Values of 0 and below have no place on a logarithmic scale.')
      );
    }
  }
  if (data.lines.some(({ points }) => points.some(([, , v]) => v === null))) {
    remarks.push(trans.__('Gaps are values that were not finite (NaN or ∞).'));
  }
  return (
    <>
      {remarks.map(remark => (
        <p key={remark} className="jp-DsinfraCharts-quiet" role="note">
          {remark}
        </p>
      ))}
    </>
  );
}
