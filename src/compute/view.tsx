import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IJob, IJobGroup } from '../api/types';
import { FailedSection, OutOfDate } from '../ui/failures';
import { Notice, Skeleton } from '../ui/notice';
import { useNow } from '../ui/useNow';
import { Announcer } from './announcer';
import type { IGroupContext } from './groupRow';
import type { IRowContext } from './jobRow';
import { JobsView } from './jobsView';
import type { ActiveLine } from './lines';
import { linesOf } from './lines';
import type { ComputeModel } from './model';
import { isGroupOpen } from './states';
import type { ITargetActions } from './targetView';
import { TargetView } from './targetView';

/** Milliseconds between two renderings of times, while jobs run and while none does. */
const CLOCK_INTERVAL = 1000;
const SLOW_CLOCK_INTERVAL = 30_000;

/** What makes a server load our extension; not a text, so not translated. */

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

  /** Ask for the end of every item of a group that has not ended. */
  cancelGroup(group: IJobGroup): void;

  /** Send the items that failed again. */
  retryGroup(group: IJobGroup): void;
  showGroupMenu(group: IJobGroup, x: number, y: number): void;
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
      return (
        <FailedSection
          title={trans.__('Targets and jobs could not be loaded')}
          model={model}
          trans={trans}
        />
      );
    case 'loading':
      return <Skeleton label={trans.__('Loading targets and jobs')} />;
    case 'ready':
      return <Ready {...props} />;
  }
}

function Ready(props: IComputeProps): JSX.Element {
  const { model, actions, trans } = props;
  return (
    <>
      <OutOfDate
        failure={model.failure}
        retry={() => void model.refresh()}
        trans={trans}
      />
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
      {isEmpty(model) ? (
        <Notice kind="empty" title={trans.__('No jobs yet')}>
          {trans.__(
            'To send a cell to a target, choose “Run on” in its toolbar or its context menu. It runs there with the variables it needs, and its output and results come back into the notebook.'
          )}
        </Notice>
      ) : (
        <Jobs {...props} />
      )}
      <Announcer
        jobs={[...model.open, ...model.ended]}
        groups={[...model.openGroups, ...model.endedGroups]}
        trans={trans}
      />
    </>
  );
}

function isEmpty(model: ComputeModel): boolean {
  const { open, ended, openGroups, endedGroups } = model;
  return [open, ended, openGroups, endedGroups].every(
    ({ length }) => length === 0
  );
}

function Jobs(props: IComputeProps): JSX.Element {
  const { model, actions, trans, locale } = props;
  const isTicking = [...model.open, ...model.openGroups].some(
    ({ started_at: startedAt }) => startedAt !== null
  );
  const now = useNow(
    model.isActive,
    isTicking ? CLOCK_INTERVAL : SLOW_CLOCK_INTERVAL
  );
  const onEnd = React.useCallback(
    (groupId: string | null) => model.loadMore(groupId),
    [model]
  );
  // Made anew with what is listed, not with the clock.
  const lines = React.useMemo(
    () => linesOf(model, trans),
    [
      model.open,
      model.ended,
      model.openGroups,
      model.endedGroups,
      model.itemsVersion
    ]
  );
  const onMenu = (line: ActiveLine, x: number, y: number): void =>
    line.kind === 'group'
      ? actions.showGroupMenu(line.group, x, y)
      : actions.showJobMenu(line.job, x, y);
  const context: IRowContext & IGroupContext = {
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
    },
    cancelGroup: group => actions.cancelGroup(group),
    retryGroup: group => actions.retryGroup(group),
    onGroupMenu: (group, element) => {
      model.selectedId = group.id;
      const { left, bottom } = element.getBoundingClientRect();
      actions.showGroupMenu(group, left, bottom);
    }
  };
  return (
    <JobsView
      lines={lines}
      selectedKey={model.selectedId}
      context={context}
      onSelect={id => {
        model.selectedId = id;
      }}
      onToggle={({ id }, isExpanded) => model.toggle(id, isExpanded)}
      onOpen={job => actions.open(job)}
      onKey={(key, line) => onKey(key, line, actions)}
      onMenu={onMenu}
      onEnd={onEnd}
    />
  );
}

/** Do what a key stands for beside walking; false if it stands for nothing. */
function onKey(
  key: string,
  line: ActiveLine,
  actions: IComputeActions
): boolean {
  if (key !== 'Delete') {
    return false;
  }
  if (line.kind === 'group') {
    if (isGroupOpen(line.group)) {
      actions.cancelGroup(line.group);
    }
  } else if (line.job.ended_at === null) {
    actions.cancel(line.job);
  } else {
    actions.forget(line.job);
  }
  return true;
}
