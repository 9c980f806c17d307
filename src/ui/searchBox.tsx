import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, searchIcon } from '@jupyterlab/ui-components';
import React from 'react';

/** Milliseconds without a key press after which what was typed is searched for. */
const DEBOUNCE = 300;

export interface ISearchBoxProps {
  trans: TranslationBundle;

  /** What is searched: shown in the empty box, and its name. */
  label: string;
  query: string;

  /** Whether the query was refused. */
  isWrong?: boolean;
  onQuery: (query: string) => void;

  /** Go on to what was found. */
  onLeave: () => void;
}

/** A box for words to search for. Escape empties it, the arrow down leaves it. */
export function SearchBox(props: ISearchBoxProps): JSX.Element {
  const { trans, label, query, isWrong = false, onQuery } = props;
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
    <div className="jp-DsinfraSearch-box" data-wrong={isWrong}>
      <searchIcon.react className="jp-DsinfraSearch-icon" tag="span" />
      <input
        className="jp-DsinfraSearch-input"
        type="text"
        spellCheck={false}
        autoComplete="off"
        placeholder={label}
        aria-label={label}
        aria-invalid={isWrong}
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

/** The mark of what was saved under a name. */
export function BookmarkIcon(): JSX.Element {
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
