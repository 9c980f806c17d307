import '../../style/error-line.css';

import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';

/** How long a line that was jumped to stays marked. */
const MARK_MS = 2000;

/** Put the cursor on a line, from 1, bring it into view and mark it for a moment. */
export function showLine(
  editor: CodeEditor.IEditor,
  line: number,
  column: number
): void {
  const last = editor.lineCount - 1;
  const position = {
    line: Math.max(0, Math.min(line - 1, last)),
    column: Math.max(0, column)
  };
  editor.setCursorPosition(position);
  editor.revealPosition(position);
  const mark = markLine(editor, line);
  // The editor brings it into its own view; the notebook is longer than that.
  mark?.scrollIntoView({ block: 'center' });
  setTimeout(() => mark?.remove(), MARK_MS);
}

/**
 * Lay a mark over a line, from 1. Editors other than JupyterLab's have none.
 *
 * The mark stands beside the text: what stands in it belongs to the editor.
 */
export function markLine(
  editor: CodeEditor.IEditor,
  line: number
): HTMLElement | null {
  const view = (editor as Partial<CodeMirrorEditor>).editor;
  if (!view || line < 1 || line > view.state.doc.lines) {
    return null;
  }
  const block = view.lineBlockAt(view.state.doc.line(line).from);
  const top = view.contentDOM.offsetTop + view.documentPadding.top + block.top;
  const mark = document.createElement('div');
  mark.className = 'jp-DsinfraFoundLine';
  mark.style.top = `${top}px`;
  mark.style.height = `${block.height}px`;
  view.scrollDOM.append(mark);
  return mark;
}

/**
 * Return the line, from 1, at which a line of an older version stands now; null if
 * it is gone or cannot be told from others.
 */
export function lineNow(
  before: string,
  now: string,
  line: number
): number | null {
  const was = before.split('\n');
  const is = now.split('\n');
  const text = (was[line - 1] ?? '').trim();
  if (text === '') {
    return null;
  }
  if (is[line - 1]?.trim() === text) {
    return line;
  }
  const found = is.flatMap((other, index) =>
    other.trim() === text ? [index + 1] : []
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}
