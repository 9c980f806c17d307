import React from 'react';

import type { ITrial } from '../api/types';
import { axisOf } from './axes';
import { ParallelAxis } from './parallelAxisView';
import type { IParallelPlot } from './parallelPlot';
import { lineOf, nearest, plotOf, stroke, widthFor } from './parallelPlot';
import { axesAmong, axisColumns } from './plotColumns';
import {
  Canvas,
  ColorLegend,
  ColumnSelect,
  HoverCard,
  RangeFields,
  TooFew,
  byColor,
  onPlotKey,
  usePalette,
  useSize
} from './plotView';
import type { ITrialsProps } from './view';

/** A run that is pointed at, and where. */
interface IHovered {
  readonly trial: ITrial;
  readonly x: number;
  readonly y: number;
}

/** Each run as a line over its parameters and metrics. */
export function ParallelView(props: ITrialsProps): JSX.Element {
  return axisColumns(props.model).length < 2 ? (
    <TooFew trans={props.trans} />
  ) : (
    <Parallel {...props} />
  );
}

function Parallel(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  const { layout, trials, rows } = model;
  const hostRef = React.useRef<HTMLDivElement>(null);
  const { width: room, height } = useSize(hostRef);
  const palette = usePalette(hostRef);
  const [colorKey, setColorKey] = React.useState<string | null>(null);
  const [hovered, setHovered] = React.useState<IHovered | null>(null);
  const columns = React.useMemo(
    () => axisColumns(model),
    [trials, layout.hidden]
  );
  const axes = React.useMemo(
    () =>
      axesAmong(columns).map(column =>
        axisOf(column, trials, (item, trial) => model.valueAt(item, trial))
      ),
    [columns, trials]
  );
  const width = Math.max(room, widthFor(axes));
  const plot = React.useMemo(
    () => plotOf(axes, width, height),
    [axes, width, height]
  );
  const lines = React.useMemo(
    () => new Map(trials.map(trial => [trial, lineOf(trial, plot, model)])),
    [trials, plot]
  );
  const chosenKey =
    colorKey ?? columns.find(column => column.kind === 'metric')?.key ?? '';
  const colorAxis = axes.find(axis => axis.column.key === chosenKey) ?? null;
  const draw = React.useCallback(
    (context: CanvasRenderingContext2D) => {
      if (palette === null) {
        return;
      }
      const shown = new Set(rows);
      context.lineWidth = 1;
      context.strokeStyle = palette.faint;
      context.globalAlpha = 0.35;
      const others = trials.filter(trial => !shown.has(trial));
      stroke(context, others, lines, plot);
      context.globalAlpha = rows.length > 500 ? 0.45 : 0.85;
      for (const [step, some] of byColor(rows, colorAxis, model)) {
        context.strokeStyle = palette.scale[step] ?? palette.faint;
        stroke(context, some, lines, plot);
      }
    },
    [palette, rows, trials, lines, colorAxis, plot]
  );
  const selected = rows.filter(row => model.selection.has(row.run_id));
  return (
    <div className="jp-DsinfraPlot">
      <div className="jp-DsinfraPlot-choices">
        <ColumnSelect
          label={trans.__('Colour')}
          columns={axes.map(axis => axis.column)}
          value={chosenKey}
          none={trans.__('none')}
          trans={trans}
          onChange={setColorKey}
        />
        <ColorLegend axis={colorAxis} trans={trans} />
        {columns.length > axes.length && (
          <span>
            {trans.__(
              'The first %1 of %2 columns are shown.',
              axes.length,
              columns.length
            )}
          </span>
        )}
      </div>
      <div className="jp-DsinfraPlot-scroll">
        <div
          ref={hostRef}
          className="jp-DsinfraPlot-host"
          role="group"
          tabIndex={0}
          aria-label={trans.__(
            '%1 runs on %2 axes. Arrow keys go from run to run, Enter opens one.',
            rows.length,
            axes.length
          )}
          onKeyDown={event =>
            onPlotKey(event, props, hovered?.trial ?? null, trial => {
              const y = lines.get(trial)?.[0] ?? 0;
              setHovered({ trial, x: plot.x(0), y });
            })
          }
          onPointerMove={event => {
            const box = event.currentTarget.getBoundingClientRect();
            const x = event.clientX - box.left;
            const y = event.clientY - box.top;
            const trial = nearest(rows, lines, plot, x, y);
            setHovered(trial === null ? null : { trial, x, y });
          }}
          onPointerLeave={() => setHovered(null)}
          onClick={() => {
            if (hovered !== null) {
              props.actions.open(hovered.trial.run_id);
            }
          }}
        >
          <Canvas width={width} height={height} draw={draw} />
          <svg width={width} height={height} aria-hidden="true">
            {selected.map(trial => (
              <Line
                key={trial.run_id}
                trial={trial}
                lines={lines}
                plot={plot}
              />
            ))}
            {hovered !== null && lines.has(hovered.trial) && (
              <Line trial={hovered.trial} lines={lines} plot={plot} isHovered />
            )}
            {axes.map((axis, index) => (
              <ParallelAxis
                key={axis.column.key}
                axis={axis}
                index={index}
                plot={plot}
                {...props}
              />
            ))}
          </svg>
          {hovered !== null && (
            <HoverCard
              {...hovered}
              columns={axes.map(axis => axis.column)}
              model={model}
              width={width}
              trans={trans}
              locale={props.locale}
            />
          )}
        </div>
        <div className="jp-DsinfraPlot-ranges" style={{ width }}>
          {axes.map((axis, index) => (
            <div
              key={axis.column.key}
              className="jp-DsinfraPlot-under"
              style={{ left: plot.x(index) }}
            >
              <RangeFields
                axis={axis}
                range={model.ranges.get(axis.column.key) ?? null}
                trans={trans}
                onChange={range => model.setRange(axis.column.key, range)}
              />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** A run that stands out. */
function Line(props: {
  trial: ITrial;
  lines: ReadonlyMap<ITrial, Float32Array>;
  plot: IParallelPlot;
  isHovered?: boolean;
}): JSX.Element {
  const { trial, lines, plot, isHovered = false } = props;
  const points = Array.from(
    lines.get(trial) ?? [],
    (y, index) => `${plot.x(index)},${y}`
  ).join(' ');
  return (
    <polyline
      className="jp-DsinfraPlot-line"
      data-hovered={isHovered}
      points={points}
    />
  );
}
