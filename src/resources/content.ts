import '../../style/resources.css';
import '../../style/ui.css';

import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IAlertActions } from './alertsView';
import { kernelMenu } from './menus';
import type { ResourcesModel } from './model';
import { ResourcesWidget } from './widget';
import { ResourceCommandIDs } from './tokens';

export interface IContentOptions {
  alertActions: IAlertActions;
  commands: CommandRegistry;
  model: ResourcesModel;
  translator: ITranslator;
}

/** Make the content of the section. */
export function createContent(options: IContentOptions): ResourcesWidget {
  const { alertActions, commands, model, translator } = options;
  return new ResourcesWidget({
    model,
    translator,
    actions: {
      ...alertActions,
      open: ({ kernel_id: kernelId }) =>
        void commands.execute(ResourceCommandIDs.openNotebook, { kernelId }),
      showMenu: (kernel, x, y) => kernelMenu(kernel, commands).open(x, y)
    }
  });
}
