import '../../../style/badge.css';

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { CommandIDs } from '../../commands';
import { ResourcesClient } from '../../api/resources';
import { FitWarning } from '../../resources/run/warning';
import type { IDsinfraApi, IRecordingSettings } from '../../tokens';
import { Badge } from './badgeView';
import { BadgeModel, quoted } from './badgeModel';

/**
 * The badge on the toolbar of one notebook.
 */
export class BadgeWidget extends ReactWidget {
  constructor(options: {
    model: BadgeModel;
    /** Called to show the runs of the notebook. */
    open: () => void;
    trans: TranslationBundle;
    /** Says whether the active cell fits into memory. */
    warning: FitWarning;
  }) {
    super();
    this._warning = options.warning;
    this._warning.changed.connect(this.update, this);
    this._model = options.model;
    this._open = options.open;
    this._trans = options.trans;
    this.addClass('jp-DsinfraBadgeWidget');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._model.dispose();
      this._warning.dispose();
      super.dispose();
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._model.isActive = this.isVisible;
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._model.isActive = true;
  }

  protected override onBeforeHide(msg: Message): void {
    this._model.isActive = false;
    super.onBeforeHide(msg);
  }

  protected override onBeforeDetach(msg: Message): void {
    this._model.isActive = false;
    super.onBeforeDetach(msg);
  }

  protected override render(): JSX.Element {
    const model = this._model;
    return (
      <UseSignal signal={model.stateChanged}>
        {() => (
          <Badge
            errorCount={model.errorCount}
            reasons={model.reasons}
            runCount={model.runCount}
            state={model.state}
            trans={this._trans}
            warning={this._warning.text}
            onClick={this._open}
          />
        )}
      </UseSignal>
    );
  }

  private readonly _model: BadgeModel;
  private readonly _open: () => void;
  private readonly _trans: TranslationBundle;
  private readonly _warning: FitWarning;
}

/** Keep the path of a model that of its notebook, also over a rename. */
export function followPath(model: BadgeModel, panel: NotebookPanel): void {
  panel.context.pathChanged.connect(() => {
    model.path = panel.context.localPath;
  }, model);
}

/** Return the badge of a notebook. */
export function createBadge(
  panel: NotebookPanel,
  options: {
    api: IDsinfraApi;
    commands: CommandRegistry;
    recording: IRecordingSettings | null;
    trans: TranslationBundle;
  }
): BadgeWidget {
  const { api, commands, recording, trans } = options;
  const model = new BadgeModel({
    api,
    path: panel.context.localPath,
    recording
  });
  followPath(model, panel);
  const warning = new FitWarning({
    client: new ResourcesClient({ client: api.client }),
    cell: () => {
      const id = panel.content.activeCell?.model.id;
      return panel.isVisible && id ? { id, path: model.path } : null;
    }
  });
  panel.content.activeCellChanged.connect(warning.update, warning);
  model.stateChanged.connect(warning.update, warning);
  return new BadgeWidget({
    model,
    open: () => {
      void commands.execute(CommandIDs.searchRuns, {
        q: `notebook:${quoted(model.path)}`
      });
    },
    trans,
    warning
  });
}
