import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { followCurrent } from '../currentKernel';

/** A notebook with a kernel. */
class Notebook {
  readonly sessionContext = {
    kernelChanged: new Signal<this, void>(this),
    session: { kernel: { id: 'k1' } as { id: string } | null }
  };
  isDisposed = false;

  constructor(id: string | null) {
    this.sessionContext.session.kernel = id === null ? null : { id };
  }

  turnTo(id: string | null): void {
    this.sessionContext.session.kernel = id === null ? null : { id };
    this.sessionContext.kernelChanged.emit();
  }
}

class Tracker {
  readonly currentChanged = new Signal<this, void>(this);
  currentWidget: Notebook | null = null;

  show(notebook: Notebook | null): void {
    this.currentWidget = notebook;
    this.currentChanged.emit();
  }
}

describe('followCurrent', () => {
  let tracker: Tracker;
  let current: ReturnType<typeof followCurrent>;
  let changes: number;

  beforeEach(() => {
    tracker = new Tracker();
    current = followCurrent(tracker as unknown as INotebookTracker);
    changes = 0;
    current.changed.connect(() => {
      changes += 1;
    });
  });

  it('has no kernel where there is no notebook', () => {
    expect(current.id).toBeNull();
    tracker.show(new Notebook(null));
    expect(current.id).toBeNull();
  });

  it('follows the notebook in front', () => {
    tracker.show(new Notebook('k1'));
    expect(current.id).toBe('k1');
    tracker.show(new Notebook('k2'));
    expect([current.id, changes]).toEqual(['k2', 2]);
  });

  it('follows the kernel of that notebook, and of no other', () => {
    const [first, second] = [new Notebook('k1'), new Notebook('k2')];
    tracker.show(first);
    first.turnTo('k3');
    expect([current.id, changes]).toEqual(['k3', 2]);

    tracker.show(second);
    first.turnTo('k4');
    expect([current.id, changes]).toEqual(['k2', 3]);
  });

  it('knows no kernel of a notebook that was closed', () => {
    const notebook = new Notebook('k1');
    tracker.show(notebook);
    notebook.isDisposed = true;
    expect(current.id).toBeNull();
    tracker.show(null);
    expect(current.id).toBeNull();
  });
});
