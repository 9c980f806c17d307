import type React from 'react';

import type { ITrial } from '../api/types';
import type { ITableActions } from './cellView';
import type { TrialsModel } from './model';

/** Rows that Page Up and Page Down go. */
const PAGE_ROWS = 15;

/** Where the keyboard is: row -1 is that of the headings. */
export interface IPlace {
  readonly row: number;
  readonly column: number;
}

/** The table that the keyboard is in. */
interface ITable {
  readonly actions: ITableActions;
  readonly model: TrialsModel;
}

/** Choose a trial, or all up to it. */
export function select(
  model: TrialsModel,
  trial: ITrial,
  isRange: boolean
): void {
  if (isRange) {
    model.selection.extendTo(trial.run_id, idsOf(model));
  } else {
    model.selection.toggle(trial.run_id);
  }
}

function idsOf(model: TrialsModel): string[] {
  return model.rows.map(row => row.run_id);
}

/** Do what a key stands for, with the cell that the keyboard is on. */
export function onTableKey(
  event: React.KeyboardEvent<HTMLElement>,
  props: ITable,
  active: IPlace,
  go: (place: IPlace) => void
): void {
  const { model } = props;
  if (event.target !== event.currentTarget || event.altKey) {
    return;
  }
  const next = targetOf(event, active, model);
  if (next !== null) {
    go(next);
    const trial = model.rows[next.row];
    if (event.shiftKey && next.row !== active.row && trial !== undefined) {
      const from = model.rows[active.row];
      if (from !== undefined && !model.selection.has(from.run_id)) {
        model.selection.toggle(from.run_id);
      }
      select(model, trial, true);
    }
  } else if (!act(event, props, active)) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** The place that a key leads to; null for other keys. */
function targetOf(
  event: React.KeyboardEvent,
  { row, column }: IPlace,
  model: TrialsModel
): IPlace | null {
  const isAll = event.ctrlKey || event.metaKey;
  const last = model.rows.length - 1;
  switch (event.key) {
    case 'ArrowDown':
      return { row: isAll ? last : Math.min(row + 1, last), column };
    case 'ArrowUp':
      return { row: isAll ? 0 : row - 1, column };
    case 'ArrowRight':
      return { row, column: column + 1 };
    case 'ArrowLeft':
      return { row, column: column - 1 };
    case 'PageDown':
      return { row: Math.min(row + PAGE_ROWS, last), column };
    case 'PageUp':
      return { row: Math.max(row - PAGE_ROWS, 0), column };
    case 'Home':
      return isAll ? { row: 0, column: 0 } : { row, column: 0 };
    case 'End':
      return { row: isAll ? last : row, column: Infinity };
    default:
      return null;
  }
}

/** Do what a key means for a cell; false if it means nothing. */
function act(
  event: React.KeyboardEvent<HTMLElement>,
  props: ITable,
  active: IPlace
): boolean {
  const { model, actions } = props;
  const column = model.shownColumns[active.column];
  const trial = model.rows[active.row];
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && event.key.toLowerCase() === 'a') {
    model.selection.toggleAll(idsOf(model));
    return true;
  }
  if (isCommand || column === undefined) {
    return false;
  }
  if (event.key === 'Escape' && model.selection.ids.size > 0) {
    model.selection.clear();
    return true;
  }
  if (trial === undefined) {
    if (event.key === 'Enter' || event.key === ' ') {
      model.cycleSort(column.key);
      return true;
    }
    return false;
  }
  switch (event.key) {
    case 'Enter':
      actions.open(trial.run_id);
      return true;
    case ' ':
      select(model, trial, event.shiftKey);
      return true;
    case '*':
    case 's':
      actions.star(trial.run_id, !trial.is_starred);
      return true;
    case 'ContextMenu':
    case 'F10':
      if (event.key === 'F10' && !event.shiftKey) {
        return false;
      }
      openMenu(event.currentTarget, props, trial);
      return true;
    default:
      return false;
  }
}

function openMenu(grid: HTMLElement, props: ITable, trial: ITrial): void {
  const cell = grid.querySelector('[data-active="true"]') ?? grid;
  const { left, bottom } = cell.getBoundingClientRect();
  props.actions.showMenu(trial, left, bottom);
}
