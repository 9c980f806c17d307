import '../../../style/errors-trends.css';
import '../../../style/ui.css';

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { ErrorsClient } from '../../api/errors';
import type { IDsinfraApi } from '../../tokens';
import { ErrorCommandIDs } from '../tokens';
import { trendsIcon } from './icon';
import { TrendsModel } from './model';
import { TrendsWidget } from './widget';

export interface IContentOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  translator: ITranslator;
}

/** Return the dashboard, ready to be added to the shell. */
export function createTrends(
  options: IContentOptions
): MainAreaWidget<TrendsWidget> {
  const { api, commands, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const content = new TrendsWidget({
    model: new TrendsModel({
      api,
      client: new ErrorsClient({ client: api.client })
    }),
    translator,
    actions: {
      open: ({ id }) =>
        void commands.execute(ErrorCommandIDs.open, { groupId: id }),
      showState: state =>
        void commands.execute(ErrorCommandIDs.show, { filter: { state } })
    }
  });
  content.title.label = trans.__('Error trends');
  content.title.icon = trendsIcon;
  content.title.closable = true;
  const widget = new MainAreaWidget({ content, translator });
  widget.id = 'dsinfra-jlab-error-trends';
  // The view has a header of its own.
  widget.toolbar.hide();
  return widget;
}
