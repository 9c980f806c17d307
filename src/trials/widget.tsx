import type { ITranslator } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { SeenWidget } from '../ui/seenWidget';
import type { ITrialsCharts } from './chartLoading';
import type { TrialsModel } from './model';
import type { ITrialsActions } from './view';
import { TrialsView } from './view';

/** The runs of one cell. Its model is active while it is seen. */
export class TrialsWidget extends SeenWidget<TrialsModel> {
  constructor(options: TrialsWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraTrials');
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
    void Promise.resolve(this.renderPromise).then(() => {
      const grid = this.node.querySelector<HTMLElement>('[role=grid]');
      const target = grid ?? this.node;
      if (grid === null) {
        this.node.tabIndex = -1;
      }
      target.focus({ preventScroll: true });
    });
  }

  protected render(): JSX.Element {
    const { actions, translator } = this._options;
    return (
      <TrialsView
        model={this.model}
        actions={actions}
        loadCharts={loadCharts}
        trans={translator.load('dsinfra_jlab')}
        locale={translator.languageCode}
      />
    );
  }

  private readonly _options: TrialsWidget.IOptions;
}

export namespace TrialsWidget {
  export interface IOptions {
    model: TrialsModel;
    actions: ITrialsActions;
    translator: ITranslator;
  }
}

const loadCharts = (): Promise<ITrialsCharts> => import('./charts');
