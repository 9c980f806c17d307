import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenWidget } from '../ui/seenWidget';
import type { ErrorsModel } from './model';
import type { IErrorsActions } from './view';
import { ErrorsView } from './view';

/** What the Errors section holds. Its model is active while it is seen. */
export class ErrorsWidget extends SeenWidget<ErrorsModel> {
  constructor(options: ErrorsWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraErrors');
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
    const { actions, translator } = this._options;
    return React.createElement(ErrorsView, {
      model: this.model,
      actions,
      trans: translator.load('dsinfra_jlab'),
      locale: translator.languageCode
    });
  }

  private _options: ErrorsWidget.IOptions;
}

export namespace ErrorsWidget {
  export interface IOptions {
    model: ErrorsModel;
    actions: IErrorsActions;
    translator: ITranslator;
  }
}
