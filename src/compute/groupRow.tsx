import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  ellipsesIcon,
  refreshIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import type { IJobCounts, IJobGroup, JobState } from '../api/types';
import {
  formatDuration,
  formatElapsed,
  formatFullMoment,
  formatRelative
} from '../ui/format';
import type { IRowContext } from './jobRow';
import { JobMark } from './marks';
import {
  costText,
  countsText,
  failedCount,
  groupState,
  isGroupOpen,
  openCount,
  titleOf,
  totalCount
} from './states';
import { IconButton } from './targetView';

/** What the line of a group can ask for. */
export interface IGroupContext {
  cancelGroup: (group: IJobGroup) => void;
  retryGroup: (group: IJobGroup) => void;
  onGroupMenu: (group: IJobGroup, element: HTMLElement) => void;
}

export interface IGroupProps {
  group: IJobGroup;
  isExpanded: boolean;
  context: IRowContext & IGroupContext;
}

/** The parts of the bar, from its left end; what waits is its ground. */
const BAR: readonly JobState[] = [
  'ok',
  'running',
  'starting',
  'cancelled',
  'lost',
  'error'
];

/** Three lines: what is called and how long, where and how many, and the bar of states. */
export function GroupContent(props: IGroupProps): JSX.Element {
  const { group, isExpanded, context } = props;
  const { trans } = context;
  const Caret = isExpanded ? caretDownIcon : caretRightIcon;
  return (
    <>
      <Caret.react className="jp-DsinfraJobs-caret" tag="span" />
      <JobMark state={groupState(group)} trans={trans} />
      <span className="jp-DsinfraJobs-lines">
        <span className="jp-DsinfraJobs-first">
          <span
            className="jp-DsinfraJobs-title"
            data-code={group.name === '' || undefined}
          >
            {titleOf(group, trans)}
          </span>
          <span className="jp-DsinfraJobs-time">
            {timeText(group, context)}
          </span>
        </span>
        <span className="jp-DsinfraJobs-second">
          <span className="jp-DsinfraJobs-where">
            {whereText(group, trans)}
          </span>
          <span className="jp-DsinfraJobs-standing">
            {standingText(group, context)}
          </span>
        </span>
        <StateBar counts={group.counts} trans={trans} />
      </span>
      <Buttons {...props} />
    </>
  );
}

/** How many items stand in which state, as parts of a bar. */
export function StateBar(props: {
  counts: IJobCounts;
  trans: TranslationBundle;
}): JSX.Element {
  const { counts, trans } = props;
  const total = Math.max(1, totalCount(counts));
  const done = total - openCount(counts);
  return (
    <span
      className="jp-DsinfraStateBar"
      role="progressbar"
      aria-label={trans.__('Progress')}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={countsText(counts, trans)}
    >
      {BAR.filter(state => counts[state] > 0).map(state => (
        <span
          key={state}
          data-state={state}
          style={{ flexGrow: counts[state] }}
        />
      ))}
      {counts.queued > 0 && (
        <span data-state="queued" style={{ flexGrow: counts.queued }} />
      )}
    </span>
  );
}

function Buttons(props: IGroupProps): JSX.Element {
  const { group, context } = props;
  const { trans } = context;
  return (
    <span className="jp-DsinfraJobs-actions">
      {isGroupOpen(group) && (
        <IconButton
          label={trans.__('Cancel all that have not ended')}
          tabIndex={-1}
          onClick={() => context.cancelGroup(group)}
        >
          <stopIcon.react tag="span" />
        </IconButton>
      )}
      {failedCount(group.counts) > 0 && (
        <IconButton
          label={trans.__('Run the failed ones again')}
          tabIndex={-1}
          onClick={() => context.retryGroup(group)}
        >
          <refreshIcon.react tag="span" />
        </IconButton>
      )}
      <IconButton
        label={trans.__('More actions')}
        isMenu
        tabIndex={-1}
        onClick={element => context.onGroupMenu(group, element)}
      >
        <ellipsesIcon.react tag="span" />
      </IconButton>
    </span>
  );
}

/** `41 of 60`, what failed of them, and what it cost. */
function standingText(group: IJobGroup, context: IRowContext): string {
  const { locale, trans } = context;
  const { counts } = group;
  const total = totalCount(counts);
  const open = openCount(counts);
  const failed = failedCount(counts);
  return [
    open > 0
      ? trans.__(
          '%1 of %2',
          (total - open).toLocaleString(),
          total.toLocaleString()
        )
      : trans._n('%1 job', '%1 jobs', total),
    failed > 0 ? trans.__('%1 failed', failed.toLocaleString()) : '',
    costText(group, locale)
  ]
    .filter(text => text !== '')
    .join(' · ');
}

function timeText(group: IJobGroup, context: IRowContext): string {
  const { locale, now } = context;
  if (group.started_at === null) {
    return formatRelative(new Date(group.submitted_at), new Date(now), locale);
  }
  return isGroupOpen(group)
    ? formatElapsed(Math.max(0, (now - Date.parse(group.started_at)) / 1000))
    : formatDuration(group.duration_s ?? 0);
}

function whereText(group: IJobGroup, trans: TranslationBundle): string {
  const notebook = group.notebook_path?.split('/').pop();
  return notebook ? trans.__('%1 on %2', notebook, group.target) : group.target;
}

/** What a pointer that rests on the line is told. */
export function groupDetails(
  group: IJobGroup,
  context: Pick<IRowContext, 'trans' | 'locale'>
): string {
  const { trans, locale } = context;
  const moment = (text: string): string =>
    formatFullMoment(new Date(text), locale);
  const cost = costText(group, locale);
  return [
    titleOf(group, trans),
    countsText(group.counts, trans),
    '',
    trans.__('Target: %1', group.target),
    group.notebook_path ?? '',
    trans.__('Sent: %1', moment(group.submitted_at)),
    group.ended_at === null
      ? ''
      : trans.__('Ended: %1', moment(group.ended_at)),
    trans.__('All items together: %1', formatDuration(group.worked_s)),
    cost === '' ? '' : trans.__('Cost: %1', cost)
  ]
    .filter((line, index) => line !== '' || index === 2)
    .join('\n');
}
