import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { GroupState, IErrorGroup, TrendBucket } from '../../api/types';
import { formatCount, formatFullMoment, formatRelative } from '../../ui/format';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import { Notice, Skeleton } from '../../ui/notice';
import { SeverityIcon } from '../../ui/severity';
import { Sparkline } from '../../ui/sparkline';
import { useNow } from '../../ui/useNow';
import { stateLabel } from '../labels';
import { StateMark, splitTitle, trendText } from '../rowView';
import { Legend, StackedBars } from './chartView';
import type { ITrendContent, TrendsModel } from './model';
import type { ILayer } from './stacks';
import { layersOf, sum } from './stacks';
import { TrendTable } from './tableView';

/** Milliseconds between two renderings of relative times. */
const CLOCK_INTERVAL = 30_000;

/** Heights of the charts, in pixels. */
const CHART_HEIGHT = 240;
const SMALL_HEIGHT = 110;

/** What stands out first. */
const STATES: readonly GroupState[] = [
  'new',
  'regressed',
  'escalating',
  'ongoing',
  'resolved',
  'ignored'
];

/** What the dashboard can ask for beside what its model does. */
export interface ITrendsActions {
  open(group: IErrorGroup): void;

  /** Show the groups of a state in the sidebar. */
  showState(state: GroupState): void;
}

export interface ITrendsProps {
  model: TrendsModel;
  actions: ITrendsActions;
  trans: TranslationBundle;
  locale: string;
}

/** How errors go over time. */
export function TrendsView(props: ITrendsProps): JSX.Element {
  const { model, trans } = props;
  const [isTable, setTable] = React.useState(false);
  const { content, failure } = model;
  return (
    <div className="jp-DsinfraTrends-page">
      <header className="jp-DsinfraTrends-header">
        <h1>{trans.__('Error trends')}</h1>
        <BucketSwitch model={model} trans={trans} />
        <button
          type="button"
          className="jp-DsinfraChip"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          {trans.__('Table')}
        </button>
      </header>
      {content !== null && (
        <OutOfDate
          failure={failure}
          retry={() => void model.refresh()}
          trans={trans}
        />
      )}
      {content !== null ? (
        <Content {...props} content={content} isTable={isTable} />
      ) : failure !== null ? (
        <FailedNotice
          title={trans.__('The trends could not be loaded')}
          failure={failure}
          retry={() => void model.refresh()}
          trans={trans}
        />
      ) : (
        <Skeleton label={trans.__('Loading the trends')} />
      )}
    </div>
  );
}

function BucketSwitch(props: {
  model: TrendsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  const labels: [TrendBucket, string][] = [
    ['hour', trans.__('By hour')],
    ['day', trans.__('By day')]
  ];
  return (
    <div
      className="jp-DsinfraTrends-switch"
      role="group"
      aria-label={trans.__('Count errors')}
    >
      {labels.map(([bucket, label]) => (
        <button
          key={bucket}
          type="button"
          className="jp-DsinfraChip"
          aria-pressed={model.bucket === bucket}
          onClick={() => (model.bucket = bucket)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function Content(
  props: ITrendsProps & { content: ITrendContent; isTable: boolean }
): JSX.Element {
  const { actions, content, isTable, trans, locale } = props;
  const { trend } = content;
  const layers = React.useMemo(() => layersOf(trend), [trend]);
  const [shortLabels, longLabels] = React.useMemo(
    () => bucketLabels(trend.starts, trend.bucket_s, locale),
    [trend, locale]
  );
  const isEmpty = STATES.every(state => !trend.state_counts[state]);
  if (isEmpty) {
    return (
      <Notice kind="empty" title={trans.__('No errors yet')}>
        {trans.__(
          'What fails in any notebook or console is counted here by itself.'
        )}
      </Notice>
    );
  }
  return (
    <>
      <StateCounts {...props} onShow={state => actions.showState(state)} />
      <section aria-label={trans.__('Occurrences')}>
        <h2>
          {trans.__('Occurrences')}
          <span className="jp-DsinfraTrends-sum">
            {formatCount(sum(layers.map(layer => layer.total)), locale)}
          </span>
        </h2>
        {isTable ? (
          <TrendTable
            layers={layers}
            labels={longLabels}
            newGroups={trend.new_groups}
            trans={trans}
          />
        ) : (
          <>
            <Legend layers={layers} trans={trans} locale={locale} />
            <StackedBars
              label={trans.__('Occurrences by category')}
              layers={layers}
              shortLabels={shortLabels}
              longLabels={longLabels}
              height={CHART_HEIGHT}
              trans={trans}
              locale={locale}
            />
          </>
        )}
      </section>
      {!isTable && (
        <NewGroups
          counts={trend.new_groups}
          shortLabels={shortLabels}
          longLabels={longLabels}
          trans={trans}
          locale={locale}
        />
      )}
      <TopGroups {...props} />
    </>
  );
}

/** How many groups stand how, now. */
function StateCounts(
  props: ITrendsProps & {
    content: ITrendContent;
    onShow: (state: GroupState) => void;
  }
): JSX.Element {
  const { content, trans, locale, onShow } = props;
  return (
    <ul
      className="jp-DsinfraTrends-states"
      aria-label={trans.__('Groups by state')}
    >
      {STATES.map(state => {
        const count = content.trend.state_counts[state] ?? 0;
        return (
          <li key={state}>
            <button
              type="button"
              className="jp-DsinfraTrends-state"
              data-state={state}
              data-none={count === 0}
              title={trans.__('Show them in the sidebar')}
              onClick={() => onShow(state)}
            >
              <span className="jp-DsinfraTrends-number">
                {formatCount(count, locale)}
              </span>
              <span>{stateLabel(state, trans)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function NewGroups(props: {
  counts: readonly number[];
  shortLabels: readonly string[];
  longLabels: readonly string[];
  trans: TranslationBundle;
  locale: string;
}): JSX.Element {
  const { counts, shortLabels, longLabels, trans, locale } = props;
  const total = sum(counts);
  const layer: ILayer = { category: null, index: 0, counts, total };
  return (
    <section aria-label={trans.__('New groups')}>
      <h2>
        {trans.__('New groups')}
        <span className="jp-DsinfraTrends-sum">
          {formatCount(total, locale)}
        </span>
      </h2>
      <StackedBars
        label={trans.__('Groups seen for the first time')}
        layers={[layer]}
        isPlain
        shortLabels={shortLabels}
        longLabels={longLabels}
        height={SMALL_HEIGHT}
        trans={trans}
        locale={locale}
      />
    </section>
  );
}

/** The groups that happened most often. */
function TopGroups(
  props: ITrendsProps & { content: ITrendContent }
): JSX.Element | null {
  const { model, actions, content, trans, locale } = props;
  const now = useNow(model.isActive, CLOCK_INTERVAL) + model.clockOffset;
  if (content.top.length === 0) {
    return null;
  }
  return (
    <section aria-label={trans.__('Most frequent')}>
      <h2>{trans.__('Most frequent')}</h2>
      <table className="jp-DsinfraTrends-table jp-mod-groups">
        <thead>
          <tr>
            <th scope="col">{trans.__('Error')}</th>
            <th scope="col">{trans.__('State')}</th>
            <th scope="col">{trans.__('Trend')}</th>
            <th scope="col">{trans.__('Times')}</th>
            <th scope="col">{trans.__('Last seen')}</th>
          </tr>
        </thead>
        <tbody>
          {content.top.map(group => {
            const [name, message] = splitTitle(group);
            return (
              <tr key={group.id}>
                <td>
                  <span className="jp-DsinfraTrends-group">
                    <SeverityIcon severity={group.severity} trans={trans} />
                    <button
                      type="button"
                      className="jp-DsinfraTrends-open"
                      title={[group.title, ...group.notebooks].join('\n')}
                      onClick={() => actions.open(group)}
                    >
                      {name !== '' && <strong>{name}</strong>}
                      {name !== '' && message !== '' && ' '}
                      {message}
                    </button>
                  </span>
                </td>
                <td>
                  <StateMark state={group.state} trans={trans} />
                </td>
                <td>
                  <Sparkline
                    values={group.trend}
                    label={trendText(group, trans)}
                    width={72}
                    height={16}
                  />
                </td>
                <td className="jp-mod-number">
                  {formatCount(group.count, locale)}
                </td>
                <td title={formatFullMoment(new Date(group.last_at), locale)}>
                  {formatRelative(
                    new Date(group.last_at),
                    new Date(now),
                    locale
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Return the text for the beginning of each bucket: short, and whole. */
export function bucketLabels(
  starts: readonly string[],
  bucketSeconds: number,
  locale: string
): [string[], string[]] {
  const isHours = bucketSeconds < 24 * 3600;
  const tag = localeTag(locale);
  const short = new Intl.DateTimeFormat(
    tag,
    isHours
      ? { hour: 'numeric' }
      : // A day of the server is a day of UTC.
        { day: 'numeric', month: 'short', timeZone: 'UTC' }
  );
  const long = new Intl.DateTimeFormat(
    tag,
    isHours
      ? { weekday: 'short', hour: '2-digit', minute: '2-digit' }
      : { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }
  );
  const dates = starts.map(start => new Date(start));
  return [
    dates.map(date => short.format(date)),
    dates.map(date => long.format(date))
  ];
}

/** JupyterLab writes `de_DE`, browsers `de-DE`; what is neither is English. */
function localeTag(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale.replace('_', '-'))[0] ?? 'en';
  } catch {
    return 'en';
  }
}
