import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { SeenTab, setTitle } from '../../ui/seenWidget';
import type { IErrorActions } from './actions';
import type { ErrorModel } from './model';
import type { ErrorTab } from './view';
import { ErrorView } from './view';

/** A group of errors. Asks the server for nothing while hidden. */
export class ErrorWidget extends SeenTab<ErrorModel> {
  constructor(options: ErrorWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraError');
    this.model.stateChanged.connect(this._onStateChanged, this);
  }

  protected render(): JSX.Element {
    const { actions, locale, trans } = this._options;
    const { model } = this;
    return (
      <ErrorView
        actions={actions}
        current={model.current}
        history={model.history}
        index={model.index}
        isLoading={model.isLoadingOccurrences}
        locale={locale}
        occurrencesFailure={model.occurrencesFailure}
        patch={patch => model.patch(patch)}
        retry={() => void model.refresh()}
        retryHistory={() => void model.retryHistory()}
        run={model.run}
        selectTab={tab => this._select(tab)}
        state={model.state}
        step={by => void model.step(by)}
        tab={this._tab}
        total={model.total}
        trans={trans}
        viewId={this.id || model.groupId}
      />
    );
  }

  private _select(tab: ErrorTab): void {
    this._tab = tab;
    this._onStateChanged();
    this.update();
  }

  private _onStateChanged(): void {
    const { current, group } = this.model;
    if (this._tab === 'context') {
      void this.model.loadRun();
    }
    if (this._tab === 'context' || this._tab === 'history') {
      void this.model.showHistory();
    }
    const title = group?.title ?? current?.ename;
    if (title) {
      setTitle(this.title, title);
    }
  }

  private readonly _options: ErrorWidget.IOptions;
  private _tab: ErrorTab = 'traceback';
}

/** What belongs to `ErrorWidget`. */
export namespace ErrorWidget {
  export interface IOptions {
    actions: IErrorActions;
    locale: string;
    model: ErrorModel;
    trans: TranslationBundle;
  }
}
