import type { ITranslator } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { ExperimentsModel } from './model';
import type { IExperimentsActions } from './view';
import { ExperimentsView } from './view';

/** What the Experiments section holds. Its model is active while it is seen. */
export class ExperimentsWidget extends VDomRenderer<ExperimentsModel> {
  constructor(options: ExperimentsWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraExperiments');
  }

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

  /** Put the cursor into the search box, once it is drawn. */
  focusSearch(): void {
    void Promise.resolve(this.renderPromise).then(() => {
      const input = this.node.querySelector<HTMLInputElement>('input');
      input?.focus();
      input?.select();
    });
  }

  protected render(): JSX.Element {
    const { actions, kernelTitle, translator } = this._options;
    return React.createElement(ExperimentsView, {
      model: this.model,
      actions,
      kernelTitle,
      trans: translator.load('dsinfra_jlab'),
      locale: translator.languageCode
    });
  }

  private _options: ExperimentsWidget.IOptions;
}

export namespace ExperimentsWidget {
  export interface IOptions {
    model: ExperimentsModel;
    actions: IExperimentsActions;
    translator: ITranslator;

    /** A kernel's name as the launcher shows it. */
    kernelTitle: (name: string) => string;
  }
}
