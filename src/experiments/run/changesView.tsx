import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type {
  IRun,
  IRunChanges,
  IRunDifference,
  IStaleReason,
  IUpstreamChange,
  IValueChange
} from '../../api/types';
import { DiffView } from '../../ui/diff';
import { flagText } from '../../ui/flags';
import type { ILoadable } from '../../ui/loadable';
import { NoticeBar } from '../../ui/notice';
import { formatValue } from '../../ui/numbers';
import { differs, summariseDifference } from './differences';

/** Rows of one kind that are shown before somebody asks for more. */
const ROWS = 20;

/** What is shown of what changed, and where its links lead. */
export interface IChangesProps {
  changes: ILoadable<IRunChanges>;
  open: (runId: string) => void;
  retry: () => void;
  trans: TranslationBundle;
}

/** Why a result no longer follows from what stands in the notebook. */
export function StaleMark(props: {
  reasons: readonly IStaleReason[];
  open: (runId: string) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { open, reasons, trans } = props;
  return reasons.length === 0 ? null : (
    <NoticeBar level="warning">
      <strong>{trans.__('Stale')}</strong>
      <ul className="jp-DsinfraRun-reasons">
        {reasons.map((reason, index) => {
          const { run_id: newer } = reason;
          return (
            <li key={index}>
              {reason.detail}{' '}
              {newer !== null && (
                <button
                  className="jp-DsinfraRun-link"
                  onClick={() => open(newer)}
                >
                  {trans.__('Open the newer run')}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </NoticeBar>
  );
}

/** Why a run may not repeat when its notebook is run from top to bottom. */
export function FlagMarks(props: {
  run: IRun;
  open: (runId: string) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { open, run, trans } = props;
  return run.flags.length === 0 ? null : (
    <NoticeBar level="info">
      <strong>{trans.__('May not repeat')}</strong>
      <ul className="jp-DsinfraRun-reasons">
        {run.flags.slice(0, ROWS).map((flag, index) => {
          const { run_id: writer } = flag;
          return (
            <li key={index}>
              {flagText(flag, trans)}{' '}
              {writer !== null && (
                <button
                  className="jp-DsinfraRun-link"
                  onClick={() => open(writer)}
                >
                  {trans.__('Open that run')}
                </button>
              )}
            </li>
          );
        })}
        {run.flags.length > ROWS && (
          <li>{trans.__('… and %1 more', run.flags.length - ROWS)}</li>
        )}
      </ul>
    </NoticeBar>
  );
}

/** What differs from the runs of the same cell before; nothing where nothing does. */
export function ChangesSection(props: IChangesProps): JSX.Element | null {
  const { changes, retry, trans } = props;
  const { failure, value } = changes;
  if (value === null) {
    // It is small and soon there: a skeleton would only flicker.
    return failure === null ? null : (
      <p className="jp-DsinfraRun-failure" role="alert">
        {trans.__('What changed is not known: %1', failure)}{' '}
        <button className="jp-DsinfraRun-link" onClick={retry}>
          {trans.__('Try again')}
        </button>
      </p>
    );
  }
  const { since_good: good, since_last: last } = value;
  return (
    <section
      className="jp-DsinfraRun-changes"
      aria-label={trans.__('What changed')}
    >
      {last === null ? (
        <p className="jp-DsinfraRun-quiet">
          {trans.__('First run of this cell.')}
        </p>
      ) : (
        <Difference
          {...props}
          difference={last}
          label={trans.__('Since the last run')}
        />
      )}
      {good !== null && (
        <Difference
          {...props}
          difference={good}
          label={trans.__('Since the last that succeeded')}
        />
      )}
    </section>
  );
}

/** What differs from one earlier run: a line, and all of it when opened. */
function Difference(
  props: IChangesProps & { difference: IRunDifference; label: string }
): JSX.Element | null {
  const { difference, label, open, trans } = props;
  const earlier = (
    <button
      className="jp-DsinfraRun-link"
      title={trans.__('Open the earlier run')}
      onClick={event => {
        event.preventDefault();
        open(difference.run_id);
      }}
    >
      {label}
    </button>
  );
  const hint = difference.is_code_only_seen && (
    <span className="jp-DsinfraRun-quiet">
      {trans.__('(only code could be compared)')}
    </span>
  );
  if (!differs(difference)) {
    return (
      <p>
        {earlier}{' '}
        <span className="jp-DsinfraRun-quiet">
          {trans.__('nothing has changed.')}
        </span>{' '}
        {hint}
      </p>
    );
  }
  return (
    <details>
      <summary>
        {earlier}
        <ul>
          {summariseDifference(difference, trans).map(text => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {hint}
      </summary>
      <DifferenceDetails {...props} />
    </details>
  );
}

function DifferenceDetails(
  props: IChangesProps & { difference: IRunDifference }
): JSX.Element {
  const { difference, open, trans } = props;
  const { code_diff: code, git, python } = difference;
  const around = [python, git].filter(
    (change): change is IValueChange => change !== null
  );
  return (
    <div className="jp-DsinfraRun-difference">
      {code !== '' && (
        <DiffView
          diff={code}
          label={trans.__('Changes of the code')}
          trans={trans}
        />
      )}
      <Changed
        changes={difference.params}
        label={trans.__('Parameters')}
        trans={trans}
      />
      <Changed
        changes={difference.metrics}
        label={trans.__('Metrics')}
        trans={trans}
      />
      <Changed
        changes={difference.data}
        label={trans.__('Data')}
        trans={trans}
      />
      <UpstreamChanges
        changes={difference.upstream}
        open={open}
        trans={trans}
      />
      <Changed
        changes={[...around, ...difference.packages]}
        label={trans.__('Environment')}
        trans={trans}
      />
    </div>
  );
}

/** Values before and after, as a table. */
function Changed(props: {
  changes: readonly IValueChange[];
  label: string;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { changes, label, trans } = props;
  const [shown, setShown] = React.useState(ROWS);
  return changes.length === 0 ? null : (
    <>
      <table className="jp-DsinfraRun-table" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{label}</th>
            <th scope="col">{trans.__('Before')}</th>
            <th scope="col">{trans.__('After')}</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, shown).map(change => (
            <tr key={change.key}>
              <th scope="row">{change.key}</th>
              <td>{formatValue(change.before)}</td>
              <td>{formatValue(change.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown < changes.length && (
        <button
          className="jp-DsinfraRun-link"
          onClick={() => setShown(changes.length)}
        >
          {trans.__('Show all %1', changes.length)}
        </button>
      )}
    </>
  );
}

/** The cells before this one that are others than before, or ran with other code. */
function UpstreamChanges(props: {
  changes: readonly IUpstreamChange[];
  open: (runId: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { changes, open, trans } = props;
  const idsOf = (
    key: 'after_run_id' | 'before_run_id',
    other: 'after_run_id' | 'before_run_id'
  ): string[] =>
    changes.flatMap(change => {
      const id = change[key];
      return id !== null && change[other] === null ? [id] : [];
    });
  return (
    <>
      {changes
        .filter(({ diff }) => diff !== '')
        .map((change, index) => (
          <UpstreamCode key={index} change={change} open={open} trans={trans} />
        ))}
      <RunLinks
        ids={idsOf('after_run_id', 'before_run_id')}
        open={open}
        text={trans.__('Cells that the result came from, and did not before:')}
        trans={trans}
      />
      <RunLinks
        ids={idsOf('before_run_id', 'after_run_id')}
        open={open}
        text={trans.__('Cells that the result came from before only:')}
        trans={trans}
      />
    </>
  );
}

/** A cell before this one that ran with other code. */
function UpstreamCode(props: {
  change: IUpstreamChange;
  open: (runId: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { change, open, trans } = props;
  const { after_run_id: after, before_run_id: before } = change;
  const ids = [before, after].filter((id): id is string => id !== null);
  const text = trans.__('A cell that it came from ran with other code:');
  return (
    <div>
      <RunLinks ids={ids} open={open} text={text} trans={trans} />
      <DiffView diff={change.diff} label={text} trans={trans} />
    </div>
  );
}

/** Links to some runs, after a text that says what they are. */
function RunLinks(props: {
  ids: readonly string[];
  open: (runId: string) => void;
  text: string;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { ids, open, text, trans } = props;
  return ids.length === 0 ? null : (
    <p className="jp-DsinfraRun-links">
      {text}
      {ids.slice(0, ROWS).map((id, index) => (
        <button
          key={id}
          className="jp-DsinfraRun-link"
          onClick={() => open(id)}
        >
          {trans.__('Run %1', index + 1)}
        </button>
      ))}
    </p>
  );
}
