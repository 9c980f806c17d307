import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

/** Under which those who would write outputs say so to the others. */
const FIELD = 'dsinfraWriter';

/** What of the awareness of a shared document is needed here. */
interface IAwareness {
  readonly clientID: number;
  getStates(): Map<number, Record<string, unknown> | null>;
  setLocalStateField(name: string, value: unknown): void;
  on(event: 'change', listener: () => void): void;
  off(event: 'change', listener: () => void): void;
}

type Shared = INotebookModel['sharedModel'];

/**
 * Say that this browser would write the outputs of jobs into a document.
 *
 * Several may have it open together, and each sees what the jobs put out: one of them
 * writes it down.
 *
 * @param changed - Called when somebody came or went.
 */
export function offerToWrite(
  document: Shared,
  changed: () => void,
  owner: Pick<IDisposable, 'isDisposed'>
): void {
  const awareness = awarenessOf(document);
  if (awareness === null) {
    return;
  }
  let writer = writerOf(awareness);
  awareness.setLocalStateField(FIELD, true);
  const listener = (): void => {
    if (owner.isDisposed) {
      awareness.off('change', listener);
      return;
    }
    // Cursors move all the time: that changes nothing.
    const next = writerOf(awareness);
    if (next !== writer) {
      writer = next;
      changed();
    }
  };
  awareness.on('change', listener);
}

/** Whether it is this browser that writes. */
export function isWriter(
  notebook: Pick<INotebookModel, 'sharedModel'> | null
): boolean {
  const awareness =
    notebook === null ? null : awarenessOf(notebook.sharedModel);
  if (awareness === null) {
    return notebook !== null;
  }
  const writer = writerOf(awareness);
  return writer === null || writer === awareness.clientID;
}

/** The one with the lowest number among those who would; all agree on it. */
function writerOf(awareness: IAwareness): number | null {
  let writer: number | null = null;
  for (const [id, state] of awareness.getStates()) {
    if (state?.[FIELD] === true && (writer === null || id < writer)) {
      writer = id;
    }
  }
  return writer;
}

function awarenessOf(document: Shared): IAwareness | null {
  return (document as { awareness?: IAwareness }).awareness ?? null;
}
