import type { ITranslator } from '@jupyterlab/translation';
import React from 'react';

import { SeenWidget } from '../ui/seenWidget';
import type { ResourcesModel } from './model';
import type { IResourcesActions } from './view';
import { ResourcesView } from './view';

/** What the Resources section holds. Its model is active while it is seen. */
export class ResourcesWidget extends SeenWidget<ResourcesModel> {
  constructor(options: ResourcesWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraResources');
  }

  protected render(): JSX.Element {
    const { actions, translator } = this._options;
    return React.createElement(ResourcesView, {
      model: this.model,
      actions,
      trans: translator.load('dsinfra_jlab'),
      locale: translator.languageCode
    });
  }

  private _options: ResourcesWidget.IOptions;
}

export namespace ResourcesWidget {
  export interface IOptions {
    model: ResourcesModel;
    actions: IResourcesActions;
    translator: ITranslator;
  }
}
