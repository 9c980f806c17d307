import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, searchIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Chip, IQueryFailure } from './search';

/** Milliseconds without a key press after which what was typed is searched for. */
const DEBOUNCE = 300;

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
      <SearchBox {...props} />
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

function SearchBox(props: ISearchProps): JSX.Element {
  const { trans, query, failure, onQuery } = props;
  const [typed, setTyped] = React.useState(query);
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  const submit = (text: string): void => {
    clearTimeout(timer.current);
    onQuery(text);
  };
  // A saved search or a command may put another query in.
  React.useEffect(() => setTyped(query), [query]);
  React.useEffect(() => () => clearTimeout(timer.current), []);

  const onChange = (text: string): void => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onQuery(text), DEBOUNCE);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && typed !== '') {
      event.stopPropagation();
      setTyped('');
      submit('');
    } else if (event.key === 'Enter') {
      submit(typed);
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      props.onLeave();
    }
  };
  return (
    <div className="jp-DsinfraSearch-box" data-wrong={failure !== null}>
      <searchIcon.react className="jp-DsinfraSearch-icon" tag="span" />
      <input
        className="jp-DsinfraSearch-input"
        type="text"
        spellCheck={false}
        autoComplete="off"
        placeholder={trans.__('Search runs')}
        aria-label={trans.__('Search runs')}
        aria-invalid={failure !== null}
        value={typed}
        onChange={event => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {typed !== '' && (
        <button
          type="button"
          className="jp-DsinfraSearch-clear"
          title={trans.__('Clear the search')}
          aria-label={trans.__('Clear the search')}
          onClick={() => {
            setTyped('');
            submit('');
          }}
        >
          <closeIcon.react tag="span" />
        </button>
      )}
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

function BookmarkIcon(): JSX.Element {
  return (
    <svg
      className="jp-DsinfraSearch-bookmark"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      <path d="M4 2.5h8v11l-4-3-4 3Z" />
    </svg>
  );
}
