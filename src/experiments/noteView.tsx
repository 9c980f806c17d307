import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

/** The server's limit, in characters. */
const NOTE_MAX_CHARS = 100_000;

/** Editor of the note of a run. */
export function NoteView(props: {
  note: string;
  trans: TranslationBundle;
  onChange: (note: string) => void;
}): JSX.Element {
  const { note, trans, onChange } = props;
  const [text, setText] = React.useState(note);
  return (
    <textarea
      className="jp-DsinfraNote jp-mod-styled"
      aria-label={trans.__('Note')}
      placeholder={trans.__('What is worth remembering about this run')}
      maxLength={NOTE_MAX_CHARS}
      rows={8}
      value={text}
      onChange={event => {
        setText(event.target.value);
        onChange(event.target.value);
      }}
    />
  );
}
