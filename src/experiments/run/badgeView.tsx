import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { BadgeState } from './badgeModel';

/** What the badge says. */
export interface IBadgeProps {
  state: BadgeState;
  /** Runs of the notebook; null until they were counted. */
  runCount: number | null;
  errorCount: number;
  /** Why recording is degraded. */
  reasons: readonly string[];
  /** Why the active cell may not fit into memory; empty if nothing says so. */
  warning?: string;
  onClick: () => void;
  trans: TranslationBundle;
}

/** A dot that says whether the notebook is recorded, and its number of runs. */
export function Badge(props: IBadgeProps): JSX.Element {
  const { errorCount, runCount, state } = props;
  const description = describeBadge(props);
  return (
    <button
      aria-label={description}
      className="jp-DsinfraBadge"
      data-state={state}
      title={description}
      onClick={props.onClick}
    >
      <span className="jp-DsinfraBadge-dot" aria-hidden />
      {runCount !== null && <span aria-hidden>{runCount}</span>}
      {props.warning && (
        <span className="jp-DsinfraBadge-warning" aria-hidden>
          ⚠
        </span>
      )}
      {errorCount > 0 && (
        <span className="jp-DsinfraBadge-errors" aria-hidden>
          {errorCount}
        </span>
      )}
    </button>
  );
}

/** Return what the badge means, in sentences. */
export function describeBadge(props: Omit<IBadgeProps, 'onClick'>): string {
  const { errorCount, runCount, trans } = props;
  const sentences = [
    ...(props.warning ? [props.warning] : []),
    describeState(props)
  ];
  if (runCount !== null) {
    sentences.push(
      errorCount > 0
        ? trans.__(
            '%1, %2.',
            trans._n('%1 run', '%1 runs', runCount),
            trans._n('%1 with an error', '%1 with errors', errorCount)
          )
        : trans._n('%1 run.', '%1 runs.', runCount)
    );
    sentences.push(trans.__('Click to show them.'));
  }
  return sentences.join(' ');
}

function describeState(props: Omit<IBadgeProps, 'onClick'>): string {
  const { reasons, state, trans } = props;
  switch (state) {
    case 'recording':
      return trans.__('Runs of this notebook are recorded.');
    case 'paused':
      return trans.__('Recording is off: nothing is recorded.');
    case 'excluded':
      return trans.__('Runs of this notebook are not recorded.');
    case 'degraded':
      return [
        trans.__('Runs of this notebook are recorded, but something is wrong.'),
        ...reasons
      ].join(' ');
    case 'away':
      return trans.__(
        'The recorder does not answer: it is not known whether runs are recorded.'
      );
    case 'unknown':
      return trans.__('Asking whether runs are recorded.');
  }
}
