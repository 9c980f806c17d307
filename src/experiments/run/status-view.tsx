import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun, IRunPatch } from '../../api/types';
import { StarIcon } from '../../ui/starIcon';
import { StatusIcon, statusLabel } from '../../ui/status';
import { messageOf } from '../runs';
import { IconButton } from './edit-view';

/** How the run stands or ended, and why. */
export function StatusLine(props: {
  run: IRun;
  trans: TranslationBundle;
}): JSX.Element {
  const { run, trans } = props;
  return (
    <p className="jp-DsinfraRun-status" data-status={run.status} role="status">
      <StatusIcon status={run.status} trans={trans} />
      <strong aria-hidden>{statusLabel(run.status, trans)}</strong>
      {run.status_reason && (
        <span className="jp-DsinfraRun-quiet">{run.status_reason}</span>
      )}
    </p>
  );
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
