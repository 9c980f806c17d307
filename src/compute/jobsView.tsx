import React from 'react';

import type { IJob, IJobGroup } from '../api/types';
import { VirtualList } from '../ui/virtualList';
import type { IGroupContext } from './groupRow';
import { GroupContent, groupDetails } from './groupRow';
import type { IRowContext } from './jobRow';
import { JobContent, jobDetails } from './jobRow';
import type { ActiveLine, Line } from './lines';
import { isActiveLine } from './lines';

/** Height of a line with its two lines of text, and of a group with a bar below them, in pixels. */
const LINE_HEIGHT = 44;
const GROUP_HEIGHT = 56;

/** Height of a heading, and of the line that stands for those on their way. */
const HEADING_HEIGHT = 26;

/** Lines that Page Up and Page Down go. */
const PAGE_LINES = 8;

export interface IJobsProps {
  lines: readonly Line[];
  selectedKey: string | null;
  context: IRowContext & IGroupContext;
  onSelect: (key: string) => void;
  onToggle: (group: IJobGroup, isExpanded: boolean) => void;
  onOpen: (job: IJob) => void;
  onKey: (key: string, line: ActiveLine) => boolean;
  onMenu: (line: ActiveLine, x: number, y: number) => void;

  /** Called when the end of the list is near, or of the items of an opened group. */
  onEnd: (groupId: string | null) => void;
}

/**
 * The jobs as a tree that is read and walked by keyboard, those first that are open.
 *
 * The tree has the focus, not its lines: these leave the document when scrolled away.
 */
export function JobsView(props: IJobsProps): JSX.Element {
  const { lines, selectedKey, context, onEnd } = props;
  const idPrefix = React.useId();
  const selected = React.useMemo(
    () =>
      lines.findIndex(line => isActiveLine(line) && line.key === selectedKey),
    [lines, selectedKey]
  );
  const keyOf = React.useCallback(
    (index: number) => lines[index]?.key ?? String(index),
    [lines]
  );
  const heightOf = React.useCallback(
    (index: number) => heightOfLine(lines[index]),
    [lines]
  );
  const onRange = React.useCallback(
    (first: number, last: number) => {
      for (const line of lines.slice(first, last + 1)) {
        if (line.kind === 'more') {
          onEnd(line.groupId);
        }
      }
    },
    [onEnd, lines]
  );
  return (
    <VirtualList
      className="jp-DsinfraJobs-list"
      role="tree"
      tabIndex={0}
      aria-label={context.trans.__('Jobs')}
      aria-activedescendant={
        selected < 0 ? undefined : `${idPrefix}${selectedKey}`
      }
      count={lines.length}
      keyOf={keyOf}
      heightOf={heightOf}
      activeIndex={selected}
      onRange={onRange}
      onKeyDown={event => onKeyDown(event, props)}
      onFocus={() => {
        const first = lines.find(isActiveLine);
        if (selected < 0 && first !== undefined) {
          props.onSelect(first.key);
        }
      }}
      renderLine={index => {
        const line = lines[index];
        return isActiveLine(line) ? (
          <JobLine
            id={`${idPrefix}${line.key}`}
            line={line}
            isSelected={index === selected}
            list={props}
          />
        ) : (
          <div
            className={`jp-DsinfraJobs-${line?.kind === 'heading' ? 'heading' : 'end'}`}
            data-inside={(line?.kind === 'more' && line.groupId) || undefined}
            role="presentation"
          >
            {line?.text}
          </div>
        );
      }}
    />
  );
}

function heightOfLine(line: Line | undefined): number {
  switch (line?.kind) {
    case 'job':
    case 'item':
      return LINE_HEIGHT;
    case 'group':
      return GROUP_HEIGHT;
    default:
      return HEADING_HEIGHT;
  }
}

interface ILineProps {
  id: string;
  line: ActiveLine;
  isSelected: boolean;
  list: IJobsProps;
}

function JobLine(props: ILineProps): JSX.Element {
  const { id, line, isSelected, list } = props;
  const { context } = list;
  const isGroup = line.kind === 'group';
  return (
    <div
      id={id}
      className="jp-DsinfraJobs-row"
      data-kind={line.kind}
      data-state={isGroup ? undefined : line.job.state}
      role="treeitem"
      aria-level={line.kind === 'item' ? 2 : 1}
      aria-expanded={isGroup ? line.isExpanded : undefined}
      aria-selected={isSelected}
      title={
        isGroup
          ? groupDetails(line.group, context)
          : jobDetails(line.job, context)
      }
      onClick={event => {
        list.onSelect(line.key);
        if (isGroup && event.detail < 2) {
          list.onToggle(line.group, !line.isExpanded);
        }
      }}
      onDoubleClick={() => {
        if (!isGroup) {
          list.onOpen(line.job);
        }
      }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        list.onSelect(line.key);
        list.onMenu(line, event.clientX, event.clientY);
      }}
    >
      {isGroup ? (
        <GroupContent
          group={line.group}
          isExpanded={line.isExpanded}
          context={context}
        />
      ) : (
        <JobContent
          job={line.job}
          isItem={line.kind === 'item'}
          context={context}
        />
      )}
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
  const lines = list.lines.filter(isActiveLine);
  const selected = lines.findIndex(({ key }) => key === list.selectedKey);
  const next = targetOf(event.key, lines, selected);
  if (next !== null) {
    const target = lines[Math.max(0, Math.min(lines.length - 1, next))];
    if (target !== undefined) {
      list.onSelect(target.key);
    }
  } else if (!act(event, list, lines[selected])) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** The index of the line that a key leads to; null for other keys. */
function targetOf(
  key: string,
  lines: readonly ActiveLine[],
  selected: number
): number | null {
  const line = lines[selected];
  switch (key) {
    case 'ArrowDown':
      return selected + 1;
    case 'ArrowUp':
      return selected - 1;
    case 'ArrowRight':
      return line?.kind === 'group' && line.isExpanded ? selected + 1 : null;
    case 'ArrowLeft':
      return line?.kind === 'item'
        ? lines.findIndex(({ key }) => key === line.groupId)
        : null;
    case 'PageDown':
      return selected + PAGE_LINES;
    case 'PageUp':
      return selected - PAGE_LINES;
    case 'Home':
      return 0;
    case 'End':
      return lines.length - 1;
    default:
      return null;
  }
}

/** Do what a key means for a line; false if it means nothing. */
function act(
  event: React.KeyboardEvent<HTMLElement>,
  list: IJobsProps,
  line: ActiveLine | undefined
): boolean {
  if (line === undefined) {
    return false;
  }
  if (line.kind === 'group') {
    const wanted = expansionOf(event.key, line.isExpanded);
    if (wanted !== null) {
      list.onToggle(line.group, wanted);
      return true;
    }
  }
  switch (event.key) {
    case 'Enter':
      if (line.kind !== 'group') {
        list.onOpen(line.job);
      }
      return true;
    case 'ContextMenu':
    case 'F10': {
      if (event.key === 'F10' && !event.shiftKey) {
        return false;
      }
      const element =
        event.currentTarget.querySelector('[aria-selected="true"]') ??
        event.currentTarget;
      const { left, bottom } = element.getBoundingClientRect();
      list.onMenu(line, left + HEADING_HEIGHT, bottom);
      return true;
    }
    default:
      return list.onKey(event.key, line);
  }
}

/** Whether a group is to be open after a key; null for keys that mean something else. */
function expansionOf(key: string, isExpanded: boolean): boolean | null {
  switch (key) {
    case 'Enter':
    case ' ':
      return !isExpanded;
    case 'ArrowRight':
      return true;
    case 'ArrowLeft':
      return false;
    default:
      return null;
  }
}
