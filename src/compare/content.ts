import '../../style/charts.css';
import '../../style/compare.css';
import '../../style/ui.css';

import type { IThemeManager } from '@jupyterlab/apputils';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { UUID } from '@lumino/coreutils';

import type { IDsinfraApi } from '../tokens';
import { ComparisonModel } from './model';
import { CompareWidget } from './widget';

export interface IContentOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  ids: readonly string[];
  rendermime: IRenderMimeRegistry;
  themes: IThemeManager | null;
  translator: ITranslator;
}

/** Return a comparison of runs, ready to be added to the shell. */
export function createComparison(
  options: IContentOptions
): MainAreaWidget<CompareWidget> {
  const { api, ids, translator } = options;
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
  widget.id = `dsinfra-jlab-compare-${UUID.uuid4()}`;
  // The view has a toolbar of its own.
  widget.toolbar.hide();
  return widget;
}
