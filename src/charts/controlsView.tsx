import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { XAxis } from './series';
import type { IChartSettings } from './view';

/** How many metrics make a filter worth its room. */
const FILTER_MIN = 5;

/** What the controls above the charts show and change. */
interface IControlsProps {
  /** How many metrics there are, and how many the filter leaves. */
  count: number;
  shownCount: number;
  filter: string;
  hasLines: boolean;
  settings: IChartSettings;
  change: (changed: Partial<IChartSettings>) => void;
  setFilter: (filter: string) => void;
  trans: TranslationBundle;
}

/** What holds for all charts of a view. */
export function Controls(props: IControlsProps): JSX.Element {
  const { change, count, filter, settings, trans } = props;
  return (
    <div
      className="jp-DsinfraCharts-controls"
      role="group"
      aria-label={trans.__('Charts')}
    >
      {count >= FILTER_MIN && (
        <label className="jp-DsinfraCharts-filter">
          <input
            aria-label={trans.__('Filter metrics')}
            className="jp-mod-styled"
            placeholder={trans.__('Filter metrics')}
            type="search"
            value={filter}
            onChange={event => props.setFilter(event.target.value)}
          />
          <span className="jp-DsinfraCharts-quiet" role="status">
            {filter === ''
              ? trans._n('%1 metric', '%1 metrics', count)
              : trans.__('%1 of %2', props.shownCount, count)}
          </span>
        </label>
      )}
      {props.hasLines && (
        <>
          <AxisChoice axis={settings.axis} change={change} trans={trans} />
          <label title={trans.__('Draw values on a logarithmic scale')}>
            <input
              type="checkbox"
              checked={settings.isLog}
              onChange={event => change({ isLog: event.target.checked })}
            />
            {trans.__('Log scale')}
          </label>
          <Smoothing
            smoothing={settings.smoothing}
            change={change}
            trans={trans}
          />
        </>
      )}
    </div>
  );
}

function AxisChoice(props: {
  axis: XAxis;
  change: IControlsProps['change'];
  trans: TranslationBundle;
}): JSX.Element {
  const { trans } = props;
  const names: [XAxis, string][] = [
    ['step', trans.__('Step')],
    ['relative', trans.__('Time since start')],
    ['wall', trans.__('Time of day')]
  ];
  return (
    <label>
      {trans.__('Along')}
      <HTMLSelect
        value={props.axis}
        onChange={event => {
          const { value } = event.target;
          const chosen = names.find(([axis]) => axis === value);
          if (chosen) {
            props.change({ axis: chosen[0] });
          }
        }}
        options={names.map(([value, label]) => ({ value, label }))}
      />
    </label>
  );
}

function Smoothing(props: {
  smoothing: number;
  change: IControlsProps['change'];
  trans: TranslationBundle;
}): JSX.Element {
  const { smoothing, trans } = props;
  return (
    <label
      title={trans.__(
        'Draw the exponential moving average; the values themselves stay faintly behind it'
      )}
    >
      {trans.__('Smoothing')}
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={smoothing}
        onChange={event =>
          props.change({ smoothing: Number(event.target.value) })
        }
      />
      <output className="jp-DsinfraCharts-quiet">
        {smoothing === 0 ? trans.__('off') : smoothing.toFixed(2)}
      </output>
    </label>
  );
}
