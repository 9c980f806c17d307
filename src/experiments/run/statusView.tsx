import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IRun, IRunPatch } from '../../api/types';
import { StarIcon } from '../../ui/starIcon';
import { StatusIcon, isFinal, statusLabel } from '../../ui/status';
import { SessionMark } from '../rowView';
import { IconButton } from './editView';

/** How the run stands or ended, and why. */
export function StatusLine(props: {
  run: IRun;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, trans } = props;
  return (
    <p className="jp-DsinfraRun-status" data-status={run.status} role="status">
      {run.kind === 'session' ? (
        <SessionMark run={run} trans={trans} />
      ) : (
        <StatusIcon status={run.status} trans={trans} />
      )}
      <strong aria-hidden>{stateOf(run, trans)}</strong>
      {run.status_reason && (
        <span className="jp-DsinfraRun-quiet">{run.status_reason}</span>
      )}
    </p>
  );
}

/** A kernel lives and ends; only its cells run and succeed. */
function stateOf(run: IRun, trans: TranslationBundle): string {
  if (run.kind !== 'session') {
    return statusLabel(run.status, trans);
  }
  return !isFinal(run.status)
    ? trans.__('Kernel alive')
    : run.status === 'ok'
      ? trans.__('Ended')
      : statusLabel(run.status, trans);
}

/** A star to find the run again, and to keep it from being erased. */
export function StarButton(props: {
  run: IRun;
  patch: (patch: IRunPatch) => Promise<void>;
  trans: TranslationBundle;
}): JSX.Element {
  const { patch, run, trans } = props;
  const [failure, setFailure] = React.useState<string | null>(null);
  const toggle = async (): Promise<void> => {
    try {
      await patch({ is_starred: !run.is_starred });
      setFailure(null);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <>
      <IconButton
        isPressed={run.is_starred}
        label={trans.__('Star')}
        onClick={() => void toggle()}
      >
        <StarIcon isFilled={run.is_starred} />
      </IconButton>
      {failure !== null && (
        <span className="jp-DsinfraRun-failure" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
