import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { JobState, TargetState } from '../api/types';
import { StatusIcon } from '../ui/status';
import { jobStateLabel, markOf, targetStateLabel } from './states';

/** The mark of how a job stands, named for those who hear it. */
export function JobMark(props: {
  state: JobState;
  trans: TranslationBundle;
}): JSX.Element {
  const { state, trans } = props;
  return (
    <StatusIcon
      label={jobStateLabel(state, trans)}
      status={markOf(state)}
      trans={trans}
    />
  );
}

/** Each state has a shape of its own: colour alone tells nothing to many. */
const SHAPES: Record<TargetState, JSX.Element> = {
  stopped: <circle cx="8" cy="8" r="4.25" />,
  starting: (
    <>
      <circle className="jp-DsinfraStatus-track" cx="8" cy="8" r="5.25" />
      <path d="M8 2.75A5.25 5.25 0 0 1 13.25 8" />
    </>
  ),
  running: <circle className="jp-mod-filled" cx="8" cy="8" r="4.75" />,
  stopping: (
    <>
      <circle className="jp-DsinfraStatus-track" cx="8" cy="8" r="5.25" />
      <path d="M8 13.25A5.25 5.25 0 0 1 2.75 8" />
    </>
  ),
  failed: (
    <path
      className="jp-mod-filled"
      d="M8 1.5 15 14H1Zm-.75 4.75v4h1.5v-4Zm0 5v1.5h1.5v-1.5Z"
    />
  )
};

/** The mark of how a target stands; its word stands beside it. */
export function TargetMark(props: {
  state: TargetState;
  trans: TranslationBundle;
}): JSX.Element {
  const { state, trans } = props;
  return (
    <svg
      className="jp-DsinfraTargetMark"
      data-state={state}
      role="img"
      aria-label={targetStateLabel(state, trans)}
      viewBox="0 0 16 16"
      width="16"
      height="16"
    >
      {SHAPES[state]}
    </svg>
  );
}
