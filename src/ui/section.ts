import { Toolbar } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';

/** A section of the sidebar whose content is loaded when it is first seen. */
export class LazySection extends Panel {
  /**
   * @param load - Gives the content; called once.
   */
  constructor(load: () => Promise<Widget>) {
    super();
    this._load = load;
    this.addClass('jp-DsinfraSection');
    this.toolbar = new Toolbar();
  }

  /** Shown in the title of the section. */
  readonly toolbar: Toolbar;

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this._fill();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._fill();
  }

  private _fill(): void {
    if (!this._isFilled) {
      this._isFilled = true;
      void this._load().then(content => this.addWidget(content));
    }
  }

  private _load: () => Promise<Widget>;
  private _isFilled = false;
}
