import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ITranslator } from '@jupyterlab/translation';

import type { IDsinfraApi, IRecordingSettings } from '../tokens';
import { addActions } from './actionCommands';
import { addCellLines } from './cell/lines';

/** What is needed where there may be notebooks. */
export interface IAttachOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  editorServices: IEditorServices;
  palette: ICommandPalette | null;
  recording: IRecordingSettings | null;
  tracker: INotebookTracker | null;
  translator: ITranslator;
}

/** Add what works on cells: commands, and a line below those that fail. */
export function attachToNotebooks(options: IAttachOptions): void {
  const { app, tracker, translator } = options;
  if (tracker === null) {
    return;
  }
  const trans = translator.load('dsinfra_jlab');
  addActions({ ...options, tracker, trans });
  addCellLines({
    ...options,
    commands: app.commands,
    locale: translator.languageCode,
    tracker,
    trans
  });
}
