import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import type { IErrorGroup } from '../../api/types';
import { formatMoment } from '../../ui/format';
import { piecesOf } from '../inline';

/** What the line below a cell is found by. */
export const LINE_CLASS = 'jp-DsinfraCellLine';

type Cell = Notebook['widgets'][number];

/** What is known of the outputs of a cell of code. */
interface IOutputsModel {
  readonly length: number;
  readonly changed: ISignal<unknown, unknown>;
}

/**
 * One line below the output of a cell that failed. It is no part of the document
 * and goes with the output.
 */
export class CellLine extends Widget {
  constructor(options: CellLine.IOptions) {
    super();
    this._options = options;
    this.addClass(LINE_CLASS);
    // Enter presses the button, and does not go to the editor of the cell.
    this.node.dataset['lmSuppressShortcuts'] = 'true';
  }

  override dispose(): void {
    if (!this.isDisposed) {
      Signal.clearData(this);
      super.dispose();
    }
  }

  /** Stand below the output of a cell until that is cleared. */
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
    // Above the footer, which is the last.
    layout.insertWidget(layout.widgets.length - 1, this);
    const outputs = (cell.model as { outputs?: IOutputsModel }).outputs;
    outputs?.changed.connect(this._onOutputsChanged, this);
  }

  /** Say what the cell failed with. Until then the line keeps its place empty. */
  fill(group: IErrorGroup): void {
    const { locale, open, trans } = this._options;
    const sentence = group.diagnosis || group.title;
    const plain = sentence.replace(/`/g, '');
    const text = document.createElement('span');
    text.className = 'jp-DsinfraCellLine-text';
    text.title = plain;
    for (const piece of piecesOf(sentence)) {
      const part = document.createElement(piece.isCode ? 'code' : 'span');
      part.textContent = piece.text;
      text.append(part);
    }
    const often = document.createElement('span');
    often.className = 'jp-DsinfraCellLine-often';
    often.textContent = oftenText(group, locale, trans);
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = trans.__('Details');
    button.setAttribute(
      'aria-label',
      trans.__('Details of the error: %1', plain)
    );
    button.onclick = () => open(group);
    this.node.dataset['severity'] = group.severity;
    this.node.setAttribute('role', 'note');
    this.node.replaceChildren(text, often, button);
  }

  private _onOutputsChanged(outputs: unknown): void {
    if ((outputs as IOutputsModel).length === 0) {
      this.dispose();
    }
  }

  private readonly _options: CellLine.IOptions;
}

/** What belongs to `CellLine`. */
export namespace CellLine {
  export interface IOptions {
    locale: string;
    open: (group: IErrorGroup) => void;
    trans: TranslationBundle;
  }
}

/** Return how often an error was seen, and since when. */
export function oftenText(
  group: Pick<IErrorGroup, 'count' | 'first_at'>,
  locale: string,
  trans: TranslationBundle
): string {
  return group.count > 1
    ? trans.__(
        '%1 times since %2',
        group.count.toLocaleString(),
        formatMoment(new Date(group.first_at), new Date(), locale)
      )
    : trans.__('first time');
}
