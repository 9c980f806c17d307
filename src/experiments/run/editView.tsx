import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IRun, IRunPatch } from '../../api/types';

/** What the editors change, and how it is saved. */
export interface IEditProps {
  run: IRun;
  /** Rejects with an error whose message is for the user. */
  patch: (patch: IRunPatch) => Promise<void>;
  trans: TranslationBundle;
}

/** A change on its way: whether it is, and why it failed. */
interface ISaving {
  isSaving: boolean;
  failure: string | null;
  /** Resolves to whether the change was saved. */
  save: (patch: IRunPatch) => Promise<boolean>;
}

/** Return a way to save a change that remembers its failure. */
function useSaving(patch: IEditProps['patch']): ISaving {
  const [isSaving, setSaving] = React.useState(false);
  const [failure, setFailure] = React.useState<string | null>(null);
  const save = async (change: IRunPatch): Promise<boolean> => {
    setSaving(true);
    setFailure(null);
    try {
      await patch(change);
      return true;
    } catch (error) {
      setFailure(messageOf(error));
      return false;
    } finally {
      setSaving(false);
    }
  };
  return { isSaving, failure, save };
}

/** The run's name: the user's, else the first line of its code. */
export function NameEditor(
  props: IEditProps & { fallback: string; isCode: boolean }
): JSX.Element {
  const { run, trans } = props;
  const { failure, isSaving, save } = useSaving(props.patch);
  const [draft, setDraft] = React.useState<string | null>(null);
  if (draft === null) {
    return (
      <div className="jp-DsinfraRun-name">
        <h1
          className={props.isCode && !run.name ? 'jp-mod-code' : undefined}
          title={run.name || props.fallback}
        >
          {run.name || props.fallback}
        </h1>
        <IconButton
          label={trans.__('Rename')}
          onClick={() => setDraft(run.name)}
        >
          <editIcon.react tag="span" />
        </IconButton>
      </div>
    );
  }
  const submit = async (): Promise<void> => {
    if (draft.trim() === run.name || (await save({ name: draft.trim() }))) {
      setDraft(null);
    }
  };
  return (
    <div className="jp-DsinfraRun-name">
      <input
        aria-label={trans.__('Name of the run')}
        autoFocus
        className="jp-mod-styled"
        disabled={isSaving}
        placeholder={props.fallback}
        value={draft}
        onBlur={() => void submit()}
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            void submit();
          } else if (event.key === 'Escape') {
            setDraft(null);
          }
        }}
      />
      <Failure text={failure} />
    </div>
  );
}

/** The run's tags, with a field for one more. */
export function TagsEditor(props: IEditProps): JSX.Element {
  const { run, trans } = props;
  const { failure, isSaving, save } = useSaving(props.patch);
  const [draft, setDraft] = React.useState<string | null>(null);
  const add = async (): Promise<void> => {
    const tag = parseTag(draft ?? '');
    if (tag && !(await save({ tags: { ...run.tags, [tag.key]: tag.value } }))) {
      return;
    }
    setDraft(null);
  };
  const remove = (key: string): void => {
    const others = Object.entries(run.tags).filter(([other]) => other !== key);
    void save({ tags: Object.fromEntries(others) });
  };
  return (
    <div className="jp-DsinfraRun-tags">
      {Object.keys(run.tags).length > 0 && (
        <ul aria-label={trans.__('Tags')}>
          {Object.entries(run.tags).map(([key, value]) => (
            <li key={key} className="jp-DsinfraRun-tag">
              <span title={value ? `${key}: ${value}` : key}>
                {value ? `${key}: ${value}` : key}
              </span>
              <IconButton
                isDisabled={isSaving}
                label={trans.__('Remove tag %1', key)}
                onClick={() => remove(key)}
              >
                <closeIcon.react tag="span" />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      {draft === null ? (
        <button
          className="jp-DsinfraRun-add"
          title={trans.__('Add a tag to this run')}
          onClick={() => setDraft('')}
        >
          <addIcon.react tag="span" /> {trans.__('Add tag')}
        </button>
      ) : (
        <input
          aria-label={trans.__('New tag')}
          autoFocus
          className="jp-mod-styled"
          disabled={isSaving}
          placeholder={trans.__('team: vision')}
          value={draft}
          onBlur={() => void add()}
          onChange={event => setDraft(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              void add();
            } else if (event.key === 'Escape') {
              setDraft(null);
            }
          }}
        />
      )}
      <Failure text={failure} />
    </div>
  );
}

/** Return the key and the value of a tag written `key: value` or `key`. */
export function parseTag(text: string): { key: string; value: string } | null {
  const colon = text.indexOf(':');
  const key = (colon < 0 ? text : text.slice(0, colon)).trim();
  const value = colon < 0 ? '' : text.slice(colon + 1).trim();
  return key ? { key, value } : null;
}

/** The run's note: plain text, shown as it was written. */
export function NoteEditor(props: IEditProps): JSX.Element {
  const { run, trans } = props;
  const { failure, isSaving, save } = useSaving(props.patch);
  const [draft, setDraft] = React.useState<string | null>(null);
  if (draft === null) {
    return run.note ? (
      <div className="jp-DsinfraRun-note">
        <p>{run.note}</p>
        <IconButton
          label={trans.__('Edit note')}
          onClick={() => setDraft(run.note)}
        >
          <editIcon.react tag="span" />
        </IconButton>
      </div>
    ) : (
      <button
        className="jp-DsinfraRun-add"
        title={trans.__('Write down what this run was about')}
        onClick={() => setDraft('')}
      >
        <addIcon.react tag="span" /> {trans.__('Add note')}
      </button>
    );
  }
  const submit = async (): Promise<void> => {
    if (draft === run.note || (await save({ note: draft }))) {
      setDraft(null);
    }
  };
  return (
    <div className="jp-DsinfraRun-noteEditor">
      <textarea
        aria-label={trans.__('Note')}
        autoFocus
        className="jp-mod-styled"
        disabled={isSaving}
        rows={Math.min(12, Math.max(3, draft.split('\n').length + 1))}
        value={draft}
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            void submit();
          } else if (event.key === 'Escape') {
            setDraft(null);
          }
        }}
      />
      <div className="jp-DsinfraRun-buttons">
        <button
          className="jp-Button jp-mod-styled jp-mod-accept"
          disabled={isSaving}
          onClick={() => void submit()}
        >
          {trans.__('Save note')}
        </button>
        <button
          className="jp-Button jp-mod-styled jp-mod-reject"
          disabled={isSaving}
          onClick={() => setDraft(null)}
        >
          {trans.__('Cancel')}
        </button>
      </div>
      <Failure text={failure} />
    </div>
  );
}

/** A button that is only an icon; its label is its name and its tooltip. */
export function IconButton(props: {
  label: string;
  isDisabled?: boolean;
  isPressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      aria-label={props.label}
      aria-pressed={props.isPressed}
      className="jp-DsinfraRun-iconButton"
      disabled={props.isDisabled}
      title={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

function Failure(props: { text: string | null }): JSX.Element | null {
  return props.text === null ? null : (
    <p className="jp-DsinfraRun-failure" role="alert">
      {props.text}
    </p>
  );
}
