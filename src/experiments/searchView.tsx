import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { BookmarkIcon, SearchBox } from '../ui/searchBox';
import type { Chip, IQueryFailure } from './search';

export interface ISearchProps {
  trans: TranslationBundle;
  query: string;
  failure: IQueryFailure | null;
  chips: ReadonlySet<Chip>;
  onQuery: (query: string) => void;
  onChip: (chip: Chip) => void;
  onHelp: () => void;

  /** Show the saved searches beside this element. */
  onSaved: (element: HTMLElement) => void;

  /** Go on to what was found. */
  onLeave: () => void;
}

/** The search box with its ready-made restrictions. */
export function SearchView(props: ISearchProps): JSX.Element {
  const { trans, failure } = props;
  return (
    <div className="jp-DsinfraSearch" role="search">
      <SearchBox
        trans={trans}
        label={trans.__('Search runs')}
        query={props.query}
        isWrong={failure !== null}
        onQuery={props.onQuery}
        onLeave={props.onLeave}
      />
      {failure && (
        <QueryFailure failure={failure} query={props.query} trans={trans} />
      )}
      <div className="jp-DsinfraSearch-tools">
        <Chips {...props} />
        <button
          type="button"
          className="jp-DsinfraSearch-tool"
          title={trans.__('Saved searches')}
          aria-label={trans.__('Saved searches')}
          aria-haspopup="menu"
          onClick={event => props.onSaved(event.currentTarget)}
        >
          <BookmarkIcon />
        </button>
        <button
          type="button"
          className="jp-DsinfraSearch-tool"
          title={trans.__('What can be searched for')}
          aria-label={trans.__('What can be searched for')}
          aria-haspopup="dialog"
          onClick={props.onHelp}
        >
          {'?'}
        </button>
      </div>
    </div>
  );
}

/** What is wrong, and the query with a mark at the place. */
function QueryFailure(props: {
  failure: IQueryFailure;
  query: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { failure, query } = props;
  const { message, position } = failure;
  return (
    <div className="jp-DsinfraSearch-failure" role="alert">
      {position !== null && (
        <code className="jp-DsinfraSearch-place" aria-hidden="true">
          {query.slice(0, position)}
          <mark>{query.slice(position, position + 1) || ' '}</mark>
          {query.slice(position + 1)}
        </code>
      )}
      <span>{message}</span>
    </div>
  );
}

function Chips(props: ISearchProps): JSX.Element {
  const { trans, chips, onChip } = props;
  const labels: [Chip, string][] = [
    ['errors', trans.__('Errors')],
    ['running', trans.__('Running')],
    ['starred', trans.__('Starred')]
  ];
  return (
    <div
      className="jp-DsinfraSearch-chips"
      role="group"
      aria-label={trans.__('Show only')}
    >
      {labels.map(([chip, label]) => (
        <button
          key={chip}
          type="button"
          className="jp-DsinfraChip"
          aria-pressed={chips.has(chip)}
          onClick={() => onChip(chip)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
