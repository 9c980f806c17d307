import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, caretDownEmptyIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import React from 'react';

import type { TargetChoice } from './choice';
import { chooserMenu } from './menus';

/** A button in the toolbar of a notebook that says where its cells go. */
export class TargetChooser extends ReactWidget {
  constructor(options: TargetChooser.IOptions) {
    super();
    this._options = options;
    this.addClass('jp-DsinfraTargetChooser');
    const { choice, panel } = options;
    choice.changed.connect(this._onChanged, this);
    void panel.context.ready.then(() => {
      panel.model?.metadataChanged.connect(this._onChanged, this);
      this.update();
    });
  }

  override dispose(): void {
    this._options.choice.changed.disconnect(this._onChanged, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    const { choice, panel, trans } = this._options;
    const target = choice.of(panel);
    const isUnknown =
      target !== null &&
      choice.targets.length > 0 &&
      choice.find(target) === null;
    const name = target ?? trans.__('This Kernel');
    return React.createElement(
      'button',
      {
        type: 'button',
        className: 'jp-DsinfraTargetChooser-button',
        'aria-haspopup': 'menu',
        'aria-label': trans.__('Where “Run on Target” sends cells: %1', name),
        title: isUnknown
          ? trans.__('There is no target %1 here', name)
          : target === null
            ? trans.__('Cells run in the kernel of this notebook')
            : trans.__('The command Run on Target sends cells to %1', name),
        'data-unknown': isUnknown || undefined,
        onClick: (event: React.MouseEvent<HTMLElement>) =>
          void this._open(event.currentTarget)
      },
      React.createElement('span', null, name),
      React.createElement(caretDownEmptyIcon.react, { tag: 'span' })
    );
  }

  private async _open(button: HTMLElement): Promise<void> {
    const { choice, commands } = this._options;
    await choice.load();
    if (this.isDisposed) {
      return;
    }
    const { bottom, left } = button.getBoundingClientRect();
    chooserMenu(choice, commands).open(left, bottom);
  }

  private _onChanged(): void {
    this.update();
  }

  private readonly _options: TargetChooser.IOptions;
}

export namespace TargetChooser {
  export interface IOptions {
    choice: TargetChoice;
    commands: CommandRegistry;
    panel: NotebookPanel;
    trans: TranslationBundle;
  }
}
