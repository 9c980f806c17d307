import type { IThemeManager } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenTab } from '../../ui/seenWidget';
import type { DashboardModel } from './model';
import { DashboardView } from './view';

/** Charts of the machine. Their model is active while they are seen. */
export class DashboardWidget extends SeenTab<DashboardModel> {
  constructor(options: DashboardWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraDashboard');
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
