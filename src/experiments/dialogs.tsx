import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { NoteView } from './noteView';
import { SearchHelpView } from './searchHelpView';
import { TagsView } from './tagsView';

/** Ask for a name; null if the user gives none. */
export async function askName(
  title: string,
  name: string,
  trans: TranslationBundle
): Promise<string | null> {
  const result = await InputDialog.getText({
    title,
    label: trans.__('Name'),
    text: name,
    okLabel: trans.__('Save')
  });
  return result.button.accept ? (result.value ?? '').trim() : null;
}

/** Ask for a note; null if the user keeps the one there is. */
export async function askNote(
  note: string,
  trans: TranslationBundle
): Promise<string | null> {
  let edited = note;
  const result = await showDialog({
    title: trans.__('Note'),
    body: ReactWidget.create(
      <NoteView note={note} trans={trans} onChange={text => (edited = text)} />
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Save') })
    ],
    focusNodeSelector: 'textarea'
  });
  return result.button.accept ? edited : null;
}

/** Ask for tags; null if the user keeps those there are. */
export async function askTags(
  tags: Record<string, string>,
  trans: TranslationBundle
): Promise<Record<string, string> | null> {
  let edited = tags;
  const result = await showDialog({
    title: trans.__('Tags'),
    body: ReactWidget.create(
      <TagsView
        tags={tags}
        trans={trans}
        onChange={value => (edited = value)}
      />
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Save') })
    ],
    // The last line is the empty one.
    focusNodeSelector: '.jp-DsinfraTags-line:last-child input'
  });
  return result.button.accept ? edited : null;
}

/** Show what can be searched for; gives the example that the user picked. */
export async function showSearchHelp(
  trans: TranslationBundle
): Promise<string | null> {
  let picked: string | null = null;
  const dialog = new Dialog({
    title: trans.__('What can be searched for'),
    body: ReactWidget.create(
      <SearchHelpView
        trans={trans}
        onPick={example => {
          picked = example;
          dialog.resolve(0);
        }}
      />
    ),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
  await dialog.launch();
  return picked;
}
