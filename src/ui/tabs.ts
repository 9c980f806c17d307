import type {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

/** Tabs with one kind of view, brought back when the page is loaded again. */
export class Tabs<T extends Widget> {
  constructor(options: Tabs.IOptions<T>) {
    const { command, name, argsOf, restorer } = options;
    this._options = options;
    this._tracker = new WidgetTracker<T>({ namespace: `dsinfra-jlab-${name}` });
    void restorer?.restore(this._tracker, {
      command,
      args: argsOf,
      name: tab => tab.id
    });
  }

  /** Bring a tab to the front: the one that is it, else a new one. */
  async open(isIt: (tab: T) => boolean, make: () => T): Promise<T> {
    const { labShell, shell } = this._options;
    let tab = this._tracker.find(isIt);
    if (!tab) {
      tab = make();
      // Jupyter Notebook has room for one document: there it stands beside that.
      shell.add(tab, labShell ? 'main' : 'right', { mode: 'tab-after' });
      await this._tracker.add(tab);
    }
    shell.activateById(tab.id);
    return tab;
  }

  /** Remember what a tab shows now. */
  save(tab: T): void {
    void this._tracker.save(tab);
  }

  private readonly _options: Tabs.IOptions<T>;
  private readonly _tracker: WidgetTracker<T>;
}

export namespace Tabs {
  export interface IOptions<T> {
    shell: JupyterFrontEnd.IShell;
    labShell: ILabShell | null;
    restorer: ILayoutRestorer | null;

    /** What tells these tabs from those of other kinds; their ids tell them apart. */
    name: string;

    /** The command that opens a tab, and with what. */
    command: string;
    argsOf: (tab: T) => ReadonlyPartialJSONObject;
  }
}
