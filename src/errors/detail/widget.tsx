import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import * as React from 'react';

import type { IErrorActions } from './actions';
import type { ErrorModel } from './model';
import type { ErrorTab } from './view';
import { ErrorView } from './view';

/** Longest title of a tab. */
const TITLE_MAX_CHARS = 32;

/** A group of errors. Asks the server for nothing while hidden. */
export class ErrorWidget extends ReactWidget {
  constructor(options: ErrorWidget.IOptions) {
    super();
    this.model = options.model;
    this._options = options;
    this.addClass('jp-DsinfraError');
    this.model.stateChanged.connect(this._onStateChanged, this);
  }

  readonly model: ErrorModel;

  override dispose(): void {
    if (!this.isDisposed) {
      const { model } = this;
      super.dispose();
      model.dispose();
    }
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.tabIndex = -1;
    this.node.focus({ preventScroll: true });
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.model.isActive = true;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.model.isActive = this.isVisible;
  }

  protected override onBeforeHide(msg: Message): void {
    this.model.isActive = false;
    super.onBeforeHide(msg);
  }

  protected override onBeforeDetach(msg: Message): void {
    this.model.isActive = false;
    super.onBeforeDetach(msg);
  }

  protected override render(): JSX.Element {
    return <UseSignal signal={this._redrawn}>{() => this._render()}</UseSignal>;
  }

  private _render(): JSX.Element {
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
      this.title.label = shortened(title);
      this.title.caption = title;
    }
    this._redrawn.emit();
  }

  private readonly _options: ErrorWidget.IOptions;
  private readonly _redrawn = new Signal<this, void>(this);
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

function shortened(title: string): string {
  return title.length > TITLE_MAX_CHARS
    ? `${title.slice(0, TITLE_MAX_CHARS - 1)}…`
    : title;
}
