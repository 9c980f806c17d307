import type { ITranslator } from '@jupyterlab/translation';
import { Toolbar, VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { ExperimentsModel } from './model';
import type { ExperimentsView, IExperimentsActions } from './view';

/** The Experiments section. Its view is loaded when it is first looked at. */
export class ExperimentsWidget extends VDomRenderer<ExperimentsModel> {
  constructor(options: ExperimentsWidget.IOptions) {
    super(options.model);
    this._options = options;
    const trans = options.translator.load('dsinfra_jlab');
    this.addClass('jp-DsinfraExperiments');
    this.id = 'jp-dsinfra-experiments';
    this.title.label = trans.__('Experiments');
    this.title.caption = trans.__('Everything that kernels of this server ran');
    this.toolbar = new Toolbar();
  }

  /** Shown in the title of the section. */
  readonly toolbar: Toolbar;

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._setActive(this.isVisible);
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._setActive(true);
  }

  protected override onBeforeHide(msg: Message): void {
    this._setActive(false);
    super.onBeforeHide(msg);
  }

  protected override onBeforeDetach(msg: Message): void {
    this._setActive(false);
    super.onBeforeDetach(msg);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusSearch();
  }

  /** Put the cursor into the search box. */
  focusSearch(): void {
    const input = this.node.querySelector<HTMLInputElement>('input');
    input?.focus();
    input?.select();
  }

  protected render(): JSX.Element | null {
    const { model, _view: view } = this;
    if (view === null) {
      return null;
    }
    const { actions, kernelTitle, translator } = this._options;
    return React.createElement(view, {
      model,
      actions,
      kernelTitle,
      trans: translator.load('dsinfra_jlab'),
      locale: translator.languageCode
    });
  }

  private _setActive(isActive: boolean): void {
    if (isActive && this._view === null) {
      void import('./view').then(module => {
        this._view = module.ExperimentsView;
        this.update();
      });
    }
    if (!this.model.isDisposed) {
      this.model.isActive = isActive;
    }
  }

  private _options: ExperimentsWidget.IOptions;
  private _view: typeof ExperimentsView | null = null;
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
