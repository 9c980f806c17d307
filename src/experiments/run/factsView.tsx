import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IKernelHealth, IRun } from '../../api/types';
import { peakReason, peakText } from '../../resources/run/words';
import {
  formatDuration,
  formatElapsed,
  formatFullMoment
} from '../../ui/format';
import { useNow } from '../../ui/useNow';

/** How often a running run's duration is drawn anew. */
const TICK_MS = 1000;

/** A shorter wait for the kernel is not told. */
const WAIT_MIN_MS = 1000;

/** What `Facts` shows, and where its links lead. */
export interface IFactsProps {
  run: IRun;
  /** How the kernel is seen now; null if it is not watched any more. */
  kernelHealth: IKernelHealth | null;
  /** Milliseconds that the server's clock is ahead of this browser's. */
  clockOffset: number;
  /** Whether the duration of a running run ticks: not while nobody looks. */
  isTicking: boolean;
  locale: string;
  openNotebook: (() => void) | null;
  openParent: (() => void) | null;
  trans: TranslationBundle;
}

/** When, where and by whom a run was run. */
export function Facts(props: IFactsProps): JSX.Element {
  const { run, trans } = props;
  return (
    <dl className="jp-DsinfraRun-facts">
      <Moment
        label={trans.__('Queued')}
        at={hasWaited(run) ? run.queued_at : null}
        locale={props.locale}
      />
      <Moment
        label={trans.__('Started')}
        at={run.started_at}
        locale={props.locale}
      />
      <Moment
        label={trans.__('Ended')}
        at={run.ended_at}
        locale={props.locale}
      />
      <Duration {...props} />
      {run.execution_count !== null && (
        <Fact label={trans.__('Execution count')}>[{run.execution_count}]</Fact>
      )}
      <Fact label={trans.__('Kernel')}>
        {run.kernel_name}
        {run.language && run.language !== run.kernel_name && (
          <span className="jp-DsinfraRun-quiet"> ({run.language})</span>
        )}
      </Fact>
      <Fact label={trans.__('Experiment')}>
        {props.openNotebook ? (
          <Link
            text={run.experiment_name}
            title={trans.__('Open %1', run.notebook_path ?? '')}
            onClick={props.openNotebook}
          />
        ) : (
          run.experiment_name
        )}
      </Fact>
      {props.openParent && (
        <Fact
          label={run.kind === 'block' ? trans.__('Cell') : trans.__('Session')}
        >
          <Link
            text={
              run.kind === 'block'
                ? trans.__('Open the cell run')
                : trans.__('Open the session')
            }
            title={trans.__('Open the run that this one is part of')}
            onClick={props.openParent}
          />
        </Fact>
      )}
      {run.user && (
        <Fact label={trans.__('User')}>
          <span className="jp-DsinfraRun-long" title={run.user}>
            {run.user}
          </span>
        </Fact>
      )}
      {run.target && <Fact label={trans.__('Target')}>{run.target}</Fact>}
      <Measures run={run} trans={trans} />
      {props.kernelHealth !== null && (
        <Fact label={trans.__('Seen from inside the kernel')}>
          {probeText(props.kernelHealth, trans)}
        </Fact>
      )}
    </dl>
  );
}

/** Return what was left out of a run, counted: "3 parameters, 120,000 points". */
export function droppedText(
  dropped: Record<string, number>,
  trans: TranslationBundle
): string {
  const words: Record<string, string> = {
    params: trans.__('parameters'),
    metrics: trans.__('metrics'),
    points: trans.__('points'),
    values: trans.__('values that are no numbers'),
    long_texts: trans.__('long texts'),
    long_numbers: trans.__('huge integers'),
    tags: trans.__('tags'),
    blocks: trans.__('blocks'),
    data: trans.__('files and other data')
  };
  return Object.entries(dropped)
    .map(([kind, count]) => `${count.toLocaleString()} ${words[kind] ?? kind}`)
    .join(', ');
}

/** Return whether the probe is in a kernel, and why not. */
export function probeText(
  health: IKernelHealth,
  trans: TranslationBundle
): string {
  switch (health.probe) {
    case 'loaded':
      return trans.__('Yes');
    case 'off':
      return health.detail || trans.__('No: it is turned off');
    case 'failed':
      return trans.__('No, it failed: %1', health.detail);
    case 'unsupported':
      return health.detail || trans.__('No: not possible with this kernel');
  }
}

/** Whether there was time worth telling between asking for the run and its start. */
function hasWaited(run: IRun): boolean {
  return (
    run.started_at === null ||
    Date.parse(run.started_at) - Date.parse(run.queued_at) >= WAIT_MIN_MS
  );
}

/** What the run used of the machine, where it was measured. */
function Measures(props: { run: IRun; trans: TranslationBundle }): JSX.Element {
  const { run, trans } = props;
  return (
    <>
      {run.cpu_s !== null && (
        <Fact label={trans.__('CPU time')}>{formatDuration(run.cpu_s)}</Fact>
      )}
      {run.peak_rss && (
        <Fact label={trans.__('Peak memory')}>
          <Peak peak={run.peak_rss} trans={trans} />
        </Fact>
      )}
      {run.peak_gpu_memory && (
        <Fact label={trans.__('Peak GPU memory')}>
          <Peak peak={run.peak_gpu_memory} trans={trans} />
        </Fact>
      )}
      {Object.keys(run.dropped).length > 0 && (
        <Fact label={trans.__('Left out because of limits')}>
          {droppedText(run.dropped, trans)}
        </Fact>
      )}
      {run.kind === 'session' && (
        <Fact label={trans.__('Runs')}>
          {trans._n('%1 run', '%1 runs', run.child_count)}
          {run.error_count > 0 &&
            `, ${trans._n('%1 with an error', '%1 with errors', run.error_count)}`}
        </Fact>
      )}
    </>
  );
}

function Peak(props: {
  peak: NonNullable<IRun['peak_rss']>;
  trans: TranslationBundle;
}): JSX.Element {
  const { peak, trans } = props;
  return <span title={peakReason(peak, trans)}>{peakText(peak, trans)}</span>;
}

/** How long the run took, or has been taking. */
function Duration(props: IFactsProps): JSX.Element | null {
  const { run, trans } = props;
  const isOpen = run.started_at !== null && run.ended_at === null;
  const now = useNow(isOpen && props.isTicking, TICK_MS) + props.clockOffset;
  if (run.started_at === null) {
    return null;
  }
  const seconds = isOpen
    ? (now - Date.parse(run.started_at)) / 1000
    : run.duration_s;
  if (seconds === null) {
    return null;
  }
  return (
    <Fact label={trans.__('Duration')}>
      {isOpen ? formatElapsed(seconds) : formatDuration(seconds)}
    </Fact>
  );
}

function Moment(props: {
  label: string;
  at: string | null;
  locale: string;
}): JSX.Element | null {
  return props.at === null ? null : (
    <Fact label={props.label}>
      <time dateTime={props.at} title={props.at}>
        {formatFullMoment(new Date(props.at), props.locale)}
      </time>
    </Fact>
  );
}

function Fact(props: {
  label: string;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <div className="jp-DsinfraRun-fact">
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Link(props: {
  text: string;
  title: string;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      className="jp-DsinfraRun-link"
      title={props.title}
      onClick={props.onClick}
    >
      {props.text}
    </button>
  );
}
