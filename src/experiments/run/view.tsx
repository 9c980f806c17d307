import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type {
  IKernelHealth,
  IRun,
  IRunPatch,
  IStaleReason
} from '../../api/types';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import { Notice, NoticeBar, Skeleton } from '../../ui/notice';
import { FlagMarks, StaleMark } from './changesView';
import { NameEditor, NoteEditor, TagsEditor } from './editView';
import { Facts } from './factsView';
import type { RunState } from './model';
import { StarButton, StatusLine } from './statusView';

/** What the head of a run's view shows, and what can be done there. */
export interface IHeadProps {
  state: RunState;
  /** Why the result no longer follows from what stands in the notebook. */
  stale: readonly IStaleReason[];
  /** How the kernel is seen now; null if it is not watched any more. */
  kernelHealth: IKernelHealth | null;
  /** What is known of the errors of the run. */
  errors?: React.ReactNode;
  clockOffset: number;
  /** Whether the view is on screen. */
  isActive: boolean;
  locale: string;
  openNotebook: (() => void) | null;
  openParent: (() => void) | null;
  openRun: (id: string) => void;
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
      return <Skeleton label={trans.__('Loading the run')} />;
    case 'missing':
      return (
        <Notice kind="failed" title={trans.__('No such run')}>
          {trans.__(
            'It was deleted, or erased when its time was up, or belongs to another server.'
          )}
        </Notice>
      );
    case 'failed':
      return (
        <FailedNotice
          title={trans.__('The run could not be loaded')}
          failure={state.failure}
          retry={props.retry}
          trans={trans}
        />
      );
    case 'deleted':
      return (
        <Notice
          kind={state.failure === null ? 'empty' : 'failed'}
          title={trans.__('This run was deleted')}
          action={{ label: trans.__('Undo'), onClick: props.restore }}
        >
          {state.failure}
        </Notice>
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
      <OutOfDate failure={failure} retry={props.retry} trans={trans} />
      <div className="jp-DsinfraRun-title">
        <StarButton {...edit} />
        <NameEditor
          {...edit}
          fallback={titleOf(run, trans)}
          isCode={run.kind !== 'session' && run.code !== ''}
        />
      </div>
      <StatusLine run={run} trans={trans} />
      <Warnings run={run} trans={trans} />
      {props.errors}
      <StaleMark reasons={props.stale} open={props.openRun} trans={trans} />
      <FlagMarks run={run} open={props.openRun} trans={trans} />
      <div className="jp-DsinfraRun-annotations">
        <TagsEditor {...edit} />
        <NoteEditor {...edit} />
      </div>
      <Facts {...props} isTicking={props.isActive} />
    </header>
  );
}

/** What a run is called that the user gave no name. */
export function titleOf(run: IRun, trans: TranslationBundle): string {
  if (run.kind === 'session') {
    return trans.__('Session of %1', run.experiment_name);
  }
  const line = run.code.split('\n').find(text => text.trim() !== '');
  return line?.trim() ?? trans.__('Code not recorded');
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
        <NoticeBar level="warning">
          {trans._n(
            '%1 message of the kernel was missed: the outputs may be incomplete.',
            '%1 messages of the kernel were missed: the outputs may be incomplete.',
            run.missed_messages
          )}
        </NoticeBar>
      )}
    </>
  );
}
