import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun, IRunPatch } from '../../api/types';
import { NameEditor, NoteEditor, TagsEditor } from './edit-view';
import { Facts } from './facts-view';
import type { RunState } from './model';
import { StarButton, StatusLine } from './status-view';

/** What the head of a run's view shows, and what can be done there. */
export interface IHeadProps {
  state: RunState;
  clockOffset: number;
  /** Whether the view is on screen. */
  isActive: boolean;
  locale: string;
  openNotebook: (() => void) | null;
  openParent: (() => void) | null;
  patch: (patch: IRunPatch) => Promise<void>;
  restore: () => void;
  retry: () => void;
  trans: TranslationBundle;
}

/** Everything of a run above its code, or why there is no run to show. */
export function Head(props: IHeadProps): JSX.Element {
  const { state, trans } = props;
  switch (state.kind) {
    case 'loading':
      return (
        <p className="jp-DsinfraRun-empty" role="status">
          {trans.__('Loading the run…')}
        </p>
      );
    case 'missing':
      return (
        <p className="jp-DsinfraRun-empty" role="alert">
          {trans.__(
            'This run is not in the store. It was deleted, or erased when its time was up.'
          )}
        </p>
      );
    case 'failed':
      return (
        <div className="jp-DsinfraRun-empty" role="alert">
          <p>{trans.__('The run could not be fetched: %1', state.failure)}</p>
          <TextButton text={trans.__('Try again')} onClick={props.retry} />
        </div>
      );
    case 'deleted':
      return (
        <div className="jp-DsinfraRun-empty" role="alert">
          <p>{trans.__('This run was deleted.')}</p>
          {state.failure !== null && (
            <p className="jp-DsinfraRun-failure">{state.failure}</p>
          )}
          <TextButton text={trans.__('Undo')} onClick={props.restore} />
        </div>
      );
    case 'ready':
      return <RunHead {...props} run={state.run} failure={state.failure} />;
  }
}

function RunHead(
  props: IHeadProps & { run: IRun; failure: string | null }
): JSX.Element {
  const { failure, run, trans } = props;
  const edit = { run, patch: props.patch, trans };
  return (
    <header className="jp-DsinfraRun-head">
      {failure !== null && (
        <div className="jp-DsinfraRun-notice" role="alert">
          {trans.__('Out of date: %1', failure)}{' '}
          <TextButton text={trans.__('Try again')} onClick={props.retry} />
        </div>
      )}
      <div className="jp-DsinfraRun-title">
        <StarButton {...edit} />
        <NameEditor {...edit} fallback={titleOf(run, trans)} />
      </div>
      <StatusLine run={run} trans={trans} />
      <Warnings run={run} trans={trans} />
      <TagsEditor {...edit} />
      <NoteEditor {...edit} />
      <Facts {...props} isTicking={props.isActive} />
      <Values label={trans.__('Parameters')} values={run.params} />
      <Values label={trans.__('Metrics')} values={run.metrics} />
    </header>
  );
}

/** What a run is called that the user gave no name. */
export function titleOf(run: IRun, trans: TranslationBundle): string {
  if (run.kind === 'session') {
    return trans.__('Session of %1', run.experiment_name);
  }
  const line = run.code.split('\n').find(text => text.trim() !== '');
  return line?.trim() ?? trans.__('(no code)');
}

/** What ended the run, and what is not known of it. */
function Warnings(props: { run: IRun; trans: TranslationBundle }): JSX.Element {
  const { run, trans } = props;
  return (
    <>
      {run.error_name !== null && (
        <div className="jp-DsinfraRun-error" role="note">
          <strong>{run.error_name}</strong>
          {run.error_message ? `: ${run.error_message}` : ''}
        </div>
      )}
      {run.missed_messages !== null && run.missed_messages > 0 && (
        <div className="jp-DsinfraRun-notice" role="note">
          {trans._n(
            '%1 message of the kernel was missed during this run: its outputs may be incomplete.',
            '%1 messages of the kernel were missed during this run: its outputs may be incomplete.',
            run.missed_messages
          )}
        </div>
      )}
    </>
  );
}

/** Named values of a run, such as its parameters; nothing if it has none. */
function Values(props: {
  label: string;
  values: Record<string, unknown>;
}): JSX.Element | null {
  const entries = Object.entries(props.values);
  return entries.length === 0 ? null : (
    <section className="jp-DsinfraRun-values" aria-label={props.label}>
      <h2>{props.label}</h2>
      <dl className="jp-DsinfraRun-facts">
        {entries.map(([key, value]) => (
          <div key={key} className="jp-DsinfraRun-fact">
            <dt>{key}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function TextButton(props: { text: string; onClick: () => void }): JSX.Element {
  return (
    <button className="jp-Button jp-mod-styled" onClick={props.onClick}>
      {props.text}
    </button>
  );
}
