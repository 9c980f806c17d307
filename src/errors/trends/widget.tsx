import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenTab } from '../../ui/seenWidget';
import type { TrendsModel } from './model';
import type { ITrendsActions } from './view';
import { TrendsView } from './view';

/** How errors go over time. Its model is active while it is seen. */
export class TrendsWidget extends SeenTab<TrendsModel> {
  constructor(options: TrendsWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraTrends');
  }

  protected render(): JSX.Element {
    const { actions, translator } = this._options;
    return (
      <TrendsView
        model={this.model}
        actions={actions}
        trans={translator.load('dsinfra_jlab')}
        locale={translator.languageCode}
      />
    );
  }

  private readonly _options: TrendsWidget.IOptions;
}

export namespace TrendsWidget {
  export interface IOptions {
    model: TrendsModel;
    actions: ITrendsActions;
    translator: ITranslator;
  }
}
