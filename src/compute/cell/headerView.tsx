import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IJob, JobState } from '../../api/types';
import { formatDuration, formatElapsed } from '../../ui/format';
import { useNow } from '../../ui/useNow';
import { ProgressBar } from '../jobRow';
import { JobMark } from '../marks';
import { elapsedOf, isOpen, isWaiting, jobStateLabel } from '../states';
import type { CellJob, CellJobState } from './job';
import { BroughtBack, Notes, isShort } from './notesView';

/** Milliseconds between two renderings of what counts by the second. */
const CLOCK_INTERVAL = 500;

/** What the line asks to be done beside what the job itself can do. */
export interface IHeaderActions {
  /** Show the job whole. */
  open(job: IJob): void;

  /** Show the error that the job failed with. */
  openError(job: IJob): void;

  /** Show what was found before sending, and ask whether to go on. */
  review(job: IJob): void;

  /** Send the cell again, where it was not sent. */
  sendAgain(model: CellJob): void;

  /** Send all cells of the notebook that the page was closed on. */
  sendLeft(model: CellJob): void;

  /** How many cells that is; 0 for all but the first of them, which has the button. */
  countLeft(model: CellJob): number;
}

export interface IHeaderProps {
  actions: IHeaderActions;
  model: CellJob;
  trans: TranslationBundle;
}

/** Where a cell was sent, how it stands there, and what came of it. */
export function HeaderView(props: IHeaderProps): JSX.Element {
  const { model, trans } = props;
  const { state } = model;
  return (
    <>
      <div className="jp-DsinfraCellJob-line">
        <span className="jp-DsinfraCellJob-mark" aria-hidden="true">
          <JobMark state={markStateOf(state)} trans={trans} />
        </span>
        <span className="jp-DsinfraCellJob-state" role="status">
          {stateText(model, trans)}
        </span>
        {state.kind === 'sent' ? (
          <SentLine {...props} job={state.job} />
        ) : (
          <UnsentLine {...props} />
        )}
      </div>
      <Notes {...props} />
    </>
  );
}

function markStateOf(state: CellJobState): JobState {
  return state.kind === 'sent'
    ? state.job.state
    : state.kind === 'refused'
      ? 'error'
      : state.kind === 'left'
        ? 'lost'
        : 'queued';
}

/** How it stands and where; said aloud when it changes. */
function stateText(model: CellJob, trans: TranslationBundle): string {
  const { state, target } = model;
  switch (state.kind) {
    case 'waiting':
      return trans.__('Waits for the cells above, then goes to %1', target);
    case 'sending':
      return trans.__('Sending to %1…', target);
    case 'refused':
    case 'left':
      return trans.__('Not sent to %1', target);
    case 'sent':
      return trans.__(
        '%1 on %2',
        jobStateLabel(state.job.state, trans),
        state.job.target
      );
  }
}

function UnsentLine(props: IHeaderProps): JSX.Element {
  const { actions, model, trans } = props;
  const { state } = model;
  const isLeft = state.kind === 'left';
  const isRefused = state.kind === 'refused' || isLeft;
  const count = isLeft ? actions.countLeft(model) : 0;
  return (
    <>
      <span className="jp-DsinfraCellJob-space" />
      {count > 1 && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          title={trans.__(
            'Send all cells that were not sent, one after the other'
          )}
          onClick={() => actions.sendLeft(model)}
        >
          {trans.__('Send the Rest (%1)', count)}
        </button>
      )}
      {isRefused && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => actions.sendAgain(model)}
        >
          {isLeft ? trans.__('Send') : trans.__('Try Again')}
        </button>
      )}
      {state.kind === 'waiting' && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => void model.cancel()}
        >
          {trans.__('Cancel')}
        </button>
      )}
      {isRefused && <CloseButton {...props} />}
    </>
  );
}

function SentLine(props: IHeaderProps & { job: IJob }): JSX.Element {
  const { actions, job, model, trans } = props;
  const isRunning = isOpen(job);
  const now = useNow(isRunning, CLOCK_INTERVAL) + model.clockOffset;
  return (
    <>
      <Clock job={job} now={now} />
      <Standing job={job} now={now} trans={trans} />
      <span className="jp-DsinfraCellJob-space" />
      {isWaiting(job) && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => actions.review(job)}
        >
          {trans.__('Review…')}
        </button>
      )}
      {isRunning ? (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          disabled={model.isBusy || job.cancel_asked_at !== null}
          title={trans.__('Interrupt the code, and end it if that does not')}
          onClick={() => void model.cancel()}
        >
          {trans.__('Cancel')}
        </button>
      ) : (
        job.error_id !== null && (
          <button
            type="button"
            className="jp-DsinfraButton jp-mod-plain"
            onClick={() => actions.openError(job)}
          >
            {trans.__('Error Details')}
          </button>
        )
      )}
      <button
        type="button"
        className="jp-DsinfraButton jp-mod-plain"
        title={trans.__('Show the job with its log, names and resources')}
        onClick={() => actions.open(job)}
      >
        {trans.__('Open Job')}
      </button>
      {!isRunning && <CloseButton {...props} />}
    </>
  );
}

function CloseButton(props: IHeaderProps): JSX.Element {
  const { model, trans } = props;
  const label = trans.__('Hide this line');
  return (
    <button
      type="button"
      className="jp-DsinfraRow-action"
      title={label}
      aria-label={label}
      onClick={() => model.dismiss()}
    >
      <closeIcon.react tag="span" />
    </button>
  );
}

/** How long it runs or ran; nothing before it has begun. */
function Clock(props: { job: IJob; now: number }): JSX.Element | null {
  const { job, now } = props;
  const elapsed = elapsedOf(job, now);
  return elapsed === null ? null : (
    <span className="jp-DsinfraCellJob-quiet">
      {isOpen(job) ? formatElapsed(elapsed) : formatDuration(elapsed)}
    </span>
  );
}

/** How far it came, or what it waits for. */
function Standing(props: {
  job: IJob;
  now: number;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { job, now, trans } = props;
  if (!isOpen(job)) {
    return isShort(job) ? (
      <span className="jp-DsinfraCellJob-standing" title={job.detail}>
        {job.detail}
      </span>
    ) : (
      <BroughtBack job={job} trans={trans} />
    );
  }
  const ratio = job.progress_ratio;
  if (ratio !== null && job.cancel_asked_at === null) {
    return <ProgressBar ratio={ratio} text={job.progress_text} trans={trans} />;
  }
  const text = standingOf(job, now, trans);
  return text === '' ? null : (
    <span className="jp-DsinfraCellJob-standing" title={text}>
      {text}
    </span>
  );
}

/** What a job waits for, in a few words; empty where its state says all. */
export function standingOf(
  job: IJob,
  now: number,
  trans: TranslationBundle
): string {
  if (job.cancel_asked_at !== null) {
    const left =
      job.kill_at === null ? null : (Date.parse(job.kill_at) - now) / 1000;
    return left === null
      ? trans.__('cancelling…')
      : left > 0
        ? trans.__('interrupted; it is killed in %1 s', Math.ceil(left))
        : trans.__('being killed…');
  }
  if (isWaiting(job)) {
    return trans.__('waits for your word');
  }
  if (job.state === 'queued' && job.queue_place !== null) {
    return job.queue_place === 0
      ? trans.__('next in the queue')
      : trans.__('%1 ahead in the queue', job.queue_place);
  }
  return job.detail;
}
