import '../../style/charts.css';

import type { TranslationBundle } from '@jupyterlab/translation';
import { tableRowsIcon, undoIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Action, Swatch } from './partsView';
import type { Plot } from './plot';
import type { IBand, IReading, IWindow } from './plotContent';
import type { IThemeSignal } from './plotView';
import { PlotView, keysText } from './plotView';
import type { IColumns } from './series';
import { PointTable, placeText } from './tableView';

/** What a chart of readings over time is made with. */
export interface IHistoryChartProps {
  title: string;
  /** What stands beside the title: a limit, for instance. */
  remark?: string;
  /** Null is a gap. Places are Unix seconds, or seconds since the start. */
  columns: IColumns;
  /** What each line is called. */
  labels: readonly string[];
  axis: 'wall' | 'relative';
  extent?: IWindow;
  bands?: readonly IBand[];
  /** What was going on at a place; empty if nothing. */
  describe?: (x: number) => string;
  format: (value: number) => string;
  /** What the y axis reaches at least. */
  ceiling?: number;
  /** What is zoomed into, where several charts share it. */
  zoom: IWindow | null;
  setZoom: (window: IWindow | null) => void;
  themeChanged: IThemeSignal | undefined;
  locale: string;
  trans: TranslationBundle;
}

/** Readings over time: a line for each thing that was read. */
export function HistoryChart(props: IHistoryChartProps): JSX.Element {
  const { axis, bands, ceiling, columns, extent, format, labels } = props;
  const { locale, setZoom, title, trans, zoom } = props;
  const plot = React.useRef<Plot | null>(null);
  const [isTable, setTable] = React.useState(false);
  const [reading, setReading] = React.useState<IReading | null>(null);
  const content = React.useMemo(
    () => ({
      axis,
      bands: bands ?? [],
      ceiling,
      columns,
      extent,
      format,
      locale
    }),
    [axis, bands, ceiling, columns, extent, format, locale]
  );
  React.useEffect(() => {
    plot.current?.zoomTo(zoom);
  }, [zoom, isTable]);
  return (
    <section className="jp-DsinfraChart" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <span className="jp-DsinfraChart-remark" title={props.remark}>
          {props.remark}
        </span>
        <div className="jp-DsinfraChart-actions">
          {zoom !== null && !isTable && (
            <Action label={trans.__('Show all')} onClick={() => setZoom(null)}>
              <undoIcon.react tag="span" />
            </Action>
          )}
          <Action
            label={trans.__('Show as table')}
            isPressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            <tableRowsIcon.react tag="span" />
          </Action>
        </div>
      </header>
      {isTable ? (
        <ReadingTable {...props} />
      ) : (
        <>
          <PlotView
            content={content}
            label={sentencesOf(props)}
            plot={plot}
            onRead={setReading}
            onZoom={setZoom}
            themeChanged={props.themeChanged}
            trans={trans}
          />
          <div className="jp-DsinfraChart-readings">
            <span className="jp-DsinfraCharts-quiet">
              {reading === null
                ? trans.__('Last')
                : placeText(reading.x, axis, locale, trans)}
            </span>
            {labels.map((label, index) => (
              <span key={index} title={label}>
                <Swatch index={index} />
                {labels.length > 1 && `${label} `}
                {textOf(
                  reading ? reading.values[index] : lastOf(columns, index),
                  format
                )}
              </span>
            ))}
            <span className="jp-DsinfraCharts-quiet">
              {reading !== null && props.describe?.(reading.x)}
            </span>
          </div>
        </>
      )}
    </section>
  );
}

/** The same as a table, the newest first. */
function ReadingTable(props: IHistoryChartProps): JSX.Element {
  const { columns, describe, labels, trans } = props;
  const { x, lines } = columns;
  return (
    <PointTable
      {...props}
      absentText={trans.__('not read')}
      columns={{
        x: [...x].reverse(),
        lines: lines.map(values => [...values].reverse())
      }}
      headings={labels}
      label={props.title}
      notes={
        describe && {
          heading: trans.__('Running'),
          of: describe
        }
      }
    />
  );
}

function lastOf(columns: IColumns, index: number): number | null {
  return columns.lines[index]?.[columns.x.length - 1] ?? null;
}

function textOf(
  value: number | null | undefined,
  format: (value: number) => string
): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** Return what a chart shows, in a sentence for each line. */
function sentencesOf(props: IHistoryChartProps): string {
  const { columns, format, labels, title, trans } = props;
  const sentences = labels.map((label, index) => {
    let most = -Infinity;
    for (const value of columns.lines[index] ?? []) {
      most = Math.max(most, value ?? -Infinity);
    }
    return most === -Infinity
      ? trans.__('%1: not read.', label)
      : trans.__(
          '%1: last %2, most %3.',
          label,
          textOf(lastOf(columns, index), format),
          format(most)
        );
  });
  return [`${title}.`, ...sentences, keysText(trans)].join(' ');
}
