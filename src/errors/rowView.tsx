import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IErrorGroup } from '../api/types';
import { formatCount, formatFullMoment, formatRelative } from '../ui/format';
import { SeverityIcon } from '../ui/severity';
import { Sparkline } from '../ui/sparkline';
import { categoryLabel, stateLabel } from './labels';

/** What every row needs to know beside its group. */
export interface IRowContext {
  trans: TranslationBundle;
  locale: string;

  /** The server's time that times are relative to, in milliseconds. */
  now: number;
  onMenu: (group: IErrorGroup, element: HTMLElement) => void;
}

/** Two lines: what it is and how often, and below how it stands, where and when. */
export function GroupContent(props: {
  group: IErrorGroup;
  context: IRowContext;
}): JSX.Element {
  const { group, context } = props;
  const { trans, locale, now } = context;
  return (
    <>
      <SeverityIcon severity={group.severity} trans={trans} />
      <span className="jp-DsinfraErrors-lines">
        <span className="jp-DsinfraErrors-first">
          <Title group={group} />
          {group.count > 1 && (
            <span
              className="jp-DsinfraErrors-count"
              aria-label={trans._n('once', '%1 times', group.count)}
            >
              {`×${formatCount(group.count, locale)}`}
            </span>
          )}
        </span>
        <span className="jp-DsinfraErrors-second">
          <StateMark state={group.state} trans={trans} />
          <span className="jp-DsinfraErrors-where">
            {whereText(group, trans)}
          </span>
          {group.count > 1 && (
            <Sparkline
              values={group.trend}
              label={trendText(group, trans)}
              width={48}
              height={12}
            />
          )}
          <span className="jp-DsinfraErrors-time">
            {formatRelative(new Date(group.last_at), new Date(now), locale)}
          </span>
        </span>
      </span>
      <span className="jp-DsinfraErrors-actions">
        <button
          type="button"
          className="jp-DsinfraRow-action"
          tabIndex={-1}
          title={trans.__('More actions')}
          aria-label={trans.__('More actions')}
          aria-haspopup="menu"
          onClick={event => {
            event.stopPropagation();
            context.onMenu(group, event.currentTarget);
          }}
        >
          <ellipsesIcon.react tag="span" />
        </button>
      </span>
    </>
  );
}

/** The class in weight, then the message. */
function Title(props: { group: IErrorGroup }): JSX.Element {
  const [name, message] = splitTitle(props.group);
  return (
    <span className="jp-DsinfraErrors-title">
      {name !== '' && <strong>{name}</strong>}
      {name !== '' && message !== '' && ' '}
      {message}
    </span>
  );
}

/** Return class and message of a title, each of which may be empty. */
export function splitTitle(
  group: Pick<IErrorGroup, 'ename' | 'title'>
): [string, string] {
  const { ename, title } = group;
  if (ename === '' || !title.startsWith(ename)) {
    return ['', title];
  }
  const rest = title.slice(ename.length);
  return rest === ''
    ? [ename, '']
    : /^\s*[:–—-]?\s/.test(rest)
      ? [ename, rest.replace(/^\s*[:–—-]?\s+/, '')]
      : ['', title];
}

/** How a group stands, where that is worth a look. */
export function StateMark(props: {
  state: IErrorGroup['state'];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { state, trans } = props;
  return state === 'ongoing' ? null : (
    <span className="jp-DsinfraErrorState" data-state={state}>
      {stateLabel(state, trans)}
    </span>
  );
}

function whereText(group: IErrorGroup, trans: TranslationBundle): string {
  const name = group.notebooks[0]?.split('/').pop() ?? '';
  const others = group.notebook_count - 1;
  return others > 0
    ? trans._n('%2 and %1 other', '%2 and %1 others', others, name)
    : name;
}

/** What the bars show, as a sentence. */
export function trendText(
  group: Pick<IErrorGroup, 'trend' | 'trend_bucket_s'>,
  trans: TranslationBundle
): string {
  const { trend, trend_bucket_s: bucket } = group;
  const count = trend.reduce((sum, value) => sum + value, 0);
  const hours = Math.round((trend.length * bucket) / 3600);
  return hours > 48
    ? trans._n(
        'once in the last %2 days',
        '%1 times in the last %2 days',
        count,
        Math.round(hours / 24)
      )
    : trans._n(
        'once in the last %2 hours',
        '%1 times in the last %2 hours',
        count,
        hours
      );
}

/** What a pointer that rests on the line is told. */
export function groupDetails(
  group: IErrorGroup,
  context: Pick<IRowContext, 'trans' | 'locale'>
): string {
  const { trans, locale } = context;
  const moment = (text: string): string =>
    formatFullMoment(new Date(text), locale);
  return [
    group.title,
    group.diagnosis,
    '',
    [categoryLabel(group.category, trans), stateLabel(group.state, trans)].join(
      ' · '
    ),
    group.state_reason,
    ...group.notebooks,
    trans.__('First seen: %1', moment(group.first_at)),
    trans.__('Last seen: %1', moment(group.last_at))
  ]
    .filter((line, index, lines) => line !== '' || lines[index - 1] !== '')
    .join('\n');
}
