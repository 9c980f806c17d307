import { Toolbar } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';

/** A place whose content is loaded when it is first seen. */
export class LazyPanel extends Panel {
  /**
   * @param load - Gives the content; called once.
   */
  constructor(load: () => Promise<Widget>) {
    super();
    this._load = load;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      void this._fill();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._fill();
  }

  private async _fill(): Promise<void> {
    if (this._isFilled) {
      return;
    }
    this._isFilled = true;
    const content = await this._load();
    if (this.isDisposed) {
      content.dispose();
    } else {
      this.addWidget(content);
    }
  }

  private _load: () => Promise<Widget>;
  private _isFilled = false;
}

/** A section of the sidebar whose content is loaded when it is first seen. */
export class LazySection extends LazyPanel {
  constructor(load: () => Promise<Widget>) {
    super(load);
    this.addClass('jp-DsinfraSection');
  }

  /** Shown in the title of the section. */
  readonly toolbar = new Toolbar();
}
