import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import type { IRun } from '../../api/types';
import { CommandIDs } from '../../commands';
import { ChildrenSection } from './children-view';
import { EnvironmentSection } from './environment-view';
import type { RunModel } from './model';
import type { ISectionOptions } from './sections';
import { CodeSection, OutputSection } from './sections';
import { Head, titleOf } from './view';

/**
 * Everything about one run. Asks the server for nothing while hidden.
 */
export class RunWidget extends Panel {
  constructor(options: RunWidget.IOptions) {
    super();
    const { clockOffset, commands, model, translator } = options;
    this.model = model;
    this._commands = commands;
    this._trans = translator.load('dsinfra_jlab');
    this._clockOffset = clockOffset;
    this._locale = translator.languageCode;
    this.addClass('jp-DsinfraRun');
    // Reached by commands that act on the run in front of the user.
    this.node.dataset.runId = model.id;
    this._code = new CodeSection({ ...options, trans: this._trans });
    this._outputs = new OutputSection({ ...options, trans: this._trans });
    this.addWidget(this._react(() => this._renderHead()));
    this.addWidget(this._code);
    this.addWidget(this._outputs);
    this.addWidget(this._react(() => this._renderTail()));
    model.stateChanged.connect(this._onStateChanged, this);
    this._onStateChanged();
  }

  readonly model: RunModel;

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
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

  private _react(render: () => JSX.Element): ReactWidget {
    return ReactWidget.create(
      <UseSignal signal={this.model.stateChanged}>{render}</UseSignal>
    );
  }

  private _renderHead(): JSX.Element {
    const { model } = this;
    const { run } = model;
    return (
      <Head
        clockOffset={this._clockOffset()}
        isActive={model.isActive}
        locale={this._locale}
        openNotebook={run?.notebook_path ? this._opener(run) : null}
        openParent={
          run?.parent_id ? () => this._openRun(run.parent_id ?? '') : null
        }
        patch={patch => model.patch(patch)}
        restore={() => void model.restore()}
        retry={() => void model.refresh()}
        state={model.state}
        trans={this._trans}
      />
    );
  }

  private _renderTail(): JSX.Element {
    const { model } = this;
    if (model.state.kind !== 'ready') {
      return <></>;
    }
    const { run } = model.state;
    return (
      <>
        {run.child_count > 0 && (
          <ChildrenSection
            children={model.children}
            count={run.child_count}
            locale={this._locale}
            loadMore={() => void model.loadMoreChildren()}
            open={id => this._openRun(id)}
            trans={this._trans}
          />
        )}
        {run.environment_id !== null && (
          <EnvironmentSection
            environment={model.environment}
            load={() => void model.loadEnvironment()}
            trans={this._trans}
          />
        )}
      </>
    );
  }

  private _opener(run: IRun): () => void {
    return () => {
      void this._commands.execute('docmanager:open', {
        path: run.notebook_path
      });
    };
  }

  private _openRun(id: string): void {
    void this._commands.execute(CommandIDs.openRun, { id });
  }

  private _onStateChanged(): void {
    const { outputs, run, state } = this.model;
    const shown = state.kind === 'ready' ? state.run : null;
    this._code.showRun(shown);
    this._outputs.showOutputs(shown, outputs);
    if (run) {
      const title = run.name || titleOf(run, this._trans);
      this.title.label = shortened(title);
      this.title.caption = title;
    }
  }

  private readonly _clockOffset: () => number;
  private readonly _code: CodeSection;
  private readonly _commands: CommandRegistry;
  private readonly _locale: string;
  private readonly _outputs: OutputSection;
  private readonly _trans: TranslationBundle;
}

/** What belongs to `RunWidget`. */
export namespace RunWidget {
  export interface IOptions extends Omit<ISectionOptions, 'trans'> {
    /** Milliseconds that the server's clock is ahead of this browser's. */
    clockOffset: () => number;
    commands: CommandRegistry;
    model: RunModel;
  }
}

/** Longest title of a tab. */
const TITLE_MAX_CHARS = 32;

function shortened(title: string): string {
  return title.length > TITLE_MAX_CHARS
    ? `${title.slice(0, TITLE_MAX_CHARS - 1)}…`
    : title;
}
