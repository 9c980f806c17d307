import React from 'react';

import type { IErrorGroup } from '../api/types';
import { isMenuKey, lineOfKey, menuPlace } from '../ui/lineKeys';
import { VirtualList } from '../ui/virtualList';
import type { IRowContext } from './rowView';
import { GroupContent, groupDetails } from './rowView';

/** Height of a line with its two lines of text, in pixels. */
const LINE_HEIGHT = 44;

/** Height of the line that stands for those on their way, in pixels. */
const END_HEIGHT = 28;

/** Lines that Page Up and Page Down go. */
const PAGE_LINES = 8;

export interface IListProps {
  groups: readonly IErrorGroup[];

  /** Whether more are on their way. */
  hasMore: boolean;

  /** Whether these are no longer what is asked for. */
  isBusy: boolean;
  label: string;
  selectedId: string | null;
  context: IRowContext;
  onSelect: (id: string) => void;
  onOpen: (group: IErrorGroup) => void;

  /** Do what a key stands for beside walking; false if it stands for nothing. */
  onKey: (key: string, group: IErrorGroup) => boolean;
  onMenu: (group: IErrorGroup, x: number, y: number) => void;

  /** Called with the index of the last line that is seen, or soon will be. */
  onRange: (last: number) => void;
}

/**
 * The groups as a list that is read and walked by keyboard.
 *
 * The list has the focus, not its lines: these leave the document when scrolled away.
 */
export const ListView = React.forwardRef<HTMLDivElement, IListProps>(
  function ListView(props, ref): JSX.Element {
    const { groups, hasMore, selectedId, context } = props;
    const idPrefix = React.useId();
    const selected = React.useMemo(
      () => groups.findIndex(group => group.id === selectedId),
      [groups, selectedId]
    );
    const keyOf = React.useCallback(
      (index: number) => groups[index]?.id ?? 'end',
      [groups]
    );
    const heightOf = React.useCallback(
      (index: number) => (index < groups.length ? LINE_HEIGHT : END_HEIGHT),
      [groups]
    );
    const { onRange } = props;
    const onLines = React.useCallback(
      (_: number, last: number) => onRange(last),
      [onRange]
    );
    return (
      <div ref={ref} className="jp-DsinfraErrors-frame">
        <VirtualList
          className="jp-DsinfraErrors-list"
          role="listbox"
          tabIndex={0}
          aria-label={props.label}
          aria-busy={props.isBusy}
          aria-activedescendant={
            selected < 0 ? undefined : `${idPrefix}${selectedId}`
          }
          count={groups.length + (hasMore ? 1 : 0)}
          keyOf={keyOf}
          heightOf={heightOf}
          activeIndex={selected}
          onRange={onLines}
          onKeyDown={event => onKeyDown(event, props, selected)}
          onFocus={() => {
            if (selected < 0 && groups[0] !== undefined) {
              props.onSelect(groups[0].id);
            }
          }}
          renderLine={index => {
            const group = groups[index];
            return group === undefined ? (
              <div className="jp-DsinfraErrors-end" role="presentation">
                {context.trans.__('Loading…')}
              </div>
            ) : (
              <GroupLine
                id={`${idPrefix}${group.id}`}
                group={group}
                isSelected={index === selected}
                context={context}
                list={props}
              />
            );
          }}
        />
      </div>
    );
  }
);

/** Drawn anew only when something about it changed, not at every scrolling. */
const GroupLine = React.memo(function GroupLine(props: {
  id: string;
  group: IErrorGroup;
  isSelected: boolean;
  context: IRowContext;
  list: IListProps;
}): JSX.Element {
  const { id, group, isSelected, context, list } = props;
  return (
    <div
      id={id}
      className="jp-DsinfraErrors-row"
      data-state={group.state}
      role="option"
      aria-selected={isSelected}
      title={groupDetails(group, context)}
      onClick={() => list.onSelect(group.id)}
      onDoubleClick={() => list.onOpen(group)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        list.onSelect(group.id);
        list.onMenu(group, event.clientX, event.clientY);
      }}
    >
      <GroupContent group={group} context={context} />
    </div>
  );
});

function onKeyDown(
  event: React.KeyboardEvent<HTMLElement>,
  list: IListProps,
  selected: number
): void {
  const { groups } = list;
  const group = groups[selected];
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const next = lineOfKey(event.key, groups.length, selected, PAGE_LINES);
  if (next !== null) {
    const target = groups[next];
    if (target !== undefined) {
      list.onSelect(target.id);
    }
  } else if (group === undefined || !act(event, list, group)) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** Do what a key means for a line; false if it means nothing. */
function act(
  event: React.KeyboardEvent<HTMLElement>,
  list: IListProps,
  group: IErrorGroup
): boolean {
  if (isMenuKey(event)) {
    list.onMenu(group, ...menuPlace(event.currentTarget, END_HEIGHT));
  } else if (event.key === 'Enter') {
    list.onOpen(group);
  } else {
    return event.key !== 'F10' && list.onKey(event.key, group);
  }
  return true;
}
