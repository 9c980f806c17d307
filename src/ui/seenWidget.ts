import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

/** A model that asks the server for nothing while it is not active. */
export interface ISeenModel extends VDomRenderer.IModel {
  isActive: boolean;
}

/** A widget whose model is active while it is seen. */
export abstract class SeenWidget<
  Model extends ISeenModel
> extends VDomRenderer<Model> {
  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.model.isActive = this.isVisible;
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.model.isActive = true;
  }

  protected override onBeforeHide(msg: Message): void {
    this.model.isActive = false;
    super.onBeforeHide(msg);
  }

  protected override onBeforeDetach(msg: Message): void {
    this.model.isActive = false;
    super.onBeforeDetach(msg);
  }
}

/** What a tab of the main area shows: it has the keyboard when it is chosen, and its own model. */
export abstract class SeenTab<
  Model extends ISeenModel
> extends SeenWidget<Model> {
  constructor(model: Model) {
    super(model);
    this.node.tabIndex = -1;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      const { model } = this;
      super.dispose();
      model.dispose();
    }
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.focus({ preventScroll: true });
  }
}
