import React from 'react';

import { isMenuKey, lineOfKey, menuPlace } from '../ui/lineKeys';
import { VirtualList } from '../ui/virtualList';
import type { Row } from './rows';
import type { IRowContext } from './rowView';
import { RowContent, rowDetails } from './rowView';

/** Height of a line, and of one that has two lines of text, in pixels. */
const LINE_HEIGHT = 24;
const TWO_LINES_HEIGHT = 40;

/** Lines that Page Up and Page Down go. */
const PAGE_LINES = 15;

export interface ITreeProps {
  rows: readonly Row[];
  label: string;
  selectedKey: string | null;
  context: IRowContext;
  onSelect: (key: string) => void;
  onToggle: (key: string, isExpanded: boolean) => void;
  onOpen: (row: Row) => void;
  onRename: (row: Row) => void;
  onDelete: (row: Row) => void;
  onMenu: (row: Row, x: number, y: number) => void;
  onRange: (first: number, last: number) => void;
}

/**
 * The lines as a tree that is read and walked by keyboard.
 *
 * The tree has the focus, not its lines: these leave the document when scrolled away.
 */
export const TreeView = React.forwardRef<HTMLDivElement, ITreeProps>(
  function TreeView(props, ref): JSX.Element {
    const { rows, selectedKey, context } = props;
    const idPrefix = React.useId();
    const selected = React.useMemo(
      () => rows.findIndex(row => row.key === selectedKey),
      [rows, selectedKey]
    );
    const keyOf = React.useCallback(
      (index: number) => rows[index]?.key ?? String(index),
      [rows]
    );
    const heightOf = React.useCallback(
      (index: number) => heightOfRow(rows[index]),
      [rows]
    );
    return (
      <div ref={ref} className="jp-DsinfraTree-frame">
        <VirtualList
          className="jp-DsinfraTree"
          role="tree"
          tabIndex={0}
          aria-label={props.label}
          aria-activedescendant={
            selected < 0 ? undefined : `${idPrefix}${selectedKey}`
          }
          count={rows.length}
          keyOf={keyOf}
          heightOf={heightOf}
          activeIndex={selected}
          onRange={props.onRange}
          onKeyDown={event => onKeyDown(event, props, selected)}
          onFocus={() => {
            if (selected < 0 && rows[0] !== undefined) {
              props.onSelect(rows[0].key);
            }
          }}
          renderLine={index => {
            const row = rows[index];
            return row === undefined ? (
              <></>
            ) : (
              <TreeLine
                id={`${idPrefix}${row.key}`}
                row={row}
                isSelected={index === selected}
                context={context}
                tree={props}
              />
            );
          }}
        />
      </div>
    );
  }
);

function heightOfRow(row: Row | undefined): number {
  return row?.kind === 'run' && row.experimentName !== null
    ? TWO_LINES_HEIGHT
    : LINE_HEIGHT;
}

/** Drawn anew only when something about it changed, not at every scrolling. */
const TreeLine = React.memo(function TreeLine(props: {
  id: string;
  row: Row;
  isSelected: boolean;
  context: IRowContext;
  tree: ITreeProps;
}): JSX.Element {
  const { id, row, isSelected, context, tree } = props;
  const isParent = row.kind === 'experiment' || row.kind === 'session';
  const isExpanded = isParent ? row.isExpanded : undefined;
  return (
    <div
      id={id}
      className="jp-DsinfraRow"
      data-kind={row.kind}
      data-level={row.level}
      role="treeitem"
      aria-level={row.level}
      aria-expanded={isExpanded}
      aria-selected={isSelected}
      title={rowDetails(row, context)}
      onClick={event => {
        tree.onSelect(row.key);
        if (isParent && event.detail < 2) {
          tree.onToggle(row.key, !row.isExpanded);
        }
      }}
      onDoubleClick={() => {
        if (row.kind === 'run') {
          tree.onOpen(row);
        }
      }}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        tree.onSelect(row.key);
        tree.onMenu(row, event.clientX, event.clientY);
      }}
    >
      <RowContent row={row} context={context} />
    </div>
  );
});

function onKeyDown(
  event: React.KeyboardEvent<HTMLElement>,
  tree: ITreeProps,
  selected: number
): void {
  const { rows } = tree;
  const row = rows[selected];
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const next = lineOfKey(event.key, rows.length, selected, PAGE_LINES);
  if (next !== null) {
    const target = rows[next];
    if (target !== undefined) {
      tree.onSelect(target.key);
    }
  } else if (row === undefined || !act(event, tree, row, selected)) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** Do what a key means for a line; false if it means nothing. */
function act(
  event: React.KeyboardEvent<HTMLElement>,
  tree: ITreeProps,
  row: Row,
  selected: number
): boolean {
  if (isMenuKey(event)) {
    tree.onMenu(row, ...menuPlace(event.currentTarget, LINE_HEIGHT));
    return true;
  }
  switch (event.key) {
    case 'ArrowRight':
      return goInto(tree, row, selected);
    case 'ArrowLeft':
      return goOut(tree, row, selected);
    case 'Enter':
      if (row.kind === 'experiment') {
        tree.onToggle(row.key, !row.isExpanded);
      } else {
        tree.onOpen(row);
      }
      return true;
    case ' ':
      if (row.kind === 'experiment' || row.kind === 'session') {
        tree.onToggle(row.key, !row.isExpanded);
      }
      return true;
    case 'F2':
      tree.onRename(row);
      return true;
    case 'Delete':
      tree.onDelete(row);
      return true;
    default:
      return false;
  }
}

function goInto(tree: ITreeProps, row: Row, selected: number): boolean {
  if (row.kind === 'run' || row.kind === 'end') {
    return false;
  }
  const below = tree.rows[selected + 1];
  if (!row.isExpanded) {
    tree.onToggle(row.key, true);
  } else if (below !== undefined && below.level > row.level) {
    tree.onSelect(below.key);
  }
  return true;
}

function goOut(tree: ITreeProps, row: Row, selected: number): boolean {
  if ((row.kind === 'experiment' || row.kind === 'session') && row.isExpanded) {
    tree.onToggle(row.key, false);
    return true;
  }
  for (let index = selected - 1; index >= 0; index--) {
    const above = tree.rows[index];
    if (above !== undefined && above.level < row.level) {
      tree.onSelect(above.key);
      return true;
    }
  }
  return true;
}
