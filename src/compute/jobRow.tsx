import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IJob } from '../api/types';
import {
  formatDuration,
  formatElapsed,
  formatFullMoment,
  formatRelative
} from '../ui/format';
import { JobMark } from './marks';
import {
  costText,
  elapsedOf,
  isOpen,
  isWaiting,
  jobStateLabel,
  titleOf
} from './states';
import { IconButton } from './targetView';

/** What every line needs to know beside its job. */
export interface IRowContext {
  trans: TranslationBundle;
  locale: string;

  /** The server's time in milliseconds. */
  now: number;
  cancel: (job: IJob) => void;
  retry: (job: IJob) => void;
  review: (job: IJob) => void;
  onMenu: (job: IJob, element: HTMLElement) => void;
}

/** Two lines: what it is and how long, and below where it runs and how far it came. */
export function JobContent(props: {
  job: IJob;

  /** Whether it stands below its group, whose line says where it is from. */
  isItem?: boolean;
  context: IRowContext;
}): JSX.Element {
  const { job, isItem = false, context } = props;
  const { trans } = context;
  return (
    <>
      <JobMark state={job.state} trans={trans} />
      <span className="jp-DsinfraJobs-lines">
        <span className="jp-DsinfraJobs-first">
          <span
            className="jp-DsinfraJobs-title"
            data-code={job.name === '' || undefined}
          >
            {titleOf(job, trans)}
          </span>
          <span className="jp-DsinfraJobs-time">{timeText(job, context)}</span>
        </span>
        <span className="jp-DsinfraJobs-second">
          <span className="jp-DsinfraJobs-where">
            {isItem ? (job.worker ?? '') : whereText(job, trans)}
          </span>
          <Standing job={job} context={context} />
        </span>
      </span>
      <Buttons {...props} />
    </>
  );
}

function Buttons(props: { job: IJob; context: IRowContext }): JSX.Element {
  const { job, context } = props;
  const { trans } = context;
  return (
    <span className="jp-DsinfraJobs-actions">
      {isOpen(job) ? (
        <IconButton
          label={trans.__('Cancel')}
          isDisabled={job.cancel_asked_at !== null}
          tabIndex={-1}
          onClick={() => context.cancel(job)}
        >
          <stopIcon.react tag="span" />
        </IconButton>
      ) : (
        <IconButton
          label={trans.__('Run again')}
          tabIndex={-1}
          onClick={() => context.retry(job)}
        >
          <refreshIcon.react tag="span" />
        </IconButton>
      )}
      <IconButton
        label={trans.__('More actions')}
        isMenu
        tabIndex={-1}
        onClick={element => context.onMenu(job, element)}
      >
        <ellipsesIcon.react tag="span" />
      </IconButton>
    </span>
  );
}

/** How far a job came, what it waits for, or what it cost. */
function Standing(props: {
  job: IJob;
  context: IRowContext;
}): JSX.Element | null {
  const { job, context } = props;
  const { locale, trans } = context;
  const ratio = job.progress_ratio;
  if (isWaiting(job)) {
    return (
      <button
        type="button"
        className="jp-DsinfraButton jp-mod-plain"
        tabIndex={-1}
        title={trans.__('This job waits for your word before it is sent')}
        onClick={event => {
          event.stopPropagation();
          context.review(job);
        }}
      >
        {trans.__('Review…')}
      </button>
    );
  }
  if (isOpen(job) && ratio !== null && job.cancel_asked_at === null) {
    return <ProgressBar ratio={ratio} text={job.progress_text} trans={trans} />;
  }
  const text = standingText(job, trans) || costText(job, locale);
  return text === '' ? null : (
    <span className="jp-DsinfraJobs-standing">{text}</span>
  );
}

/** How much of a job is done. */
export function ProgressBar(props: {
  ratio: number;
  text: string | null;
  trans: TranslationBundle;
}): JSX.Element {
  const { ratio, text, trans } = props;
  const percent = Math.round(Math.max(0, Math.min(1, ratio)) * 100);
  return (
    <span className="jp-DsinfraProgress" title={text ?? undefined}>
      <span
        className="jp-DsinfraProgress-bar"
        role="progressbar"
        aria-label={trans.__('Progress')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={text ?? undefined}
      >
        <span style={{ width: `${percent}%` }} />
      </span>
      <span>{`${percent} %`}</span>
    </span>
  );
}

/** What a job waits for, in a few words; empty where its mark says all. */
export function standingText(job: IJob, trans: TranslationBundle): string {
  if (isOpen(job) && job.cancel_asked_at !== null) {
    return trans.__('Cancelling…');
  }
  switch (job.state) {
    case 'queued':
      return job.queue_place === null
        ? short(job.detail) || jobStateLabel('queued', trans)
        : job.queue_place === 0
          ? trans.__('Next in queue')
          : trans.__('%1 ahead', job.queue_place);
    case 'starting':
      return trans.__('Starting…');
    case 'cancelled':
    case 'lost':
      return jobStateLabel(job.state, trans);
    case 'error':
      return short(job.detail);
    default:
      return job.result_state === 'conflict'
        ? trans.__('Results wait for a choice')
        : '';
  }
}

/** A sentence as a line of a list has it: without its full stop. */
function short(detail: string): string {
  return detail.replace(/\.$/, '');
}

/** How long a job runs or ran; how long ago it was sent if it did not start. */
function timeText(job: IJob, context: IRowContext): string {
  const elapsed = elapsedOf(job, context.now);
  if (elapsed !== null) {
    return isOpen(job) ? formatElapsed(elapsed) : formatDuration(elapsed);
  }
  const { locale, now } = context;
  return formatRelative(new Date(job.submitted_at), new Date(now), locale);
}

function whereText(job: IJob, trans: TranslationBundle): string {
  const notebook = job.notebook_path?.split('/').pop();
  // Why it failed needs the room.
  return !notebook
    ? job.target
    : job.state === 'error'
      ? notebook
      : trans.__('%1 on %2', notebook, job.target);
}

/** What a pointer that rests on the line is told. */
export function jobDetails(
  job: IJob,
  context: Pick<IRowContext, 'trans' | 'locale'>
): string {
  const { trans, locale } = context;
  const moment = (text: string): string =>
    formatFullMoment(new Date(text), locale);
  const cost = costText(job, locale);
  return [
    titleOf(job, trans),
    jobStateLabel(job.state, trans),
    job.detail,
    job.progress_text ?? '',
    '',
    trans.__('Target: %1', job.target),
    job.worker === null ? '' : trans.__('Worker: %1', job.worker),
    job.notebook_path ?? '',
    trans.__('Sent: %1', moment(job.submitted_at)),
    job.ended_at === null ? '' : trans.__('Ended: %1', moment(job.ended_at)),
    cost === '' ? '' : trans.__('Cost: %1', cost)
  ]
    .filter((line, index) => line !== '' || index === 4)
    .join('\n');
}
