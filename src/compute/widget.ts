import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenWidget } from '../ui/seenWidget';
import type { ComputeModel } from './model';
import type { IComputeActions } from './view';
import { ComputeView } from './view';

/** What the Compute section holds. Its model is active while it is seen. */
export class ComputeWidget extends SeenWidget<ComputeModel> {
  constructor(options: ComputeWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraCompute');
  }

  protected render(): JSX.Element {
    const { actions, translator } = this._options;
    return React.createElement(ComputeView, {
      model: this.model,
      actions,
      trans: translator.load('dsinfra_jlab'),
      locale: translator.languageCode
    });
  }

  private _options: ComputeWidget.IOptions;
}

export namespace ComputeWidget {
  export interface IOptions {
    model: ComputeModel;
    actions: IComputeActions;
    translator: ITranslator;
  }
}
