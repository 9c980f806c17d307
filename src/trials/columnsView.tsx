import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyThinIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IColumn } from './columns';
import { columnGroup, columnTitle } from './labels';
import type { TrialsModel } from './model';
import { Popover } from './popoverView';

/** Columns beyond this number can be looked for by name. */
const SEARCH_FROM = 12;

/** Columns listed at a time: more than this nobody reads. */
const LISTED_MAX = 200;

interface IProps {
  model: TrialsModel;
  trans: TranslationBundle;
}

/** Chooses the columns that are shown, and which way a metric gets better. */
export function ColumnsMenu(props: IProps): JSX.Element {
  const { trans } = props;
  return (
    <Popover
      title={trans.__('Choose columns')}
      label={
        <>
          {trans.__('Columns')}
          <caretDownEmptyThinIcon.react tag="span" />
        </>
      }
    >
      {() => <ColumnList {...props} />}
    </Popover>
  );
}

function ColumnList(props: IProps): JSX.Element {
  const { model, trans } = props;
  const [query, setQuery] = React.useState('');
  const columns = model.columns.filter(column => column.kind !== 'run');
  const found = columns.filter(column =>
    columnTitle(column, trans).toLowerCase().includes(query.toLowerCase())
  );
  const listed = found.slice(0, LISTED_MAX);
  const setAll = (isShown: boolean): void => {
    const keys = new Set(found.map(column => column.key));
    const others = model.layout.hidden.filter(key => !keys.has(key));
    model.changeLayout({ hidden: isShown ? others : [...others, ...keys] });
  };
  return (
    <>
      {columns.length > SEARCH_FROM && (
        <input
          type="search"
          className="jp-DsinfraPopover-search"
          placeholder={trans.__('Filter columns')}
          aria-label={trans.__('Filter columns')}
          value={query}
          onChange={event => setQuery(event.target.value)}
        />
      )}
      <ul className="jp-DsinfraPopover-list">
        {listed.map(column => (
          <ColumnItem key={column.key} column={column} {...props} />
        ))}
        {found.length > listed.length && (
          <li className="jp-DsinfraPopover-more">
            {trans.__('… and %1 more', found.length - listed.length)}
          </li>
        )}
      </ul>
      <div className="jp-DsinfraPopover-buttons">
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => setAll(true)}
        >
          {trans.__('Show all')}
        </button>
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => setAll(false)}
        >
          {trans.__('Hide all')}
        </button>
      </div>
    </>
  );
}

function ColumnItem(props: IProps & { column: IColumn }): JSX.Element {
  const { column, model, trans } = props;
  const isShown = !model.layout.hidden.includes(column.key);
  const isLess = model.isLessBetter(column);
  return (
    <li className="jp-DsinfraPopover-item">
      <label title={column.name}>
        <input
          type="checkbox"
          checked={isShown}
          onChange={event =>
            model.toggleColumn(column.key, event.target.checked)
          }
        />
        <span className="jp-DsinfraPopover-name">
          {columnTitle(column, trans)}
        </span>
        <span className="jp-DsinfraPopover-kind">
          {columnGroup(column, trans)}
        </span>
      </label>
      {column.kind === 'metric' && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          title={
            isLess
              ? trans.__('Less is better. Press to change.')
              : trans.__('More is better. Press to change.')
          }
          onClick={() =>
            model.changeLayout({
              lessIsBetter: {
                ...model.layout.lessIsBetter,
                [column.name]: !isLess
              }
            })
          }
        >
          {isLess ? trans.__('less ↓') : trans.__('more ↑')}
        </button>
      )}
    </li>
  );
}
