import type { IEditorServices } from '@jupyterlab/codeeditor';
import type { SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';

import type { IRun, IRunOutputs } from '../../api/types';
import type { ILoadable } from '../../ui/loadable';
import { createCodeView } from './code';
import { SHOWN_MAX_CHARS, condense } from './condense';
import { createOutputArea, updateOutputs } from './outputs';

/** What both sections are made with. */
export interface ISectionOptions {
  editorServices: IEditorServices;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  translator: ITranslator;
}

/** A part of the view with a heading. */
class Section extends Panel {
  constructor(label: string) {
    super();
    this.addClass('jp-DsinfraRun-section');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', label);
    const heading = document.createElement('h2');
    heading.textContent = label;
    this.addWidget(new Widget({ node: heading }));
    this._message.addClass('jp-DsinfraRun-quiet');
    this._message.hide();
    this.addWidget(this._message);
  }

  /** Say something instead of, or above, the content; empty text says nothing. */
  protected say(
    text: string,
    action?: { label: string; run: () => void }
  ): void {
    const { node } = this._message;
    node.textContent = text;
    if (action) {
      const button = document.createElement('button');
      button.className = 'jp-DsinfraRun-link';
      button.textContent = action.label;
      button.onclick = action.run;
      node.append(' ', button);
    }
    this._message.setHidden(text === '');
  }

  private readonly _message = new Widget();
}

/** The code that was run. */
export class CodeSection extends Section {
  constructor(options: ISectionOptions) {
    super(options.trans.__('Code'));
    this._options = options;
    this.addClass('jp-DsinfraRun-code');
  }

  /** Show the code of a run; nothing for a session, which has none. */
  showRun(run: IRun | null): void {
    this.setHidden(run === null || run.kind === 'session');
    if (run === null || run.code === this._code) {
      return;
    }
    const { editorServices, trans } = this._options;
    this._code = run.code;
    this._view?.dispose();
    this._view = null;
    this.say(
      run.code === '' ? trans.__('The code of this run was not kept.') : ''
    );
    if (run.code !== '') {
      this._view = createCodeView({
        code: run.code,
        label: trans.__('Code of the run'),
        language: run.language,
        services: editorServices
      });
      this.addWidget(this._view);
    }
  }

  private _code: string | null = null;
  private readonly _options: ISectionOptions;
  private _view: Widget | null = null;
}

/** What the code printed and showed. */
export class OutputSection extends Section {
  constructor(options: ISectionOptions) {
    super(options.trans.__('Outputs'));
    this._options = options;
    this.addClass('jp-DsinfraRun-outputs');
  }

  /** Show the outputs of a run, leaving those in place that did not change. */
  showOutputs(run: IRun | null, outputs: ILoadable<IRunOutputs>): void {
    this.setHidden(run === null || run.kind === 'session');
    const { trans } = this._options;
    const { failure, isLoading, value } = outputs;
    if (value === null) {
      this.say(
        isLoading
          ? trans.__('Loading the outputs…')
          : failure
            ? trans.__('The outputs could not be fetched: %1', failure)
            : ''
      );
      return;
    }
    if (value !== this._shown) {
      this._shown = value;
      this._render(value, run);
    }
  }

  private _render(outputs: IRunOutputs, run: IRun | null): void {
    const { rendermime, trans, translator } = this._options;
    const { hiddenChars, items } = condense(
      outputs.items,
      hidden => trans.__('… %1 characters are not shown here …', hidden),
      this._isWhole ? Infinity : SHOWN_MAX_CHARS
    );
    if (this._area && !updateOutputs(this._area, items)) {
      this._area.dispose();
      this._area = null;
    }
    if (!this._area) {
      this._area = createOutputArea({ items, rendermime, translator });
      this.addWidget(this._area);
    }
    this._describe(outputs, hiddenChars, run);
  }

  private _describe(
    outputs: IRunOutputs,
    hiddenChars: number,
    run: IRun | null
  ): void {
    const { trans } = this._options;
    const cut = outputs.truncated
      ? trans.__('Some outputs were larger than the limit and were not kept.')
      : '';
    if (hiddenChars > 0) {
      const folded = trans.__(
        '%1 characters in the middle of long texts are not shown.',
        hiddenChars.toLocaleString()
      );
      this.say([cut, folded].filter(Boolean).join(' '), {
        label: trans.__('Show all'),
        run: () => this._showAll()
      });
    } else if (outputs.items.length === 0 && !cut) {
      this.say(
        run?.status === 'running' || run?.status === 'queued'
          ? trans.__('No outputs yet.')
          : trans.__('No outputs.')
      );
    } else {
      this.say(cut);
    }
  }

  private _showAll(): void {
    this._isWhole = true;
    if (this._shown) {
      this._render(this._shown, null);
    }
  }

  private _area: SimplifiedOutputArea | null = null;
  private _isWhole = false;
  private readonly _options: ISectionOptions;
  private _shown: IRunOutputs | null = null;
}
