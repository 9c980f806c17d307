import '../../../style/charts.css';
import '../../../style/resources-dashboard.css';
import '../../../style/ui.css';

import type { IThemeManager } from '@jupyterlab/apputils';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';

import { ResourcesClient } from '../../api/resources';
import type { IDsinfraApi } from '../../tokens';
import { trendsIcon } from '../../errors/trends/icon';
import { SampleFeed } from '../feed';
import { DashboardModel } from './model';
import { DashboardWidget } from './widget';

export interface IContentOptions {
  api: IDsinfraApi;
  themes: IThemeManager | null;
  translator: ITranslator;
}

/** Return the dashboard, ready to be added to the shell. */
export function createDashboard(
  options: IContentOptions
): MainAreaWidget<DashboardWidget> {
  const { api, translator } = options;
  const client = new ResourcesClient({ client: api.client });
  const feed = new SampleFeed({ api, client });
  const content = new DashboardWidget({
    ...options,
    model: new DashboardModel({ api, client, feed })
  });
  content.disposed.connect(() => feed.dispose());
  const trans = translator.load('dsinfra_jlab');
  content.title.label = trans.__('Resources');
  content.title.icon = trendsIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = 'dsinfra-jlab-resources';
  // The view has a header of its own.
  widget.toolbar.hide();
  return widget;
}
