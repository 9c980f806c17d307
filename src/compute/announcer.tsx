import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IJob, IJobGroup, JobState } from '../api/types';
import {
  countsText,
  isGroupOpen,
  isOpen,
  jobStateLabel,
  titleOf
} from './states';

/**
 * Tells those who do not see the list which jobs have changed their state.
 *
 * Of jobs that appear with their state nothing is said: these the user reads.
 */
export function Announcer(props: {
  jobs: readonly IJob[];

  /** Of these only is said that they have ended, and how. */
  groups?: readonly IJobGroup[];
  trans: TranslationBundle;
}): JSX.Element {
  const { jobs, groups = [], trans } = props;
  const states = React.useRef(new Map<string, JobState>());
  const openGroups = React.useRef(new Set<string>());
  const [text, setText] = React.useState('');
  React.useEffect(() => {
    const changed = jobs.filter(job => {
      const before = states.current.get(job.id);
      return before !== undefined && before !== job.state;
    });
    states.current = new Map(jobs.map(job => [job.id, job.state]));
    const [first] = changed;
    if (first !== undefined) {
      const ended = changed.filter(job => !isOpen(job)).length;
      setText(
        changed.length === 1
          ? `${titleOf(first, trans)}: ${jobStateLabel(first.state, trans)}`
          : trans.__(
              '%1 jobs have changed, %2 of them have ended',
              changed.length,
              ended
            )
      );
    }
  }, [jobs]);
  React.useEffect(() => {
    const ended = groups.find(
      group => openGroups.current.has(group.id) && !isGroupOpen(group)
    );
    openGroups.current = new Set(
      groups.filter(isGroupOpen).map(({ id }) => id)
    );
    if (ended !== undefined) {
      setText(`${titleOf(ended, trans)}: ${countsText(ended.counts, trans)}`);
    }
  }, [groups]);
  return (
    <div className="jp-DsinfraAnnouncer" role="status" aria-live="polite">
      {text}
    </div>
  );
}
