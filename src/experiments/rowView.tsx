import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  consoleIcon,
  ellipsesIcon,
  notebookIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import type { IRunSummary } from '../api/types';
import {
  formatCount,
  formatElapsed,
  formatMoment,
  formatRelative,
  formatShortDuration,
  formatShortMoment
} from '../ui/format';
import { StarIcon } from '../ui/starIcon';
import { StatusIcon } from '../ui/status';
import { useNow } from '../ui/useNow';
import type {
  IEndRow,
  IExperimentRow,
  IRunRow,
  ISessionRow,
  Row
} from './rows';
import { isOpen } from './runs';
import { experimentDetails, runDetails, sessionDetails } from './rowDetails';

/** What every row needs to know beside itself. */
export interface IRowContext {
  trans: TranslationBundle;
  locale: string;

  /** The moment that times are relative to, in milliseconds. */
  now: number;

  /** Milliseconds that the server's clock is ahead. */
  clockOffset: number;

  /** Whether somebody looks, so that running durations tick. */
  isActive: boolean;

  /** A kernel's name as the launcher shows it. */
  kernelTitle: (name: string) => string;
  onRetry: (row: IEndRow) => void;
  onStar: (run: IRunSummary) => void;
  onMenu: (row: Row, element: HTMLElement) => void;
}

/** The content of a line, by its kind. */
export function RowContent(props: {
  row: Row;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  switch (row.kind) {
    case 'experiment':
      return <ExperimentContent row={row} context={context} />;
    case 'session':
      return <SessionContent row={row} context={context} />;
    case 'run':
      return row.experimentName === null ? (
        <RunContent row={row} context={context} />
      ) : (
        <FoundContent row={row} context={context} />
      );
    case 'end':
      return <EndContent row={row} context={context} />;
  }
}

/** What a pointer that rests on the line is told. */
export function rowDetails(row: Row, context: IRowContext): string {
  switch (row.kind) {
    case 'experiment':
      return experimentDetails(row.experiment, context);
    case 'session':
      return sessionDetails(row.run, context);
    case 'run':
      return runDetails(row.run, context);
    case 'end':
      return '';
  }
}

function ExperimentContent(props: {
  row: IExperimentRow;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { experiment } = row;
  const { locale, now } = context;
  const Icon = experiment.notebook_path === null ? consoleIcon : notebookIcon;
  return (
    <>
      <Caret isExpanded={row.isExpanded} />
      <Icon.react className="jp-DsinfraRow-icon" tag="span" />
      <span className="jp-DsinfraRow-label jp-mod-strong">
        {experiment.name}
      </span>
      <Counts
        runs={experiment.run_count}
        errors={experiment.error_count}
        context={context}
      />
      <span className="jp-DsinfraRow-time">
        {experiment.last_run_at === null
          ? ''
          : formatRelative(
              new Date(experiment.last_run_at),
              new Date(now),
              locale
            )}
      </span>
      <Actions row={row} context={context} />
    </>
  );
}

function SessionContent(props: {
  row: ISessionRow;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { run } = row;
  const { locale, now } = context;
  return (
    <>
      <Caret isExpanded={row.isExpanded} />
      <SessionMark run={run} trans={context.trans} />
      <span className="jp-DsinfraRow-label">
        {run.name || context.kernelTitle(run.kernel_name)}
      </span>
      <Star run={run} />
      <Counts
        runs={run.child_count}
        errors={run.error_count}
        context={context}
      />
      <span className="jp-DsinfraRow-time">
        {formatMoment(
          new Date(run.started_at ?? run.queued_at),
          new Date(now),
          locale
        )}
      </span>
      <Actions row={row} context={context} />
    </>
  );
}

/** A kernel that lives is no activity: it gets a dot, not a spinner. */
export function SessionMark(props: {
  run: Pick<IRunSummary, 'status'>;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, trans } = props;
  if (!isOpen(run) && run.status !== 'ok') {
    return <StatusIcon status={run.status} trans={trans} />;
  }
  return (
    <span
      className="jp-DsinfraRow-dot"
      data-live={isOpen(run)}
      role="img"
      aria-label={isOpen(run) ? trans.__('Kernel alive') : trans.__('Ended')}
    />
  );
}

function RunContent(props: {
  row: IRunRow;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { run } = row;
  return (
    <>
      <StatusIcon status={run.status} trans={context.trans} />
      <Execution run={run} />
      <RunLabel run={run} trans={context.trans} />
      {run.error_name && (
        <span className="jp-DsinfraRow-error">{run.error_name}</span>
      )}
      <Star run={run} />
      <Duration run={run} context={context} />
      <Actions row={row} context={context} />
    </>
  );
}

/** Two lines: the run, and below it where and when. */
function FoundContent(props: {
  row: IRunRow;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { run } = row;
  const { locale, now } = context;
  return (
    <>
      <StatusIcon status={run.status} trans={context.trans} />
      <span className="jp-DsinfraRow-lines">
        <span className="jp-DsinfraRow-first">
          <RunLabel run={run} trans={context.trans} />
          <Star run={run} />
          <Duration run={run} context={context} />
        </span>
        <span className="jp-DsinfraRow-second">
          <span className="jp-DsinfraRow-where">{row.experimentName}</span>
          <Execution run={run} />
          {run.error_name && (
            <span className="jp-DsinfraRow-error">{run.error_name}</span>
          )}
          <span className="jp-DsinfraRow-time">
            {formatShortMoment(new Date(run.queued_at), new Date(now), locale)}
          </span>
        </span>
      </span>
      <Actions row={row} context={context} />
    </>
  );
}

function EndContent(props: {
  row: IEndRow;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { trans } = context;
  switch (row.state) {
    case 'more':
      return (
        <span className="jp-DsinfraRow-label jp-mod-faint">
          {trans.__('Loading…')}
        </span>
      );
    case 'empty':
      return (
        <span className="jp-DsinfraRow-label jp-mod-faint">
          {trans.__('No runs yet')}
        </span>
      );
    case 'failed':
      return (
        <>
          <span className="jp-DsinfraRow-label jp-mod-faint">
            {trans.__('Could not be loaded')}
          </span>
          <button
            type="button"
            className="jp-DsinfraButton jp-mod-plain"
            onClick={() => context.onRetry(row)}
          >
            {trans.__('Retry')}
          </button>
        </>
      );
  }
}

function Caret(props: { isExpanded: boolean }): JSX.Element {
  const Icon = props.isExpanded ? caretDownIcon : caretRightIcon;
  return <Icon.react className="jp-DsinfraRow-caret" tag="span" />;
}

function Counts(props: {
  runs: number;
  errors: number;
  context: IRowContext;
}): JSX.Element {
  const { runs, errors, context } = props;
  const { locale, trans } = context;
  return (
    <>
      {errors > 0 && (
        <span
          className="jp-DsinfraRow-errorCount"
          aria-label={trans._n('%1 error', '%1 errors', errors)}
        >
          {formatCount(errors, locale)}
        </span>
      )}
      <span
        className="jp-DsinfraRow-count"
        aria-label={trans._n('%1 run', '%1 runs', runs)}
      >
        {formatCount(runs, locale)}
      </span>
    </>
  );
}

function Execution(props: { run: IRunSummary }): JSX.Element | null {
  const { execution_count: count } = props.run;
  return <span className="jp-DsinfraRow-execution">{`[${count ?? ' '}]`}</span>;
}

function RunLabel(props: {
  run: IRunSummary;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, trans } = props;
  if (run.name) {
    return <span className="jp-DsinfraRow-label">{run.name}</span>;
  }
  if (run.code_line) {
    return (
      <code className="jp-DsinfraRow-label jp-mod-code">{run.code_line}</code>
    );
  }
  return (
    <span className="jp-DsinfraRow-label jp-mod-faint">
      {trans.__('Code not recorded')}
    </span>
  );
}

function Star(props: { run: IRunSummary }): JSX.Element | null {
  return props.run.is_starred ? (
    <StarIcon className="jp-DsinfraRow-star" isFilled />
  ) : null;
}

function Duration(props: {
  run: IRunSummary;
  context: IRowContext;
}): JSX.Element {
  const { run, context } = props;
  const isTicking = run.status === 'running' && run.started_at !== null;
  const now = useNow(isTicking && context.isActive, 1000);
  const text =
    isTicking && run.started_at !== null
      ? formatElapsed(
          (now + context.clockOffset - Date.parse(run.started_at)) / 1000
        )
      : run.duration_s === null
        ? ''
        : formatShortDuration(run.duration_s);
  return <span className="jp-DsinfraRow-time jp-mod-duration">{text}</span>;
}

/** Buttons that take the place of the time while the line is pointed at. */
function Actions(props: {
  row: Exclude<Row, IEndRow>;
  context: IRowContext;
}): JSX.Element {
  const { row, context } = props;
  const { trans } = context;
  const run = row.kind === 'experiment' ? null : row.run;
  const starLabel = run?.is_starred
    ? trans.__('Remove star')
    : trans.__('Star');
  return (
    <span className="jp-DsinfraRow-actions">
      {run !== null && (
        <button
          type="button"
          className="jp-DsinfraRow-action"
          tabIndex={-1}
          title={starLabel}
          aria-label={starLabel}
          onClick={event => {
            event.stopPropagation();
            context.onStar(run);
          }}
        >
          <StarIcon isFilled={run.is_starred} />
        </button>
      )}
      <button
        type="button"
        className="jp-DsinfraRow-action"
        tabIndex={-1}
        title={trans.__('More actions')}
        aria-label={trans.__('More actions')}
        aria-haspopup="menu"
        onClick={event => {
          event.stopPropagation();
          context.onMenu(row, event.currentTarget);
        }}
      >
        <ellipsesIcon.react tag="span" />
      </button>
    </span>
  );
}
