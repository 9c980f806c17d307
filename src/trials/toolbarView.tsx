import type { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  filterIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import { ColumnsMenu } from './columnsView';
import { columnTitle, filterFailureText } from './labels';
import type { TrialsMode } from './layouts';
import type { TrialsModel } from './model';

/** Fewest and most runs that can be compared. */
export const COMPARED_MIN = 2;
export const COMPARED_MAX = 20;

export interface IToolbarActions {
  compare(runIds: readonly string[]): void;
  exportCsv(): void;
  copy(): void;
}

export interface IToolbarProps {
  model: TrialsModel;
  actions: IToolbarActions;
  trans: TranslationBundle;
}

/** What can be done with the trials as a whole. */
export function TrialsToolbar(props: IToolbarProps): JSX.Element {
  const { model, actions, trans } = props;
  const { mode } = model.layout;
  return (
    <div className="jp-DsinfraTrials-toolbar">
      <div
        className="jp-DsinfraTrials-tools"
        role="toolbar"
        aria-label={trans.__('Trials')}
      >
        <Modes {...props} />
        <FilterBox {...props} />
        {mode === 'table' && (
          <>
            <Toggle
              label={trans.__('Only what differs')}
              title={trans.__('Hide columns in which all values are equal')}
              isOn={model.layout.onlyDiffering}
              onChange={onlyDiffering => model.changeLayout({ onlyDiffering })}
            />
            <Toggle
              label={trans.__('Heat')}
              title={trans.__('Colour metrics by rank')}
              isOn={model.layout.hasHeat}
              onChange={hasHeat => model.changeLayout({ hasHeat })}
            />
          </>
        )}
        <ColumnsMenu model={model} trans={trans} />
        <span className="jp-DsinfraTrials-gap" />
        <CompareButton {...props} />
        <span className="jp-DsinfraTrials-icons">
          <IconButton
            icon={downloadIcon}
            label={trans.__('Download as CSV')}
            onClick={() => actions.exportCsv()}
          />
          <IconButton
            icon={copyIcon}
            label={trans.__('Copy for a spreadsheet')}
            onClick={() => actions.copy()}
          />
          <IconButton
            icon={refreshIcon}
            label={trans.__('Refresh')}
            onClick={() => void model.refresh()}
          />
        </span>
      </div>
      <Ranges {...props} />
    </div>
  );
}

function Modes(props: IToolbarProps): JSX.Element {
  const { model, trans } = props;
  const modes: readonly [TrialsMode, string][] = [
    ['table', trans.__('Table')],
    ['parallel', trans.__('Parallel')],
    ['scatter', trans.__('Scatter')]
  ];
  return (
    <div
      className="jp-DsinfraSegments"
      role="group"
      aria-label={trans.__('Show as')}
    >
      {modes.map(([mode, label]) => (
        <button
          key={mode}
          type="button"
          aria-pressed={model.layout.mode === mode}
          onClick={() => model.changeLayout({ mode })}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function FilterBox(props: IToolbarProps): JSX.Element {
  const { model, trans } = props;
  const failure = model.filterFailure;
  const failureId = React.useId();
  return (
    <div className="jp-DsinfraTrials-filter" data-wrong={failure !== null}>
      <filterIcon.react tag="span" />
      <input
        type="search"
        placeholder={trans.__('Filter, e.g. lr<0.01 acc>=0.9')}
        title={trans.__(
          'Words are looked for everywhere. Conditions: lr<0.01, acc>=0.9, status:ok, duration>10s, tag.team:nlp, is:starred. A minus before one turns it round.'
        )}
        aria-label={trans.__('Filter trials')}
        aria-invalid={failure !== null}
        aria-describedby={failure === null ? undefined : failureId}
        spellCheck={false}
        value={model.filter}
        onChange={event => (model.filter = event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && model.filter !== '') {
            event.stopPropagation();
            model.filter = '';
          }
        }}
      />
      {failure !== null && (
        <span id={failureId} className="jp-DsinfraTrials-wrong" role="alert">
          {filterFailureText(failure, trans)}
        </span>
      )}
    </div>
  );
}

function CompareButton(props: IToolbarProps): JSX.Element {
  const { model, actions, trans } = props;
  const chosen = model.rows
    .map(row => row.run_id)
    .filter(id => model.selection.has(id));
  const isPossible =
    chosen.length >= COMPARED_MIN && chosen.length <= COMPARED_MAX;
  return (
    <button
      type="button"
      className="jp-DsinfraTool jp-mod-strong"
      disabled={!isPossible}
      title={
        isPossible
          ? trans.__('Show the selected runs side by side')
          : trans.__('Select %1 to %2 runs first', COMPARED_MIN, COMPARED_MAX)
      }
      onClick={() => actions.compare(chosen)}
    >
      {chosen.length === 0
        ? trans.__('Compare')
        : trans.__('Compare (%1)', chosen.length)}
    </button>
  );
}

/** The ranges that were chosen on axes, each with a way to be rid of it. */
function Ranges(props: IToolbarProps): JSX.Element | null {
  const { model, trans } = props;
  const chosen = model.columns.filter(column => model.ranges.has(column.key));
  return chosen.length === 0 ? null : (
    <ul
      className="jp-DsinfraTrials-ranges"
      aria-label={trans.__('Chosen ranges')}
    >
      {chosen.map(column => {
        const { low, high } = model.ranges.get(column.key) ?? {
          low: '',
          high: ''
        };
        const title = columnTitle(column, trans);
        return (
          <li key={column.key}>
            {low === high
              ? `${title}: ${shortened(low)}`
              : `${title}: ${shortened(low)} – ${shortened(high)}`}
            <button
              type="button"
              aria-label={trans.__('Show all of %1', title)}
              title={trans.__('Show all of %1', title)}
              onClick={() => model.setRange(column.key, null)}
            >
              ×
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function shortened(value: number | string): string {
  return typeof value === 'number' && Number.isFinite(value)
    ? String(Number(value.toPrecision(4)))
    : String(value);
}

function Toggle(props: {
  label: string;
  title: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-DsinfraTool"
      aria-pressed={props.isOn}
      title={props.title}
      onClick={() => props.onChange(!props.isOn)}
    >
      {props.label}
    </button>
  );
}

function IconButton(props: {
  icon: typeof copyIcon;
  label: string;
  onClick: () => void;
}): JSX.Element {
  const { icon: Icon, label, onClick } = props;
  return (
    <button
      type="button"
      className="jp-DsinfraTool"
      title={label}
      aria-label={label}
      onClick={onClick}
    >
      <Icon.react tag="span" />
    </button>
  );
}
