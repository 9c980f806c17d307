import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import React from 'react';

import type { IRunOutputs } from '../api/types';
import { CommandIDs } from '../commands';
import { condense } from '../experiments/run/condense';
import { createOutputArea } from '../experiments/run/outputs';
import type { IDsinfraApi } from '../tokens';
import { SeenTab } from '../ui/seenWidget';
import type { ComparisonModel } from './model';
import { CompareView } from './view';

/** Characters of one text that are rendered of each run: many stand side by side. */
const SHOWN_MAX_CHARS = 50_000;

/** Runs side by side. The model is active while it is seen. */
export class CompareWidget extends SeenTab<ComparisonModel> {
  constructor(options: CompareWidget.IOptions) {
    super(options.model);
    this._options = options;
    this.tab = options.tab;
    this.addClass('jp-DsinfraCompare');
  }

  /** Tells this tab from others, also after a reload. */
  readonly tab: string;

  protected render(): JSX.Element {
    const { api, commands, themes, translator } = this._options;
    return (
      <CompareView
        api={api}
        model={this.model}
        open={id => void commands.execute(CommandIDs.openRun, { id })}
        showOutputs={this._showOutputs}
        themeChanged={themes?.themeChanged}
        trans={translator.load('dsinfra_jlab')}
        locale={translator.languageCode}
      />
    );
  }

  private _showOutputs = (
    host: HTMLElement,
    outputs: IRunOutputs
  ): (() => void) => {
    const { rendermime, translator } = this._options;
    const trans = translator.load('dsinfra_jlab');
    const { items } = condense(
      outputs.items,
      hidden => trans.__('… %1 characters are not shown here …', hidden),
      SHOWN_MAX_CHARS
    );
    const area = createOutputArea({ items, rendermime, translator });
    Widget.attach(area, host);
    return () => area.dispose();
  };

  private readonly _options: CompareWidget.IOptions;
}

export namespace CompareWidget {
  export interface IOptions {
    api: Pick<IDsinfraApi, 'client' | 'events'>;
    commands: CommandRegistry;
    model: ComparisonModel;
    rendermime: IRenderMimeRegistry;
    tab: string;
    themes: IThemeManager | null;
    translator: ITranslator;
  }
}
