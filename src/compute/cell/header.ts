import '../../../style/compute-cell.css';
import '../../../style/compute.css';
import '../../../style/ui.css';

import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import { PanelLayout } from '@lumino/widgets';
import React from 'react';

import type { Cell } from './cells';
import type { IHeaderActions } from './headerView';
import { HeaderView } from './headerView';
import type { CellJob } from './job';

/** What a header is found by. */
export const HEADER_CLASS = 'jp-DsinfraCellJob';

/** What the part of a cell is found by that its outputs are in. */
const OUTPUTS_CLASS = 'jp-Cell-outputWrapper';

/**
 * A line between the code and the outputs of a cell that was sent. It is no part of the
 * document.
 */
export class CellHeader extends VDomRenderer<CellJob> {
  constructor(options: CellHeader.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass(HEADER_CLASS);
    // Enter presses the button, and does not go to the editor of the cell.
    this.node.dataset['lmSuppressShortcuts'] = 'true';
    this.node.setAttribute('role', 'group');
    this.node.setAttribute(
      'aria-label',
      options.trans.__('Run on %1', options.model.target)
    );
  }

  /** Stand above the outputs of a cell. */
  async attachTo(cell: Cell): Promise<void> {
    // A cell that was never scrolled to has no parts yet.
    await cell.ready;
    const { layout } = cell;
    if (
      this.isDisposed ||
      cell.isDisposed ||
      !(layout instanceof PanelLayout)
    ) {
      this.dispose();
      return;
    }
    const at = layout.widgets.findIndex(part => part.hasClass(OUTPUTS_CLASS));
    layout.insertWidget(at < 0 ? layout.widgets.length - 1 : at, this);
  }

  protected render(): JSX.Element | null {
    const { model } = this;
    if (!model) {
      return null;
    }
    this.node.dataset['state'] = model.job?.state ?? model.state.kind;
    const { actions, trans } = this._options;
    return React.createElement(HeaderView, { actions, model, trans });
  }

  private readonly _options: CellHeader.IOptions;
}

export namespace CellHeader {
  export interface IOptions {
    actions: IHeaderActions;
    model: CellJob;
    trans: TranslationBundle;
  }
}
