import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { RunStatus } from '../api/types';

/** A status in one or two words. */
export function statusLabel(
  status: RunStatus,
  trans: TranslationBundle
): string {
  switch (status) {
    case 'queued':
      return trans.__('Queued');
    case 'running':
      return trans.__('Running');
    case 'ok':
      return trans.__('Succeeded');
    case 'error':
      return trans.__('Failed');
    case 'aborted':
      return trans.__('Not run');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'kernel_died':
      return trans.__('Kernel died');
    case 'lost':
      return trans.__('Lost');
  }
}

/** Whether a run with this status has ended. */
export function isFinal(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** Each status has a shape of its own: colour alone tells nothing to many. */
const SHAPES: Record<RunStatus, JSX.Element> = {
  queued: (
    <>
      <Ring />
      <polyline points="8,4.75 8,8.2 10.3,9.6" />
    </>
  ),
  running: (
    <>
      <circle className="jp-DsinfraStatus-track" cx="8" cy="8" r="5.75" />
      <path d="M8 2.25A5.75 5.75 0 0 1 13.75 8" />
    </>
  ),
  ok: <polyline points="3.25,8.5 6.5,11.75 12.75,4.75" />,
  error: (
    <path
      className="jp-mod-filled"
      d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5.8 4.75 8 6.95l2.2-2.2 1.05 1.05L9.05 8l2.2 2.2-1.05 1.05L8 9.05l-2.2 2.2-1.05-1.05L6.95 8l-2.2-2.2Z"
    />
  ),
  aborted: (
    <>
      <Ring />
      <line x1="4" y1="12" x2="12" y2="4" />
    </>
  ),
  interrupted: (
    <>
      <Ring />
      <rect
        className="jp-mod-filled"
        x="5.75"
        y="5.75"
        width="4.5"
        height="4.5"
      />
    </>
  ),
  kernel_died: (
    <path
      className="jp-mod-filled"
      d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM9.1 3.75 8.6 7h2.6l-4.3 5.4.6-3.9H4.9Z"
    />
  ),
  lost: (
    <>
      <circle cx="8" cy="8" r="5.75" strokeDasharray="2.4 2.1" />
      <path d="M6.5 6.6a1.55 1.55 0 1 1 2.3 1.35c-.55.3-.8.6-.8 1.2" />
      <circle className="jp-mod-filled" cx="8" cy="11" r=".8" />
    </>
  )
};

function Ring(): JSX.Element {
  return <circle cx="8" cy="8" r="5.75" />;
}

/** The mark of a status, named for those who hear it. */
export function StatusIcon(props: {
  status: RunStatus;
  trans: TranslationBundle;

  /** What it is called where it marks something else than a run. */
  label?: string;
}): JSX.Element {
  const { label, status, trans } = props;
  return (
    <svg
      className="jp-DsinfraStatus"
      data-status={status}
      role="img"
      aria-label={label ?? statusLabel(status, trans)}
      viewBox="0 0 16 16"
      width="16"
      height="16"
    >
      {SHAPES[status]}
    </svg>
  );
}
