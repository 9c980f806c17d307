import '../../style/errors.css';
import '../../style/ui.css';

import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { ErrorsClient } from '../api/errors';
import type { IDsinfraApi } from '../tokens';
import { GroupActions } from './groupActions';
import { groupMenu, savedViewsMenu } from './menus';
import { ErrorsModel } from './model';
import { SavedViews } from './savedViews';
import { ErrorCommandIDs } from './tokens';
import { ErrorsWidget } from './widget';

/** Everything behind the section: loaded when it is first needed. */
export interface IErrorsContent {
  readonly model: ErrorsModel;
  readonly widget: ErrorsWidget;
  readonly actions: GroupActions;
  readonly views: SavedViews;
}

export interface IContentOptions {
  api: IDsinfraApi;
  commands: CommandRegistry;
  notebooks: INotebookTracker | null;
  settings: ISettingRegistry.ISettings | null;
  translator: ITranslator;
}

/** Make the content of the section. */
export function createContent(options: IContentOptions): IErrorsContent {
  const { api, commands, notebooks, settings, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const client = new ErrorsClient({ client: api.client });
  const views = new SavedViews(settings);
  const model = new ErrorsModel({
    api,
    client,
    notebook: notebooks && {
      get path() {
        return notebooks.currentWidget?.context.localPath ?? null;
      },
      changed: notebooks.currentChanged
    }
  });
  const actions = new GroupActions({ client, model, views, trans });
  const widget = new ErrorsWidget({
    model,
    translator,
    actions: {
      open: ({ id }) =>
        void commands.execute(ErrorCommandIDs.open, { groupId: id }),
      resolve: ({ id }) =>
        void actions.execute(ErrorCommandIDs.resolve, { groupId: id }),
      showMenu: (group, x, y) => groupMenu(group, commands, trans).open(x, y),
      showSaved: (x, y) =>
        savedViewsMenu(views.items, commands, trans).open(x, y)
    }
  });
  return { model, widget, actions, views };
}
