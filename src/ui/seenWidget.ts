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
