import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IDsinfraApi } from '../../tokens';

/** Say why the cells of a notebook cannot be sent; empty if they can. */
export function obstacleOf(
  panel: NotebookPanel | null,
  api: Pick<IDsinfraApi, 'state'>,
  trans: TranslationBundle
): string {
  if (panel === null || panel.model === null) {
    return trans.__('Open a notebook first.');
  }
  if (api.state === 'missing') {
    return trans.__('The server has no such extension, or it is disabled.');
  }
  if (panel.model.readOnly) {
    return trans.__('This notebook cannot be changed.');
  }
  if (panel.context.localPath === '') {
    return trans.__('Save the notebook first.');
  }
  if (!panel.sessionContext.session?.kernel) {
    return trans.__(
      'This notebook has no kernel: the names that a cell needs come from it.'
    );
  }
  const language = languageOf(panel);
  return language === null || /^i?python\d*$/.test(language)
    ? ''
    : trans.__('Only cells of Python can be sent.');
}

/** The language of a notebook's kernel in small letters; null while nobody knows. */
function languageOf({ model, sessionContext }: NotebookPanel): string | null {
  const name = sessionContext.session?.kernel?.name ?? '';
  const spec = sessionContext.specsManager.specs?.kernelspecs[name];
  const language = spec?.language ?? model?.defaultKernelLanguage;
  return language ? language.toLowerCase() : null;
}

/** Whether commands on cells can do something. */
export function isUsable(
  tracker: INotebookTracker,
  api: Pick<IDsinfraApi, 'state'>,
  trans: TranslationBundle
): boolean {
  return obstacleOf(tracker.currentWidget, api, trans) === '';
}
