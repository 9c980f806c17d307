import '../../style/charts.css';
import '../../style/compare.css';
import '../../style/ui.css';

import type { IThemeManager } from '@jupyterlab/apputils';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import type { IDsinfraApi } from '../tokens';
import { ComparisonModel } from './model';
import { CompareWidget } from './widget';

export interface IContentOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  ids: readonly string[];

  /** Called when other runs are compared than before. */
  onChange: (widget: MainAreaWidget<CompareWidget>) => void;
  rendermime: IRenderMimeRegistry;

  /** Tells this tab from others, also after a reload. */
  tab: string;
  themes: IThemeManager | null;
  translator: ITranslator;
}

/** Return a comparison of runs, ready to be added to the shell. */
export function createComparison(
  options: IContentOptions
): MainAreaWidget<CompareWidget> {
  const { api, ids, tab, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const model = new ComparisonModel({ api, ids });
  const content = new CompareWidget({ ...options, model });
  content.title.icon = listIcon;
  content.title.closable = true;
  const entitle = (): void => {
    content.title.label = trans.__('Compare %1 runs', model.ids.length);
  };
  entitle();
  model.idsChanged.connect(entitle, content);
  const widget = new MainAreaWidget({ content, translator });
  // What is brought back after a reload are the runs that were last compared.
  model.idsChanged.connect(() => options.onChange(widget), widget);
  widget.id = `dsinfra-jlab-compare-${tab}`;
  // The view has a toolbar of its own.
  widget.toolbar.hide();
  return widget;
}
