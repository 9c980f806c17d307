import type { IThemeManager } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { SeenWidget } from '../../ui/seenWidget';
import type { DashboardModel } from './model';
import { DashboardView } from './view';

/** Charts of the machine. Their model is active while they are seen. */
export class DashboardWidget extends SeenWidget<DashboardModel> {
  constructor(options: DashboardWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraDashboard');
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

  protected render(): JSX.Element {
    const { themes, translator } = this._options;
    return (
      <DashboardView
        model={this.model}
        themeChanged={themes?.themeChanged}
        trans={translator.load('dsinfra_jlab')}
        locale={translator.languageCode}
      />
    );
  }

  private readonly _options: DashboardWidget.IOptions;
}

export namespace DashboardWidget {
  export interface IOptions {
    model: DashboardModel;
    themes: IThemeManager | null;
    translator: ITranslator;
  }
}
