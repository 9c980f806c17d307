import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { BookmarkIcon, SearchBox } from '../ui/searchBox';
import { severityLabel } from '../ui/severity';
import type { IErrorFilter } from './filter';
import { CATEGORIES, PERIOD_NAMES, SEVERITIES, STATES } from './filter';
import { categoryLabel, periodLabel, stateFilterLabel } from './labels';

export interface IFilterProps {
  trans: TranslationBundle;
  filter: IErrorFilter;
  isFiltered: boolean;

  /** The name of the current notebook; null if there is none. */
  notebookName: string | null;
  onChange: (changes: Partial<IErrorFilter>) => void;
  onClear: () => void;

  /** Show the saved views beside this element. */
  onSaved: (element: HTMLElement) => void;

  /** Go on to what was found. */
  onLeave: () => void;
}

/** What the list is restricted to. */
export function FilterView(props: IFilterProps): JSX.Element {
  const { trans, filter, onChange } = props;
  return (
    <div className="jp-DsinfraSearch" role="search">
      <SearchBox
        trans={trans}
        label={trans.__('Search errors')}
        query={filter.q}
        onQuery={q => onChange({ q })}
        onLeave={props.onLeave}
      />
      <div className="jp-DsinfraSearch-tools">
        <Choices {...props} />
        <button
          type="button"
          className="jp-DsinfraSearch-tool"
          title={trans.__('Saved views')}
          aria-label={trans.__('Saved views')}
          aria-haspopup="menu"
          onClick={event => props.onSaved(event.currentTarget)}
        >
          <BookmarkIcon />
        </button>
      </div>
    </div>
  );
}

function Choices(props: IFilterProps): JSX.Element {
  const { trans, filter, notebookName, onChange } = props;
  return (
    <div
      className="jp-DsinfraSearch-chips"
      role="group"
      aria-label={trans.__('Show only')}
    >
      <Choice
        label={trans.__('State')}
        value={filter.state}
        isSet={filter.state !== 'open'}
        options={STATES.map(state => [state, stateFilterLabel(state, trans)])}
        onChange={state => onChange({ state: state ?? 'open' })}
      />
      <Choice
        label={trans.__('Severity')}
        none={trans.__('Severity')}
        any={trans.__('Any severity')}
        value={filter.severity}
        isSet={filter.severity !== null}
        options={SEVERITIES.map(name => [name, severityLabel(name, trans)])}
        onChange={severity => onChange({ severity })}
      />
      <Choice
        label={trans.__('Category')}
        none={trans.__('Category')}
        any={trans.__('Any category')}
        value={filter.category}
        isSet={filter.category !== null}
        options={CATEGORIES.map(name => [name, categoryLabel(name, trans)])}
        onChange={category => onChange({ category })}
      />
      <Choice
        label={trans.__('Last seen')}
        none={trans.__('Time')}
        any={trans.__('Any time')}
        value={filter.period}
        isSet={filter.period !== null}
        options={PERIOD_NAMES.map(name => [name, periodLabel(name, trans)])}
        onChange={period => onChange({ period })}
      />
      <button
        type="button"
        className="jp-DsinfraChip"
        aria-pressed={filter.isHere}
        title={notebookName ?? trans.__('Only errors of the notebook in front')}
        onClick={() => onChange({ isHere: !filter.isHere })}
      >
        {trans.__('This notebook')}
      </button>
      {props.isFiltered && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={props.onClear}
        >
          {trans.__('Clear')}
        </button>
      )}
    </div>
  );
}

/** One of several values, or none. */
function Choice<T extends string>(props: {
  label: string;

  /** What is shown where nothing is chosen; without it something always is. */
  none?: string;

  /** How that is called among the options. */
  any?: string;
  value: T | null;

  /** Whether it is another one than at first. */
  isSet: boolean;
  options: readonly (readonly [T, string])[];
  onChange: (value: T | null) => void;
}): JSX.Element {
  const { label, none, any, value, isSet, options, onChange } = props;
  const shown = options.find(([name]) => name === value)?.[1] ?? none;
  return (
    <span className="jp-DsinfraChoice" data-set={isSet}>
      {/* A select is as wide as its widest option: the text is drawn apart from it. */}
      <span aria-hidden="true">{shown}</span>
      <select
        aria-label={label}
        title={label}
        value={value ?? ''}
        onChange={event => {
          const chosen = options.find(([name]) => name === event.target.value);
          onChange(chosen?.[0] ?? null);
        }}
      >
        {none !== undefined && <option value="">{any}</option>}
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}
