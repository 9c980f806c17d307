import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { ICurrentKernel } from './statusModel';

/** Return the kernel of the notebook that was in front last, whatever is now. */
export function followCurrent(tracker: INotebookTracker): ICurrentKernel {
  const changed = new Signal<INotebookTracker, void>(tracker);
  const emit = (): void => changed.emit();
  let panel: NotebookPanel | null = null;
  const update = (): void => {
    if (panel !== null && !panel.isDisposed) {
      panel.sessionContext.kernelChanged.disconnect(emit);
    }
    panel = tracker.currentWidget;
    panel?.sessionContext.kernelChanged.connect(emit);
    emit();
  };
  tracker.currentChanged.connect(update);
  update();
  return {
    get id() {
      return panel?.isDisposed === false
        ? (panel.sessionContext.session?.kernel?.id ?? null)
        : null;
    },
    changed
  };
}
