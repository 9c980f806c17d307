import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRunSummary } from '../../api/types';
import { formatDuration, formatMoment } from '../../ui/format';
import { StatusIcon } from '../../ui/status';
import type { IChildren } from './model';

/** What the list of the runs below a run shows. */
export interface IChildrenProps {
  children: IChildren;
  /** How many there are in all. */
  count: number;
  /** Whether they are the runs of a session, else the blocks of a run. */
  isOfSession: boolean;
  loadMore: () => void;
  locale: string;
  open: (id: string) => void;
  trans: TranslationBundle;
}

/** The runs of a session, or the blocks of a run, newest first. */
export function ChildrenSection(props: IChildrenProps): JSX.Element {
  const { count, isOfSession, trans } = props;
  const label = isOfSession ? trans.__('Runs') : trans.__('Blocks');
  const { cursor, failure, items } = props.children;
  return (
    <section className="jp-DsinfraRun-children" aria-label={label}>
      <h2>{label}</h2>
      <ul>
        {items.map(run => (
          <li key={run.id}>
            <ChildRow
              locale={props.locale}
              open={props.open}
              run={run}
              trans={trans}
            />
          </li>
        ))}
      </ul>
      {failure !== null && (
        <p className="jp-DsinfraRun-failure" role="alert">
          {failure}
        </p>
      )}
      {cursor !== null && (
        <button
          className="jp-Button jp-mod-styled"
          title={trans.__('Show older ones')}
          onClick={props.loadMore}
        >
          {trans.__('Show more (%1 of %2)', items.length, count)}
        </button>
      )}
    </section>
  );
}

function ChildRow(
  props: Pick<IChildrenProps, 'locale' | 'open' | 'trans'> & {
    run: IRunSummary;
  }
): JSX.Element {
  const { run, trans } = props;
  return (
    <button
      className="jp-DsinfraRun-row"
      title={run.name || run.code_line}
      onClick={() => props.open(run.id)}
    >
      <StatusIcon status={run.status} trans={trans} />
      <span className="jp-DsinfraRun-count">
        {run.execution_count === null ? '' : `[${run.execution_count}]`}
      </span>
      <span className="jp-DsinfraRun-line">
        {run.name || run.code_line || trans.__('Code not recorded')}
      </span>
      <span className="jp-DsinfraRun-quiet">
        {run.duration_s === null ? '' : formatDuration(run.duration_s)}
      </span>
      <time className="jp-DsinfraRun-quiet" dateTime={run.queued_at}>
        {formatMoment(new Date(run.queued_at), new Date(), props.locale)}
      </time>
    </button>
  );
}
