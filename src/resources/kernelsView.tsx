import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IKernelSample } from '../api/types';
import { isMenuKey, lineOfKey } from '../ui/lineKeys';
import type { ILineProps } from './kernelLine';
import { KernelLine } from './kernelLine';
import type { Column, ISorting } from './sorting';

/** Where the menu of a line opens, in pixels from its left. */
const MENU_INDENT = 24;

export interface IKernelsProps {
  kernels: readonly IKernelSample[];
  sorting: ISorting;
  selectedId: string | null;

  /** Whether any of them can have memory of a GPU. */
  hasGpu: boolean;

  /** When it was read, in milliseconds. */
  at: number;
  trail: (name: string) => (number | null)[];
  trans: TranslationBundle;

  /** A pointer comes upon the lines, which shall keep their places, or leaves them. */
  onHold: (isHeld: boolean) => void;
  onSort: (column: Column) => void;
  onSelect: (id: string) => void;
  onOpen: (kernel: IKernelSample) => void;
  onMenu: (kernel: IKernelSample, x: number, y: number) => void;

  /** The kernel whose details are shown. */
  expandedId: string | null;

  /** The details of that kernel; the callback closes them. */
  details: (close: () => void) => JSX.Element;

  /** Show the details of a kernel, or of none. */
  onExpand: (id: string | null) => void;
}

/** All kernels of this server, sorted as the user likes. */
export function KernelsView(props: IKernelsProps): JSX.Element {
  const { kernels, selectedId, hasGpu, trans } = props;
  const grid = React.useRef<HTMLDivElement>(null);
  const { onHold } = props;
  // With the last kernel they go away from under the pointer.
  React.useEffect(() => () => onHold(false), []);
  const selected = Math.max(
    0,
    kernels.findIndex(kernel => kernel.kernel_id === selectedId)
  );
  const columns: [Column, string, string][] = [
    ['name', trans.__('Kernel'), ''],
    [
      'cpu',
      trans.__('CPU'),
      trans.__('With all processes below it; 100 % is one CPU in full use')
    ],
    ['memory', trans.__('Memory'), trans.__('With all processes below it')]
  ];
  if (hasGpu) {
    columns.push(['gpu', trans.__('GPU'), trans.__('Memory on all GPUs')]);
  }
  return (
    <div
      ref={grid}
      className="jp-DsinfraKernels"
      // Of a grid's lines none may open.
      role="treegrid"
      aria-label={trans.__('Kernels')}
      aria-rowcount={kernels.length + 1}
      data-gpu={hasGpu}
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
      onKeyDown={event => onKeyDown(event, props, selected)}
    >
      <div className="jp-DsinfraKernels-head" role="row">
        {columns.map(([column, label, details]) => (
          <Heading
            key={column}
            column={column}
            label={label}
            details={details}
            sorting={props.sorting}
            onSort={props.onSort}
          />
        ))}
      </div>
      {kernels.map((kernel, index) => (
        <React.Fragment key={kernel.kernel_id}>
          <KernelLine
            {...lineProps(props, kernel)}
            isSelected={kernel.kernel_id === selectedId}
            isReached={index === selected}
            isExpanded={kernel.kernel_id === props.expandedId}
          />
          {kernel.kernel_id === props.expandedId &&
            props.details(() => {
              props.onExpand(null);
              lineOf(grid.current, kernel.kernel_id)?.focus();
            })}
        </React.Fragment>
      ))}
    </div>
  );
}

function lineProps(
  props: IKernelsProps,
  kernel: IKernelSample
): Omit<ILineProps, 'isExpanded' | 'isReached' | 'isSelected'> {
  const { at, hasGpu, onMenu, onOpen, onSelect, trail, trans } = props;
  const name = `kernel.${kernel.kernel_id}.rss_bytes`;
  return {
    kernel,
    at,
    hasGpu,
    trail: trail(name),
    trans,
    onMenu,
    onOpen,
    onSelect
  };
}

function Heading(props: {
  column: Column;
  label: string;
  details: string;
  sorting: ISorting;
  onSort: (column: Column) => void;
}): JSX.Element {
  const { column, label, details, sorting, onSort } = props;
  const isSorted = sorting.column === column;
  const Caret = sorting.isDescending ? caretDownIcon : caretUpIcon;
  return (
    <span
      role="columnheader"
      data-column={column}
      aria-sort={
        isSorted
          ? sorting.isDescending
            ? 'descending'
            : 'ascending'
          : undefined
      }
    >
      <button type="button" title={details} onClick={() => onSort(column)}>
        {label}
        {isSorted && <Caret.react tag="span" />}
      </button>
    </span>
  );
}

function onKeyDown(
  event: React.KeyboardEvent<HTMLElement>,
  props: IKernelsProps,
  selected: number
): void {
  const { kernels } = props;
  const kernel = kernels[selected];
  const line = (event.target as HTMLElement).closest<HTMLElement>(
    '.jp-DsinfraKernels-line'
  );
  const isOther = event.ctrlKey || event.metaKey || event.altKey;
  if (line === null || kernel === undefined || isOther) {
    return;
  }
  const target = lineOfKey(event.key, kernels.length, selected, 0);
  if (target !== null) {
    const next = kernels[target];
    if (next !== undefined) {
      props.onSelect(next.kernel_id);
      lineOf(event.currentTarget, next.kernel_id)?.focus();
    }
  } else if (event.key === 'Enter' && event.target === line) {
    props.onOpen(kernel);
  } else if (event.key === 'ArrowRight') {
    props.onExpand(kernel.kernel_id);
  } else if (event.key === 'ArrowLeft') {
    props.onExpand(null);
  } else if (isMenuKey(event)) {
    const { left, bottom } = line.getBoundingClientRect();
    props.onMenu(kernel, left + MENU_INDENT, bottom);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function lineOf(grid: HTMLElement | null, id: string): HTMLElement | undefined {
  return [
    ...(grid?.querySelectorAll<HTMLElement>('.jp-DsinfraKernels-line') ?? [])
  ].find(line => line.dataset['kernel'] === id);
}
