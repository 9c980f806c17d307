import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { ISnapshot } from '../../api/types';
import type { IHistoryChartProps } from '../../charts/historyView';
import { HistoryChart } from '../../charts/lazy';
import type { IWindow } from '../../charts/plotContent';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import { formatBytes } from '../../ui/format';
import { Skeleton } from '../../ui/notice';
import { useNow } from '../../ui/useNow';
import { AgeView } from '../ageView';
import { cpusText, limitText, percentText } from '../words';
import type { IHistory } from './history';
import type { ISubject } from './lines';
import { KERNELS_MAX, bandsOf, gpuLabel, gpusOf, kernelsOf } from './lines';
import type { DashboardModel } from './model';
import { WINDOWS } from './model';
import { runsAt } from './runs';

/** How much later than the window readings may begin before it is told, in seconds. */
const LATE_S = 60;

const DAY_S = 86_400;

/** Milliseconds between two looks at how old the readings are. */
const CLOCK_INTERVAL = 5000;

export interface IDashboardProps {
  model: DashboardModel;
  themeChanged: IHistoryChartProps['themeChanged'];
  trans: TranslationBundle;
  locale: string;
}

/** What the machine, its kernels and its GPUs took lately. */
export function DashboardView(props: IDashboardProps): JSX.Element {
  const { model, trans } = props;
  const { failure, history } = model;
  const now = useNow(model.isActive, CLOCK_INTERVAL);
  return (
    <div className="jp-DsinfraDashboard-page">
      <div className="jp-DsinfraDashboard-header">
        <h1>{trans.__('Resources')}</h1>
        <WindowSwitch model={model} trans={trans} />
      </div>
      {history !== null && (
        <OutOfDate
          failure={failure}
          retry={() => model.refresh()}
          trans={trans}
        />
      )}
      {history !== null && failure === null && (
        <AgeView
          age={model.age(now)}
          failure={null}
          retry={() => model.refresh()}
          trans={trans}
        />
      )}
      {history !== null ? (
        <Content {...props} key={model.windowS} history={history} />
      ) : failure !== null ? (
        <FailedNotice
          title={trans.__('The readings could not be loaded')}
          failure={failure}
          retry={() => model.refresh()}
          trans={trans}
        />
      ) : (
        <Skeleton label={trans.__('Loading the readings')} />
      )}
    </div>
  );
}

function WindowSwitch(props: {
  model: DashboardModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  const labels = {
    600: trans.__('10 min'),
    3600: trans.__('1 h'),
    21600: trans.__('6 h'),
    86400: trans.__('24 h'),
    604800: trans.__('7 days')
  };
  return (
    <div
      className="jp-DsinfraDashboard-switch"
      role="group"
      aria-label={trans.__('Time shown')}
    >
      {WINDOWS.map(windowS => (
        <button
          key={windowS}
          type="button"
          className="jp-DsinfraChip"
          aria-pressed={model.windowS === windowS}
          onClick={() => (model.windowS = windowS)}
        >
          {labels[windowS]}
        </button>
      ))}
    </div>
  );
}

/** A chart as it differs from the others. */
interface IChart {
  title: string;
  remark?: string;
  subjects: readonly ISubject[];
  nameOf: (id: string) => string;
  format: (value: number) => string;
  ceiling?: number;
}

function Content(props: IDashboardProps & { history: IHistory }): JSX.Element {
  const { history, locale, model, themeChanged, trans } = props;
  const { now, runs, snapshot, windowS } = model;
  const [zoom, setZoom] = React.useState<IWindow | null>(null);
  const [isAll, setAll] = React.useState(false);
  const { shown: kernels, hiddenCount } = kernelsOf(
    history,
    snapshot,
    runs,
    isAll ? Infinity : KERNELS_MAX,
    trans
  );
  const gpus = gpusOf(history, snapshot, trans);
  const present = new Map(snapshot?.gpus.map(gpu => [gpu.uuid, gpu]));
  const common = {
    axis: 'wall' as const,
    bands: bandsOf(runs, kernels),
    describe: (at: number) => runsAt(runs, at),
    extent: { min: now - windowS, max: now },
    locale,
    setZoom,
    themeChanged,
    trans,
    zoom
  };
  const draw = (chart: IChart): JSX.Element => {
    const { nameOf, subjects, ...rest } = chart;
    const lines = subjects.map(
      ({ id }) => history.series.get(nameOf(id)) ?? history.at.map(() => null)
    );
    return (
      <HistoryChart
        {...common}
        {...rest}
        columns={{ x: history.at, lines }}
        labels={subjects.map(({ label }) => label)}
      />
    );
  };
  return (
    <>
      <Span {...props} hasMoreRuns={model.hasMoreRuns} from={now - windowS} />
      <Section
        title={trans.__('Machine')}
        absences={absencesOf(snapshot, ['host'])}
      >
        {hostCharts(snapshot, trans).map(chart => (
          <React.Fragment key={chart.title}>{draw(chart)}</React.Fragment>
        ))}
      </Section>
      <Section
        title={trans.__('Kernels')}
        absences={[
          ...absencesOf(snapshot, ['processes']),
          ...(snapshot?.kernels ?? [])
            .filter(({ absent }) => absent !== '')
            .map(({ absent, name }) => `${name}: ${absent}`),
          ...(kernels.length === 0
            ? [trans.__('No kernel was read in this time.')]
            : [])
        ]}
      >
        {kernels.length > 0 &&
          draw({
            title: trans.__('CPU of kernels'),
            remark: trans.__('100 % is one CPU in full use'),
            subjects: kernels,
            nameOf: id => `kernel.${id}.cpu_ratio`,
            format: percentText
          })}
        {kernels.length > 0 &&
          draw({
            title: trans.__('Memory of kernels'),
            subjects: kernels,
            nameOf: id => `kernel.${id}.rss_bytes`,
            format: formatBytes
          })}
      </Section>
      {(hiddenCount > 0 || isAll) && (
        <p className="jp-DsinfraCharts-quiet">
          {hiddenCount > 0 &&
            `${trans._n(
              '%1 kernel that held less memory is not shown.',
              '%1 kernels that held less memory are not shown.',
              hiddenCount
            )} `}
          <button
            type="button"
            className="jp-DsinfraButton jp-mod-plain"
            onClick={() => setAll(!isAll)}
          >
            {isAll ? trans.__('Show fewer') : trans.__('Show all')}
          </button>
        </p>
      )}
      <Section
        title={trans.__('GPUs')}
        absences={[
          ...absencesOf(snapshot, ['nvidia']),
          ...[...present.values()].flatMap(gpu =>
            Object.values(gpu.absent).map(
              why => `${gpuLabel(gpu, present, trans)}: ${why}`
            )
          )
        ]}
      >
        {gpus.length > 0 &&
          draw({
            title: trans.__('GPU in use'),
            subjects: gpus,
            nameOf: id => `gpu.${id}.util_ratio`,
            format: percentText,
            ceiling: 1
          })}
        {gpus.length > 0 &&
          draw({
            title: trans.__('GPU memory'),
            subjects: gpus,
            nameOf: id => `gpu.${id}.memory_used_bytes`,
            format: formatBytes,
            ceiling: Math.max(
              0,
              ...(snapshot?.gpus ?? []).map(gpu => gpu.memory_total_bytes ?? 0)
            )
          })}
      </Section>
    </>
  );
}

/** Return the charts of the machine, each against what may be used. */
function hostCharts(
  snapshot: ISnapshot | null,
  trans: TranslationBundle
): IChart[] {
  const host = snapshot?.host ?? null;
  const { cpu_count: cpus = null, memory_limit_bytes: limit = null } =
    host ?? {};
  return [
    {
      title: trans.__('CPU'),
      remark:
        cpus === null
          ? ''
          : `${trans._n('of %1 CPU', 'of %1 CPUs', cpus, cpusText(cpus))}. ${limitText(host?.cpu_count_source ?? '', trans)}`,
      subjects: [{ id: '', label: trans.__('CPU in use') }],
      nameOf: () => 'host.cpu_ratio',
      format: percentText,
      ceiling: 1
    },
    {
      title: trans.__('Memory'),
      remark:
        limit === null
          ? trans.__('The limit is not known.')
          : `${trans.__('of %1', formatBytes(limit))}. ${limitText(host?.memory_limit_source ?? '', trans)}`,
      subjects: [{ id: '', label: trans.__('Memory in use') }],
      nameOf: () => 'host.memory_used_bytes',
      format: formatBytes,
      ...(limit === null ? {} : { ceiling: limit })
    }
  ];
}

/** Return why sensors read nothing. */
function absencesOf(
  snapshot: ISnapshot | null,
  sensors: readonly string[]
): string[] {
  return sensors.flatMap(sensor => snapshot?.absent[sensor] ?? []);
}

function Section(props: {
  title: string;
  absences: readonly string[];
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section
      className="jp-DsinfraCharts jp-DsinfraDashboard-section"
      aria-label={props.title}
    >
      <h2>{props.title}</h2>
      {[...new Set(props.absences)].map(absence => (
        <p key={absence} className="jp-DsinfraCharts-quiet">
          {absence}
        </p>
      ))}
      <div className="jp-DsinfraCharts-grid">{props.children}</div>
    </section>
  );
}

/** Says since when there are readings, and what is not marked. */
function Span(
  props: IDashboardProps & {
    history: IHistory;
    from: number;
    hasMoreRuns: boolean;
  }
): JSX.Element | null {
  const { from, hasMoreRuns, history, locale, model, trans } = props;
  const first = history.at[0];
  const words = [
    first !== undefined && first > from + LATE_S
      ? trans.__(
          'Readings begin at %1.',
          momentText(first, model.windowS > DAY_S / 2, locale)
        )
      : '',
    history.stepS >= 60
      ? trans._n(
          'Each point is the most of a minute.',
          'Each point is the most of %1 minutes.',
          history.stepS / 60
        )
      : '',
    trans.__('Shaded: a cell was running.'),
    hasMoreRuns ? trans.__('Only the newest runs are shaded.') : ''
  ];
  return (
    <p className="jp-DsinfraCharts-quiet">{words.filter(Boolean).join(' ')}</p>
  );
}

/** Return a moment as a time of day, with its day if that is not clear. */
function momentText(at: number, hasDay: boolean, locale: string): string {
  return new Date(at * 1000).toLocaleString(locale.replace('_', '-'), {
    ...(hasDay ? { weekday: 'short', day: 'numeric', month: 'short' } : {}),
    hour: '2-digit',
    minute: '2-digit'
  });
}
