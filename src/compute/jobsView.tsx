import React from 'react';

import type { IJob } from '../api/types';
import { VirtualList } from '../ui/virtualList';
import type { IRowContext } from './jobRow';
import { JobContent, jobDetails } from './jobRow';

/** Height of a line with its two lines of text, in pixels. */
const LINE_HEIGHT = 44;

/** Height of a heading, and of the line that stands for those on their way. */
const HEADING_HEIGHT = 26;

/** Lines that Page Up and Page Down go. */
const PAGE_LINES = 8;

export interface IJobsProps {
  open: readonly IJob[];
  ended: readonly IJob[];
  hasMoreOpen: boolean;
  hasMoreEnded: boolean;
  selectedId: string | null;
  context: IRowContext;
  onSelect: (id: string) => void;
  onOpen: (job: IJob) => void;
  onKey: (key: string, job: IJob) => boolean;
  onMenu: (job: IJob, x: number, y: number) => void;

  /** Called when the end of the list is near. */
  onEnd: () => void;
}

/** A job, or what stands between jobs. */
type Line =
  | { readonly kind: 'job'; readonly job: IJob }
  | { readonly kind: 'heading' | 'end'; readonly text: string };

/**
 * The jobs as a list that is read and walked by keyboard, those first that are open.
 *
 * The list has the focus, not its lines: these leave the document when scrolled away.
 */
export function JobsView(props: IJobsProps): JSX.Element {
  const { selectedId, context, hasMoreEnded } = props;
  const idPrefix = React.useId();
  const lines = React.useMemo(
    () => linesOf(props),
    [props.open, props.ended, props.hasMoreOpen, hasMoreEnded]
  );
  const selected = React.useMemo(
    () =>
      lines.findIndex(
        line => line.kind === 'job' && line.job.id === selectedId
      ),
    [lines, selectedId]
  );
  const keyOf = React.useCallback(
    (index: number) => {
      const line = lines[index];
      return line?.kind === 'job'
        ? line.job.id
        : `${line?.kind} ${index === 0 ? 'first' : ''}`;
    },
    [lines]
  );
  const heightOf = React.useCallback(
    (index: number) =>
      lines[index]?.kind === 'job' ? LINE_HEIGHT : HEADING_HEIGHT,
    [lines]
  );
  const { onEnd } = props;
  const onRange = React.useCallback(
    (_: number, last: number) => {
      if (hasMoreEnded && last >= lines.length - 1) {
        onEnd();
      }
    },
    [onEnd, hasMoreEnded, lines]
  );
  return (
    <VirtualList
      className="jp-DsinfraJobs-list"
      role="listbox"
      tabIndex={0}
      aria-label={context.trans.__('Jobs')}
      aria-activedescendant={
        selected < 0 ? undefined : `${idPrefix}${selectedId}`
      }
      count={lines.length}
      keyOf={keyOf}
      heightOf={heightOf}
      activeIndex={selected}
      onRange={onRange}
      onKeyDown={event => onKeyDown(event, props)}
      onFocus={() => {
        const first = props.open[0] ?? props.ended[0];
        if (selected < 0 && first !== undefined) {
          props.onSelect(first.id);
        }
      }}
      renderLine={index => {
        const line = lines[index];
        return line?.kind === 'job' ? (
          <JobLine
            id={`${idPrefix}${line.job.id}`}
            job={line.job}
            isSelected={index === selected}
            context={context}
            list={props}
          />
        ) : (
          <div className={`jp-DsinfraJobs-${line?.kind}`} role="presentation">
            {line?.text}
          </div>
        );
      }}
    />
  );
}

function linesOf(props: IJobsProps): Line[] {
  const { open, ended, hasMoreOpen, hasMoreEnded, context } = props;
  const { trans } = context;
  const lines: Line[] = [];
  const add = (jobs: readonly IJob[]): void => {
    for (const job of jobs) {
      lines.push({ kind: 'job', job });
    }
  };
  if (open.length > 0) {
    const count = `${open.length.toLocaleString()}${hasMoreOpen ? '+' : ''}`;
    lines.push({ kind: 'heading', text: trans.__('Open (%1)', count) });
    add(open);
    if (hasMoreOpen) {
      lines.push({
        kind: 'end',
        text: trans.__('More are open than are shown.')
      });
    }
  }
  if (ended.length > 0) {
    lines.push({ kind: 'heading', text: trans.__('Ended') });
    add(ended);
  }
  if (hasMoreEnded) {
    lines.push({ kind: 'end', text: trans.__('Loading…') });
  }
  return lines;
}

interface ILineProps {
  id: string;
  job: IJob;
  isSelected: boolean;
  context: IRowContext;
  list: IJobsProps;
}

function JobLine(props: ILineProps): JSX.Element {
  const { id, job, isSelected, context, list } = props;
  return (
    <div
      id={id}
      className="jp-DsinfraJobs-row"
      data-state={job.state}
      role="option"
      aria-selected={isSelected}
      title={jobDetails(job, context)}
      onClick={() => list.onSelect(job.id)}
      onDoubleClick={() => list.onOpen(job)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        list.onSelect(job.id);
        list.onMenu(job, event.clientX, event.clientY);
      }}
    >
      <JobContent job={job} context={context} />
    </div>
  );
}

function onKeyDown(
  event: React.KeyboardEvent<HTMLElement>,
  list: IJobsProps
): void {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const jobs = [...list.open, ...list.ended];
  const selected = jobs.findIndex(({ id }) => id === list.selectedId);
  const next = targetOf(event.key, jobs.length, selected);
  if (next !== null) {
    const target = jobs[Math.max(0, Math.min(jobs.length - 1, next))];
    if (target !== undefined) {
      list.onSelect(target.id);
    }
  } else if (!act(event, list, jobs[selected])) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** The index of the job that a key leads to; null for other keys. */
function targetOf(key: string, count: number, selected: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return selected + 1;
    case 'ArrowUp':
      return selected - 1;
    case 'PageDown':
      return selected + PAGE_LINES;
    case 'PageUp':
      return selected - PAGE_LINES;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** Do what a key means for a job; false if it means nothing. */
function act(
  event: React.KeyboardEvent<HTMLElement>,
  list: IJobsProps,
  job: IJob | undefined
): boolean {
  if (job === undefined) {
    return false;
  }
  switch (event.key) {
    case 'Enter':
      list.onOpen(job);
      return true;
    case 'ContextMenu':
    case 'F10': {
      if (event.key === 'F10' && !event.shiftKey) {
        return false;
      }
      const line =
        event.currentTarget.querySelector('[aria-selected="true"]') ??
        event.currentTarget;
      const { left, bottom } = line.getBoundingClientRect();
      list.onMenu(job, left + HEADING_HEIGHT, bottom);
      return true;
    }
    default:
      return list.onKey(event.key, job);
  }
}
