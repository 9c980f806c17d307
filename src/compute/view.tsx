import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IJob } from '../api/types';
import { Notice, NoticeBar, Skeleton } from '../ui/notice';
import { useNow } from '../ui/useNow';
import { Announcer } from './announcer';
import type { IRowContext } from './jobRow';
import { JobsView } from './jobsView';
import type { ComputeModel } from './model';
import type { ITargetActions } from './targetView';
import { TargetView } from './targetView';

/** Milliseconds between two renderings of times, while jobs run and while none does. */
const CLOCK_INTERVAL = 1000;
const SLOW_CLOCK_INTERVAL = 30_000;

/** What makes a server load our extension; not a text, so not translated. */
const ENABLE_COMMAND = 'jupyter server extension enable dsinfra_jlab';

/** What the section can ask for beside what its model does. */
export interface IComputeActions extends ITargetActions {
  open(job: IJob): void;
  cancel(job: IJob): void;
  retry(job: IJob): void;

  /** Show what was found before a job is sent. */
  review(job: IJob): void;
  forget(job: IJob): void;

  /** Show the menu of a job at a place on the screen. */
  showJobMenu(job: IJob, x: number, y: number): void;
}

export interface IComputeProps {
  model: ComputeModel;
  actions: IComputeActions;
  trans: TranslationBundle;
  locale: string;
}

/** The Compute section. */
export function ComputeView(props: IComputeProps): JSX.Element {
  const { model, trans } = props;
  switch (model.phase) {
    case 'failed':
      return <FailedNotice model={model} trans={trans} />;
    case 'loading':
      return <Skeleton label={trans.__('Loading targets and jobs')} />;
    case 'ready':
      return <Ready {...props} />;
  }
}

function FailedNotice(props: {
  model: ComputeModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  const isMissing = model.serverState === 'missing';
  return (
    <Notice
      kind="failed"
      title={
        isMissing
          ? trans.__('The server extension is not enabled')
          : trans.__('Targets and jobs could not be loaded')
      }
      action={{
        label: trans.__('Retry'),
        onClick: () => void model.refresh()
      }}
    >
      {isMissing ? (
        <>
          {trans.__('Run this on the server, then restart it:')}
          <code className="jp-DsinfraNotice-code">{ENABLE_COMMAND}</code>
        </>
      ) : (
        model.failure
      )}
    </Notice>
  );
}

function Ready(props: IComputeProps): JSX.Element {
  const { model, actions, trans } = props;
  return (
    <>
      {model.failure !== null && (
        <NoticeBar
          level="error"
          action={{
            label: trans.__('Retry'),
            onClick: () => void model.refresh()
          }}
        >
          {trans.__('Out of date: %1', model.failure)}
        </NoticeBar>
      )}
      <ul className="jp-DsinfraTargets" aria-label={trans.__('Targets')}>
        {model.targets.map(target => (
          <TargetView
            key={target.name}
            target={target}
            actions={actions}
            trans={trans}
          />
        ))}
      </ul>
      {model.open.length + model.ended.length === 0 ? (
        <Notice kind="empty" title={trans.__('No jobs yet')}>
          {trans.__(
            'To send a cell to a target, choose “Run on” in its toolbar or its context menu. It runs there with the variables it needs, and its output and results come back into the notebook.'
          )}
        </Notice>
      ) : (
        <Jobs {...props} />
      )}
      <Announcer jobs={[...model.open, ...model.ended]} trans={trans} />
    </>
  );
}

function Jobs(props: IComputeProps): JSX.Element {
  const { model, actions, trans, locale } = props;
  const isTicking = model.open.some(job => job.started_at !== null);
  const now = useNow(
    model.isActive,
    isTicking ? CLOCK_INTERVAL : SLOW_CLOCK_INTERVAL
  );
  const onEnd = React.useCallback(() => model.loadMore(), [model]);
  const context: IRowContext = {
    trans,
    locale,
    now: now + model.clockOffset,
    cancel: job => actions.cancel(job),
    retry: job => actions.retry(job),
    review: job => actions.review(job),
    onMenu: (job, element) => {
      model.selectedId = job.id;
      const { left, bottom } = element.getBoundingClientRect();
      actions.showJobMenu(job, left, bottom);
    }
  };
  return (
    <JobsView
      open={model.open}
      ended={model.ended}
      hasMoreOpen={model.hasMoreOpen}
      hasMoreEnded={model.hasMoreEnded}
      selectedId={model.selectedId}
      context={context}
      onSelect={id => {
        model.selectedId = id;
      }}
      onOpen={job => actions.open(job)}
      onKey={(key, job) => onKey(key, job, actions)}
      onMenu={(job, x, y) => actions.showJobMenu(job, x, y)}
      onEnd={onEnd}
    />
  );
}

/** Do what a key stands for beside walking; false if it stands for nothing. */
function onKey(key: string, job: IJob, actions: IComputeActions): boolean {
  if (key !== 'Delete') {
    return false;
  }
  if (job.ended_at === null) {
    actions.cancel(job);
  } else {
    actions.forget(job);
  }
  return true;
}
