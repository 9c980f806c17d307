import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../../api/types';
import { broughtNames } from '../names';
import { PreflightItems } from '../preflight/view';
import { isOpen } from '../states';
import type { IHeaderProps } from './headerView';

/** Names named in a sentence before the others are counted. */
const NAMES_MAX = 4;

/** What there is to say and to choose besides how the job stands. */
export function Notes(props: IHeaderProps): JSX.Element | null {
  const { model, trans } = props;
  const { state } = model;
  if (state.kind === 'refused') {
    return <Note level="error">{state.text}</Note>;
  }
  if (state.kind === 'left') {
    return (
      <Note level="warning">
        {trans.__(
          'The notebook was closed while this cell waited for those above it.'
        )}
      </Note>
    );
  }
  if (state.kind !== 'sent') {
    return null;
  }
  const { failure, job } = state;
  const blocking = job.preflight?.items.filter(item => item.is_blocking) ?? [];
  return (
    <>
      {failure !== null && <Note level="warning">{failure}</Note>}
      {!isOpen(job) && (
        <>
          {blocking.length > 0 ? (
            <div className="jp-DsinfraCellJob-note" data-level="error">
              <PreflightItems items={blocking} trans={trans} />
            </div>
          ) : (
            job.detail !== '' &&
            !isLeft(job) &&
            !isShort(job) && (
              <Note level={job.state === 'ok' ? 'warning' : 'error'}>
                {job.detail}
              </Note>
            )
          )}
          <Results {...props} job={job} />
        </>
      )}
      {model.isTruncated && (
        <Note level="warning">
          {trans.__('Some output was left out: there was too much of it.')}
        </Note>
      )}
      {model.isEdited && (
        <Note level="info">
          {trans.__(
            'The cell was edited since. The output is that of the code as it was sent.'
          )}
        </Note>
      )}
    </>
  );
}

/** Whether the output or the state says all but a few words, which fit into the line. */
export function isShort(job: IJob): boolean {
  return job.error_id !== null || job.state === 'cancelled';
}

/** Whether results wait for the user's word, because their kernel is another one by now. */
function isLeft(job: IJob): boolean {
  return (
    job.state === 'ok' && job.result_state === 'waiting' && job.detail !== ''
  );
}

function Note(props: {
  level: 'error' | 'warning' | 'info';
  children: React.ReactNode;
}): JSX.Element {
  const { level, children } = props;
  return (
    <div className="jp-DsinfraCellJob-note" data-level={level}>
      {children}
    </div>
  );
}

/** What came back, and what the user can choose of it. */
function Results(props: IHeaderProps & { job: IJob }): JSX.Element {
  const { job, model, trans } = props;
  const { conflicts, result_state: state } = job;
  const names = broughtNames(job).map(({ name }) => name);
  const changed = job.changed_inputs
    .map(({ name }) => name)
    .filter(name => !names.includes(name) && !model.broughtBack.has(name));
  return (
    <>
      {state === 'conflict' && (
        <Note level="warning">
          <span>
            <Names names={conflicts} trans={trans} />{' '}
            {trans._n(
              'was changed here while the job ran.',
              'were changed here while the job ran.',
              conflicts.length
            )}
          </span>
          <NoteButton
            isDisabled={model.isBusy}
            label={trans.__('Keep Mine')}
            onClick={() => void model.land({ names: [], overwrite: true })}
          />
          <NoteButton
            isDisabled={model.isBusy}
            label={trans.__('Take Theirs')}
            onClick={() =>
              void model.land({ names: [...conflicts], overwrite: true })
            }
          />
        </Note>
      )}
      {isLeft(job) && (
        <Note level="warning">
          <span>{job.detail}</span>
          <NoteButton
            isDisabled={model.isBusy}
            label={trans.__('Bring into the Kernel')}
            onClick={() => void model.land({ names: null, overwrite: false })}
          />
        </Note>
      )}
      {state === 'gone' && (
        <Note level="warning">
          {trans.__(
            'The results are no longer there: their kernel has ended, or their folder was removed.'
          )}
        </Note>
      )}
      {changed.length > 0 && state !== 'gone' && (
        <Note level="info">
          <span>
            <Names names={changed} trans={trans} />{' '}
            {trans._n(
              'was changed there. The notebook has it as it was sent.',
              'were changed there. The notebook has them as they were sent.',
              changed.length
            )}
          </span>
          <NoteButton
            isDisabled={model.isBusy}
            label={trans.__('Bring Back')}
            onClick={() => void model.land({ names: changed, overwrite: true })}
          />
        </Note>
      )}
    </>
  );
}

function NoteButton(props: {
  isDisabled: boolean;
  label: string;
  onClick: () => void;
}): JSX.Element {
  const { isDisabled, label, onClick } = props;
  return (
    <button
      type="button"
      className="jp-DsinfraButton jp-mod-plain"
      disabled={isDisabled}
      onClick={onClick}
    >
      {label}
    </button>
  );
}

/** The names that came back, in the line itself. */
export function BroughtBack(props: {
  job: IJob;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { job, trans } = props;
  const { result_state: state } = job;
  // A module was imported there; that it is here as well is no news.
  const names = broughtNames(job)
    .filter(({ type }) => type !== 'module')
    .map(({ name }) => name);
  return names.length === 0 ||
    (state !== 'landed' && (state !== 'waiting' || isLeft(job))) ? null : (
    <span className="jp-DsinfraCellJob-standing">
      {state === 'landed'
        ? trans.__('Brought back:')
        : trans.__('Comes back before the next cell:')}{' '}
      <Names names={names} trans={trans} />
    </span>
  );
}

/** Names as code; of many the first ones and how many more. */
function Names(props: {
  names: readonly string[];
  trans: TranslationBundle;
}): JSX.Element {
  const { names, trans } = props;
  const shown =
    names.length > NAMES_MAX ? names.slice(0, NAMES_MAX - 1) : names;
  return (
    <span title={names.join(', ')}>
      {shown.map((name, index) => (
        <React.Fragment key={name}>
          {index > 0 && ', '}
          <code>{name}</code>
        </React.Fragment>
      ))}
      {shown.length < names.length &&
        ` ${trans.__('and %1 more', names.length - shown.length)}`}
    </span>
  );
}
