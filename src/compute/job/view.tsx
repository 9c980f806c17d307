import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob, ILandRequest } from '../../api/types';
import {
  formatDuration,
  formatElapsed,
  formatFullMoment
} from '../../ui/format';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import { Notice, NoticeBar, Skeleton } from '../../ui/notice';
import { useNow } from '../../ui/useNow';
import { Announcer } from '../announcer';
import { ProgressBar } from '../jobRow';
import { JobMark } from '../marks';
import {
  costText,
  elapsedOf,
  isOpen,
  isWaiting,
  jobStateLabel,
  titleOf
} from '../states';
import type { JobViewState } from './model';
import { Result } from './resultView';

/** Milliseconds between two renderings of what counts by the second. */
const CLOCK_INTERVAL = 500;

/** What the view of a job asks to be done. */
export interface IJobActions {
  review(): void;
  land(request: ILandRequest): void;
  openError(): void;
  openJob(id: string): void;
  openNotebook(): void;
}

export interface IHeadProps {
  actions: IJobActions;

  /** Milliseconds that the server's clock is ahead. */
  clockOffset: number;
  isActive: boolean;
  isBusy: boolean;
  locale: string;
  retry: () => void;
  state: JobViewState;
  trans: TranslationBundle;
}

/** How a job stands, or why there is none to show. */
export function Head(props: IHeadProps): JSX.Element {
  const { retry, state, trans } = props;
  switch (state.kind) {
    case 'loading':
      return <Skeleton label={trans.__('Loading the job')} />;
    case 'missing':
      return (
        <Notice kind="failed" title={trans.__('No such job')}>
          {trans.__(
            'It was taken off the list, or belongs to another server. Its run is still among the experiments.'
          )}
        </Notice>
      );
    case 'failed':
      return (
        <FailedNotice
          title={trans.__('The job could not be loaded')}
          failure={state.failure}
          retry={retry}
          trans={trans}
        />
      );
    case 'ready':
      return (
        <>
          <OutOfDate failure={state.failure} retry={retry} trans={trans} />
          <Ready {...props} job={state.job} />
          <Announcer jobs={[state.job]} trans={trans} />
        </>
      );
  }
}

function Ready(props: IHeadProps & { job: IJob }): JSX.Element {
  const { actions, job, trans } = props;
  const title = titleOf(job, trans);
  return (
    <header className="jp-DsinfraRun-head jp-DsinfraJob-head">
      <div className="jp-DsinfraRun-title">
        <h1
          className={job.name === '' ? 'jp-mod-code' : undefined}
          title={title}
        >
          {title}
        </h1>
      </div>
      <Standing {...props} />
      {isOpen(job) && job.progress_ratio !== null && (
        <div className="jp-DsinfraJob-progress">
          <ProgressBar
            ratio={job.progress_ratio}
            text={job.progress_text}
            trans={trans}
          />
          {job.progress_text && (
            <span className="jp-DsinfraRun-quiet">{job.progress_text}</span>
          )}
        </div>
      )}
      {job.detail !== '' && <Detail job={job} />}
      {isWaiting(job) && (
        <NoticeBar
          level="warning"
          action={{ label: trans.__('Review…'), onClick: actions.review }}
        >
          {trans.__('This job waits for your word before anything is sent.')}
        </NoticeBar>
      )}
      {job.error_id !== null && (
        <div>
          <button
            type="button"
            className="jp-DsinfraRun-link"
            onClick={actions.openError}
          >
            {trans.__('Explain the error')}
          </button>
        </div>
      )}
      <Facts {...props} />
      <Result
        isBusy={props.isBusy}
        job={job}
        land={actions.land}
        trans={trans}
      />
    </header>
  );
}

/** What a job waits for, or why it ended so. */
function Detail(props: { job: IJob }): JSX.Element {
  const { job } = props;
  const isBad = job.state === 'error' || job.state === 'lost';
  return (
    <p className={isBad ? 'jp-DsinfraRun-error' : 'jp-DsinfraRun-quiet'}>
      {job.detail}
    </p>
  );
}

/** State, target, and how long it runs, as one line. */
function Standing(props: IHeadProps & { job: IJob }): JSX.Element {
  const { clockOffset, isActive, job, trans } = props;
  const now = useNow(isOpen(job) && isActive, CLOCK_INTERVAL) + clockOffset;
  const elapsed = elapsedOf(job, now);
  return (
    <div className="jp-DsinfraRun-status jp-DsinfraJob-standing">
      <JobMark state={job.state} trans={trans} />
      <strong aria-hidden>{jobStateLabel(job.state, trans)}</strong>
      <span>{trans.__('on %1', job.target)}</span>
      {elapsed !== null && (
        <span className="jp-DsinfraJob-clock">
          {isOpen(job) ? formatElapsed(elapsed) : formatDuration(elapsed)}
        </span>
      )}
      {job.state === 'queued' && job.queue_place !== null && (
        <span className="jp-DsinfraRun-quiet">
          {job.queue_place === 0
            ? trans.__('next in the queue')
            : trans._n(
                '%1 job ahead of it',
                '%1 jobs ahead of it',
                job.queue_place
              )}
        </span>
      )}
      <CancelCountdown job={job} now={now} trans={trans} />
    </div>
  );
}

/** How far a cancellation is: interrupted, then killed. */
function CancelCountdown(props: {
  job: IJob;
  now: number;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { job, now, trans } = props;
  if (!isOpen(job) || job.cancel_asked_at === null) {
    return null;
  }
  const left =
    job.kill_at === null ? null : (Date.parse(job.kill_at) - now) / 1000;
  return (
    <span className="jp-DsinfraJob-cancelling">
      {left === null
        ? trans.__('Cancelling…')
        : left > 0
          ? trans.__('Interrupted; killed in %1 s', Math.ceil(left))
          : trans.__('Killing it…')}
    </span>
  );
}

function Facts(props: IHeadProps & { job: IJob }): JSX.Element {
  const { actions, job, locale, trans } = props;
  const moment = (text: string): string =>
    formatFullMoment(new Date(text), locale);
  const cost = costText(job, locale);
  const facts: [string, React.ReactNode][] = [
    [trans.__('Sent'), moment(job.submitted_at)]
  ];
  if (job.started_at !== null) {
    facts.push([trans.__('Started'), moment(job.started_at)]);
  }
  if (job.ended_at !== null) {
    facts.push([trans.__('Ended'), moment(job.ended_at)]);
  }
  if (job.worker !== null) {
    facts.push([trans.__('Worker'), job.worker]);
  }
  if (job.notebook_path !== null) {
    facts.push([
      trans.__('Notebook'),
      <button
        type="button"
        className="jp-DsinfraRun-link"
        title={job.notebook_path}
        onClick={actions.openNotebook}
      >
        {job.notebook_path.split('/').pop()}
      </button>
    ]);
  }
  if (job.user !== null) {
    facts.push([trans.__('User'), job.user]);
  }
  if (cost !== '') {
    facts.push([
      isOpen(job) ? trans.__('Cost so far') : trans.__('Cost'),
      cost
    ]);
  }
  const retryOf = job.retry_of;
  if (retryOf !== null) {
    facts.push([
      trans.__('Runs again'),
      <button
        type="button"
        className="jp-DsinfraRun-link"
        onClick={() => actions.openJob(retryOf)}
      >
        {trans.__('The job before')}
      </button>
    ]);
  }
  return (
    <dl className="jp-DsinfraRun-facts">
      {facts.map(([label, value]) => (
        <div key={label} className="jp-DsinfraRun-fact">
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
