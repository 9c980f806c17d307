import type { TranslationBundle } from '@jupyterlab/translation';
import { useVirtualizer } from '@tanstack/react-virtual';
import React from 'react';

import type { ITrial } from '../api/types';
import { useNow } from '../ui/useNow';
import type { ICellContext, ITableActions } from './cellView';
import { Cell, HeaderCell } from './cellView';
import type { IColumn } from './columns';
import { cellText, columnTitle } from './labels';
import type { TrialsModel } from './model';
import type { IPlace } from './tableKeys';
import { onTableKey, select } from './tableKeys';

/** Height of a row, and of the headings, in pixels. */
const ROW_HEIGHT = 26;
const HEADER_HEIGHT = 42;

/** Width of the first column, and limits for the others, in pixels. */
const RUN_WIDTH = 216;
const WIDTH_MIN = 72;
const WIDTH_MAX = 240;

/** Pixels of a character, and of what stands around the text of a cell. */
const CHAR_WIDTH = 7.9;
const CELL_PADDING = 22;

/** Rows that are looked at to find out how wide a column is. */
const MEASURED_ROWS = 100;

/** Milliseconds between two renderings of the time that runs take. */
const CLOCK_INTERVAL = 1000;

export interface ITableProps {
  model: TrialsModel;
  actions: ITableActions;
  trans: TranslationBundle;
  locale: string;
}

/**
 * The trials as a grid that is read and walked by keyboard.
 *
 * Only what is visible is in the document; so the grid has the focus, not its cells.
 */
export function TableView(props: ITableProps): JSX.Element {
  const { model, trans } = props;
  const { rows, shownColumns: columns } = model;
  const idPrefix = React.useId();
  const scrollRef = React.useRef<HTMLDivElement>(null);
  const [place, setPlace] = React.useState<IPlace>({ row: 0, column: 0 });
  const widths = useWidths(props);
  const now = useNow(
    model.isActive && rows.some(row => row.status === 'running'),
    CLOCK_INTERVAL
  );
  const lines = useVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => rows[index]?.run_id ?? index,
    getScrollElement: () => scrollRef.current,
    overscan: 8,
    paddingStart: HEADER_HEIGHT,
    scrollPaddingStart: HEADER_HEIGHT
  });
  const fields = useVirtualizer({
    count: columns.length,
    estimateSize: index => widths[index] ?? WIDTH_MIN,
    getItemKey: index => columns[index]?.key ?? index,
    getScrollElement: () => scrollRef.current,
    horizontal: true,
    overscan: 3,
    scrollPaddingStart: RUN_WIDTH
  });
  React.useLayoutEffect(() => fields.measure(), [widths]);
  const active = {
    row: Math.min(place.row, rows.length - 1),
    column: Math.min(place.column, columns.length - 1)
  };
  const go = (next: IPlace): void => {
    const row = clamp(next.row, -1, rows.length - 1);
    const column = clamp(next.column, 0, columns.length - 1);
    setPlace({ row, column });
    if (row >= 0) {
      lines.scrollToIndex(row);
    }
    if (column > 0) {
      fields.scrollToIndex(column);
    }
  };
  // The first column is always there, the others where they are seen.
  const visible = fields
    .getVirtualItems()
    .filter(item => item.index > 0 && item.index < columns.length);
  const idOf = (row: number, column: number): string =>
    `${idPrefix}${rows[row]?.run_id ?? 'head'}.${columns[column]?.key ?? ''}`;
  const context = useCellContext(props, idOf, setPlace);
  const widthsKey = visible.map(item => item.key).join('\n');
  // The same list as long as the same columns are seen, so that rows need not be drawn.
  const seen = React.useMemo(
    () => [
      { index: 0, size: RUN_WIDTH, start: 0 },
      ...visible.map(({ index, size, start }) => ({ index, size, start }))
    ],
    [columns, widths, widthsKey]
  );
  return (
    <div
      ref={scrollRef}
      className="jp-DsinfraTrials-grid"
      role="grid"
      tabIndex={0}
      aria-label={trans.__('Trials')}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
      aria-activedescendant={idOf(active.row, active.column)}
      onKeyDown={event => onTableKey(event, props, active, go)}
    >
      <div
        className="jp-DsinfraTrials-sheet"
        role="presentation"
        style={{ height: lines.getTotalSize(), width: fields.getTotalSize() }}
      >
        <div
          className="jp-DsinfraTrials-head"
          role="row"
          aria-rowindex={1}
          style={{ height: HEADER_HEIGHT }}
        >
          {seen.map(({ index, size, start }) => {
            const column = columns[index];
            return column === undefined ? null : (
              <HeaderCell
                key={column.key}
                id={idOf(-1, index)}
                index={index}
                column={column}
                isActive={active.row === -1 && active.column === index}
                width={size}
                start={start}
                context={context}
              />
            );
          })}
        </div>
        {lines.getVirtualItems().map(line => {
          const trial = rows[line.index];
          return trial === undefined ? null : (
            <TrialRow
              key={line.key}
              trial={trial}
              index={line.index}
              top={line.start}
              seen={seen}
              activeColumn={active.row === line.index ? active.column : -1}
              isSelected={model.selection.has(trial.run_id)}
              now={trial.status === 'running' ? now : 0}
              context={context}
            />
          );
        })}
      </div>
    </div>
  );
}

/** What all rows are drawn with; another one when they all have to be. */
function useCellContext(
  props: ITableProps,
  idOf: (row: number, column: number) => string,
  setPlace: (place: IPlace) => void
): ICellContext {
  const { actions, locale, model, trans } = props;
  const idRef = React.useRef(idOf);
  idRef.current = idOf;
  return React.useMemo(
    () => ({
      actions,
      idOf: (row: number, column: number) => idRef.current(row, column),
      locale,
      model,
      onPress: (row: number, column: number) => setPlace({ row, column }),
      onSelect: (trial: ITrial, isRange: boolean) =>
        select(model, trial, isRange),
      trans
    }),
    [
      actions,
      model.rows,
      model.shownColumns,
      model.layout,
      model.versions,
      locale,
      trans
    ]
  );
}

/** A column that is seen, and where it stands. */
interface ISeen {
  readonly index: number;
  readonly size: number;
  readonly start: number;
}

/** Drawn anew only when something about it changed, not at every scrolling. */
const TrialRow = React.memo(function TrialRow(props: {
  trial: ITrial;
  index: number;
  top: number;
  seen: readonly ISeen[];
  activeColumn: number;
  isSelected: boolean;
  now: number;
  context: ICellContext;
}): JSX.Element {
  const { trial, index: row, context } = props;
  const { actions, model } = context;
  return (
    <div
      className="jp-DsinfraTrials-row"
      role="row"
      aria-rowindex={row + 2}
      aria-selected={props.isSelected}
      style={{ height: ROW_HEIGHT, top: props.top }}
      onDoubleClick={() => actions.open(trial.run_id)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        context.onPress(row, Math.max(0, props.activeColumn));
        actions.showMenu(trial, event.clientX, event.clientY);
      }}
    >
      {props.seen.map(({ index, size, start }) => {
        const column = model.shownColumns[index];
        return column === undefined ? null : (
          <Cell
            key={column.key}
            row={row}
            index={index}
            column={column}
            trial={trial}
            isActive={props.activeColumn === index}
            isSelected={index === 0 && props.isSelected}
            width={size}
            start={start}
            now={props.now}
            context={context}
          />
        );
      })}
    </div>
  );
});

/** The width of each column, by what the newest trials have in it. */
function useWidths(props: ITableProps): readonly number[] {
  const { model, trans } = props;
  const { columns, shownColumns, trials, versions } = model;
  // Rows that come and go must not make the columns jump: they only ever grow.
  const known = React.useRef(new Map<string, number>()).current;
  React.useMemo(() => {
    for (const column of columns) {
      const width = widthOf(column, model, trans);
      known.set(column.key, Math.max(width, known.get(column.key) ?? 0));
    }
  }, [columns, versions, trials, trans]);
  const widths = shownColumns.map(column =>
    column.kind === 'run' ? RUN_WIDTH : (known.get(column.key) ?? WIDTH_MIN)
  );
  // The same list as long as nothing in it has changed.
  return React.useMemo(() => widths, [widths.join()]);
}

function widthOf(
  column: IColumn,
  model: TrialsModel,
  trans: TranslationBundle
): number {
  // The arrow of the order stands beside the heading.
  let chars = columnTitle(column, trans).length + 2;
  for (const trial of model.trials.slice(0, MEASURED_ROWS)) {
    const text = cellText(column, model.valueAt(column, trial), trial, trans);
    chars = Math.max(chars, text.length);
  }
  return clamp(
    Math.ceil(chars * CHAR_WIDTH) + CELL_PADDING,
    WIDTH_MIN,
    WIDTH_MAX
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
