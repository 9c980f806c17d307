import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IErrorGroup, IErrorGroupPatch } from '../../api/types';
import type { IErrorActions } from './actions';
import { Section } from './contextView';

/** The server's limits, in characters. */
const NOTE_MAX_CHARS = 100_000;
const NAME_MAX_CHARS = 200;

/** What users write about a group. */
export interface INotesProps {
  actions: IErrorActions;
  group: IErrorGroup;
  /** Rejects with an error for the user. */
  patch: (patch: IErrorGroupPatch) => Promise<void>;
  trans: TranslationBundle;
}

/** Who looks after it, what is known of it, and what to do when it happens. */
export function Notes(props: INotesProps): JSX.Element {
  const { group, patch, trans } = props;
  return (
    <div className="jp-DsinfraError-context">
      <Section label={trans.__('Assignee')}>
        <Assignee {...props} />
      </Section>
      <Section label={trans.__('Note')}>
        <MarkdownEditor
          {...props}
          label={trans.__('Note')}
          empty={trans.__('What is known of this error so far.')}
          text={group.note}
          save={note => patch({ note })}
        />
      </Section>
      <Section label={trans.__('Runbook')}>
        <MarkdownEditor
          {...props}
          label={trans.__('Runbook')}
          empty={trans.__('What to do when it happens again.')}
          text={group.runbook}
          save={runbook => patch({ runbook })}
        />
      </Section>
    </div>
  );
}

/** Return a way to save something that remembers its failure. */
function useSaving<T>(save: (value: T) => Promise<void>): {
  failure: string | null;
  isSaving: boolean;
  start: (value: T) => Promise<boolean>;
} {
  const [isSaving, setSaving] = React.useState(false);
  const [failure, setFailure] = React.useState<string | null>(null);
  const start = async (value: T): Promise<boolean> => {
    setSaving(true);
    setFailure(null);
    try {
      await save(value);
      return true;
    } catch (error) {
      setFailure(messageOf(error));
      return false;
    } finally {
      setSaving(false);
    }
  };
  return { failure, isSaving, start };
}

function Failure(props: { text: string | null }): JSX.Element | null {
  return props.text === null ? null : (
    <p className="jp-DsinfraError-failure" role="alert">
      {props.text}
    </p>
  );
}

function Assignee(props: INotesProps): JSX.Element {
  const { group, patch, trans } = props;
  const [draft, setDraft] = React.useState(group.assignee);
  React.useEffect(() => setDraft(group.assignee), [group.assignee]);
  const { failure, isSaving, start } = useSaving(patch);
  const save = (): void => {
    const assignee = draft.trim();
    if (assignee !== group.assignee) {
      void start({ assignee });
    }
  };
  return (
    <>
      <input
        aria-label={trans.__('Assignee')}
        className="jp-mod-styled"
        disabled={isSaving}
        maxLength={NAME_MAX_CHARS}
        placeholder={trans.__('Nobody')}
        value={draft}
        onBlur={save}
        onChange={event => setDraft(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            save();
          } else if (event.key === 'Escape') {
            setDraft(group.assignee);
          }
        }}
      />
      <Failure text={failure} />
    </>
  );
}

/** A text in Markdown: shown rendered, written plain. */
function MarkdownEditor(
  props: INotesProps & {
    empty: string;
    label: string;
    save: (text: string) => Promise<void>;
    text: string;
  }
): JSX.Element {
  const { actions, empty, label, text, trans } = props;
  const [draft, setDraft] = React.useState<string | null>(null);
  const { failure, isSaving, start } = useSaving(props.save);
  if (draft === null) {
    return (
      <>
        {text === '' ? (
          <p className="jp-DsinfraError-quiet">{empty}</p>
        ) : (
          <Markdown actions={actions} text={text} />
        )}
        <button
          type="button"
          className="jp-DsinfraButton"
          aria-label={trans.__('Edit: %1', label)}
          onClick={() => setDraft(text)}
        >
          {text === '' ? trans.__('Write') : trans.__('Edit')}
        </button>
      </>
    );
  }
  const submit = async (): Promise<void> => {
    if (draft === text || (await start(draft))) {
      setDraft(null);
    }
  };
  return (
    <div className="jp-DsinfraError-editor">
      <textarea
        aria-label={label}
        autoFocus
        className="jp-mod-styled"
        disabled={isSaving}
        maxLength={NOTE_MAX_CHARS}
        placeholder={trans.__('Markdown')}
        rows={Math.min(16, Math.max(4, draft.split('\n').length + 1))}
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
      <div className="jp-DsinfraError-links">
        <button
          type="button"
          className="jp-DsinfraButton"
          disabled={isSaving}
          onClick={() => void submit()}
        >
          {trans.__('Save')}
        </button>
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
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

/** Text rendered by JupyterLab, which takes out what could run. */
function Markdown(props: {
  actions: IErrorActions;
  text: string;
}): JSX.Element {
  const { actions, text } = props;
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(
    () =>
      host.current ? actions.renderMarkdown(text, host.current) : undefined,
    [text]
  );
  return <div ref={host} className="jp-DsinfraError-markdown" />;
}
