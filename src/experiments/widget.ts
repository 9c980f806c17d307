import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenWidget } from '../ui/seenWidget';
import type { ExperimentsModel } from './model';
import type { IExperimentsActions } from './view';
import { ExperimentsView } from './view';

/** What the Experiments section holds. Its model is active while it is seen. */
export class ExperimentsWidget extends SeenWidget<ExperimentsModel> {
  constructor(options: ExperimentsWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraExperiments');
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
