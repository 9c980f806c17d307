import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { ITrial } from '../api/types';
import { formatElapsed, formatShortMoment } from '../ui/format';
import { StarIcon } from '../ui/starIcon';
import { StatusIcon } from '../ui/status';
import type { IColumn, Value } from './columns';
import {
  cellText,
  columnGroup,
  columnTitle,
  flagTexts,
  runTitle
} from './labels';
import type { TrialsModel } from './model';

export interface ITableActions {
  open(runId: string): void;
  star(runId: string, isStarred: boolean): void;

  /** Show the menu of a run at a place on the screen. */
  showMenu(trial: ITrial, x: number, y: number): void;
}

/** What every cell needs beside what it shows. */
export interface ICellContext {
  readonly actions: ITableActions;
  readonly idOf: (row: number, column: number) => string;
  readonly locale: string;
  readonly model: TrialsModel;
  readonly onPress: (row: number, column: number) => void;
  readonly onSelect: (trial: ITrial, isRange: boolean) => void;
  readonly trans: TranslationBundle;
}

/** Where a cell stands, and how wide it is; the first column stays where it is. */
function placeOf(
  index: number,
  width: number,
  start: number
): React.CSSProperties {
  return index === 0 ? { width } : { width, left: start };
}

/** The heading of a column; sorts when it is pressed. */
export function HeaderCell(props: {
  id: string;
  index: number;
  column: IColumn;
  isActive: boolean;
  width: number;
  start: number;
  context: ICellContext;
}): JSX.Element {
  const { column, context, index } = props;
  const { model, trans } = context;
  const { sort } = model.layout;
  const isSorted = sort?.key === column.key;
  const title = columnTitle(column, trans);
  const direction =
    column.kind !== 'metric'
      ? ''
      : model.isLessBetter(column)
        ? trans.__('less is better')
        : trans.__('more is better');
  const Arrow = sort?.isDescending ? caretDownIcon : caretUpIcon;
  return (
    <div
      id={props.id}
      className="jp-DsinfraTrials-cell"
      data-kind={column.kind}
      data-active={props.isActive}
      data-number={model.isNumeric(column)}
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={
        isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'
      }
      title={[title, columnGroup(column, trans), direction]
        .filter(Boolean)
        .join(' · ')}
      style={placeOf(index, props.width, props.start)}
      onClick={() => model.cycleSort(column.key)}
    >
      <span className="jp-DsinfraTrials-group" aria-hidden="true">
        {columnGroup(column, trans)}
      </span>
      <span className="jp-DsinfraTrials-heading">
        <span className="jp-DsinfraTrials-title">{title}</span>
        {isSorted && (
          <Arrow.react className="jp-DsinfraTrials-arrow" tag="span" />
        )}
      </span>
    </div>
  );
}

/** What a cell of a run needs. */
interface ICellProps {
  row: number;
  index: number;
  column: IColumn;
  trial: ITrial;
  isActive: boolean;
  isSelected: boolean;
  width: number;
  start: number;

  /** The moment in milliseconds, for what is still running. */
  now: number;
  context: ICellContext;
}

/** What a run has in a column. Drawn anew only when something about it changed. */
export const Cell = React.memo(function Cell(props: ICellProps): JSX.Element {
  const { column, context, index, row, trial } = props;
  const { model, trans } = context;
  const value = model.valueAt(column, trial);
  const stats = column.kind === 'metric' ? model.statsOf(column) : null;
  const rank =
    stats !== null && typeof value === 'number'
      ? stats.ranks.get(value)
      : undefined;
  const isBest = stats?.best !== null && stats?.best === value;
  const isWarm = rank !== undefined && stats?.best !== null;
  const place = placeOf(index, props.width, props.start);
  const style =
    isWarm && model.layout.hasHeat
      ? { ...place, '--jp-private-dsinfra-heat': rank.toFixed(3) }
      : place;
  return (
    <div
      id={context.idOf(row, index)}
      className="jp-DsinfraTrials-cell"
      data-kind={column.kind}
      data-active={props.isActive}
      data-number={typeof value === 'number' && column.kind !== 'code'}
      data-heat={isWarm && model.layout.hasHeat}
      role={column.kind === 'run' ? 'rowheader' : 'gridcell'}
      aria-colindex={index + 1}
      title={titleOf(props, value)}
      style={style}
      onClick={() => context.onPress(row, index)}
    >
      {column.kind === 'run' ? (
        <RunCell {...props} />
      ) : (
        <span className="jp-DsinfraTrials-value">{text(props, value)}</span>
      )}
      {isBest && (
        <span
          className="jp-DsinfraTrials-best"
          role="img"
          aria-label={trans.__('best')}
        />
      )}
    </div>
  );
});

function text(props: ICellProps, value: Value): string {
  const { column, context, now, trial } = props;
  const { model, trans } = context;
  if (column.kind === 'duration' && trial.status === 'running') {
    const since = Date.parse(trial.queued_at);
    return formatElapsed((now + model.clockOffset - since) / 1000);
  }
  return cellText(column, value, trial, trans);
}

/** What is told of a cell that is pointed at: the value in full. */
function titleOf(props: ICellProps, value: Value): string {
  const { column, context, trial } = props;
  const { locale, trans } = context;
  switch (column.kind) {
    case 'run':
      return [
        runTitle(trial, trans, locale),
        ...flagTexts(trial, trans),
        trial.note
      ]
        .filter(Boolean)
        .join('\n');
    case 'code':
      return trial.code_sha256;
    case 'flags':
      return flagTexts(trial, trans).join('\n');
    default:
      return value === null ? '' : String(value);
  }
}

/** The mark to choose a run, its state, and which it is. */
function RunCell(props: ICellProps): JSX.Element {
  const { context, isSelected, trial } = props;
  const { locale, trans } = context;
  const title = runTitle(trial, trans, locale);
  const starLabel = trial.is_starred
    ? trans.__('Remove star')
    : trans.__('Star');
  return (
    <>
      <input
        type="checkbox"
        tabIndex={-1}
        checked={isSelected}
        aria-label={trans.__('Select %1', title)}
        onClick={event => {
          event.stopPropagation();
          context.onSelect(trial, event.shiftKey);
        }}
        onDoubleClick={event => event.stopPropagation()}
        onChange={() => undefined}
      />
      <button
        type="button"
        className="jp-DsinfraTrials-star"
        data-filled={trial.is_starred}
        tabIndex={-1}
        title={starLabel}
        aria-label={starLabel}
        aria-pressed={trial.is_starred}
        onClick={event => {
          event.stopPropagation();
          context.actions.star(trial.run_id, !trial.is_starred);
        }}
        onDoubleClick={event => event.stopPropagation()}
      >
        <StarIcon isFilled={trial.is_starred} />
      </button>
      <StatusIcon status={trial.status} trans={trans} />
      <span className="jp-DsinfraTrials-count">
        {`[${trial.execution_count ?? ' '}]`}
      </span>
      <span className="jp-DsinfraTrials-name">{trial.name}</span>
      <span className="jp-DsinfraTrials-when">
        {formatShortMoment(new Date(trial.queued_at), new Date(), locale)}
      </span>
    </>
  );
}
