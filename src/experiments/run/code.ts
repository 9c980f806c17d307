import type { IEditorServices } from '@jupyterlab/codeeditor';
import { CodeEditor, CodeEditorWrapper } from '@jupyterlab/codeeditor';

/** Return a read-only editor that shows code in the colours of its language. */
export function createCodeView(options: {
  code: string;
  language: string | null;
  label: string;
  services: IEditorServices;
}): CodeEditorWrapper {
  const { code, label, language, services } = options;
  const model = new CodeEditor.Model({
    mimeType: services.mimeTypeService.getMimeTypeByLanguage(
      languageInfo(language)
    )
  });
  model.sharedModel.setSource(code);
  const view = new CodeEditorWrapper({
    factory: services.factoryService.newInlineEditor,
    model,
    editorOptions: {
      config: { lineNumbers: true, lineWrap: false, readOnly: true }
    }
  });
  view.disposed.connect(() => model.dispose());
  view.node.setAttribute('role', 'region');
  view.node.setAttribute('aria-label', label);
  return view;
}

/** Return the language as kernels describe it. */
function languageInfo(language: string | null): {
  name: string;
  codemirror_mode?: string;
} {
  // Cells are IPython: plain Python would mark magics as mistakes.
  return language === 'python'
    ? { name: 'python', codemirror_mode: 'ipython' }
    : { name: language ?? 'text' };
}
