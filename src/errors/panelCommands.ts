import '../../style/errors-badge.css';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';

import { ErrorsClient } from '../api/errors';
import type { IDsinfraApi, IInfrastructureSidebar } from '../tokens';
import type { LazyContent } from '../ui/lazyContent';
import type { LazySection } from '../ui/lazyPanel';
import type { IErrorsContent } from './content';
import { OPEN_ERRORS, readFilter } from './filter';
import { IGNORE_COUNT, ignoreUntil } from './ignoring';
import { MOST, NewCount } from './newCount';
import { ErrorCommandIDs } from './tokens';
import { trendsIcon } from './trends/icon';

/** Commands that are offered in the palette; the others need a group. */
const PALETTE = [ErrorCommandIDs.show, ErrorCommandIDs.openTrends];

/** What the commands of the section act on. */
export interface ICommandOptions {
  api: IDsinfraApi;
  app: JupyterFrontEnd;
  content: LazyContent<IErrorsContent>;
  palette: ICommandPalette | null;
  section: LazySection;
  sidebar: IInfrastructureSidebar;
  trans: TranslationBundle;
}

/** Add the commands of the section, what offers them, and the number of new errors. */
export function addCommands(options: ICommandOptions): void {
  const { app, palette, section, trans } = options;
  const { commands } = app;
  addGroupCommands(options);
  addViewCommands(options);
  section.toolbar.addItem(
    'trends',
    new CommandToolbarButton({
      commands,
      icon: trendsIcon,
      id: ErrorCommandIDs.openTrends,
      label: ''
    })
  );
  for (const command of PALETTE) {
    palette?.addItem({ command, category: trans.__('Infrastructure') });
  }
  countNew(options);
}

const GROUP = {
  groupId: {
    type: 'string',
    description: 'The id of the group. Default: that selected in the sidebar.'
  }
};

/** Add the commands on a group: the one given, else the selected one. */
function addGroupCommands(options: ICommandOptions): void {
  const { app, content, trans } = options;
  const ignoreLabel = (args: ReadonlyPartialJSONObject): string => {
    switch (ignoreUntil(args.until)) {
      case 'forever':
        return trans.__('For Ever');
      case 'count':
        return trans.__(
          'Until %1 More',
          typeof args.count === 'number' ? args.count : IGNORE_COUNT
        );
      case 'escalating':
        return trans.__('Until Escalating');
    }
  };
  const specs = [
    [ErrorCommandIDs.resolve, trans.__('Resolve'), GROUP],
    [ErrorCommandIDs.reopen, trans.__('Reopen'), GROUP],
    [ErrorCommandIDs.copyMarkdown, trans.__('Copy as Markdown'), GROUP],
    [
      ErrorCommandIDs.ignore,
      ignoreLabel,
      {
        ...GROUP,
        until: {
          enum: ['forever', 'count', 'escalating'],
          description: 'How long. Default: for ever.'
        },
        count: {
          type: 'integer',
          minimum: 1,
          description: 'With "count": how many more times it may happen.'
        }
      }
    ]
  ] as const;
  for (const [id, label, properties] of specs) {
    app.commands.addCommand(id, {
      label,
      describedBy: { args: { type: 'object', properties } },
      isEnabled: args =>
        typeof args.groupId === 'string' || !!content.current?.model.selected,
      execute: async args => (await content.get()).actions.execute(id, args)
    });
  }
}

/** Add the commands of the section as a whole. */
function addViewCommands(options: ICommandOptions): void {
  const { app, content, section, sidebar, trans } = options;
  const { commands } = app;
  const name = { type: 'string', description: 'The name of the view.' };
  commands.addCommand(ErrorCommandIDs.show, {
    label: args =>
      typeof args.view === 'string' ? args.view : trans.__('Show Errors'),
    caption: trans.__('What failed on this server, the newest first'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          view: { ...name, description: 'A saved view to show.' },
          filter: {
            type: 'object',
            description:
              'What to restrict the list to: q, state, severity, category, period, isHere. Default: as it is.'
          }
        }
      }
    },
    execute: async args => {
      sidebar.reveal(section);
      const { model, views, widget } = await content.get();
      if (typeof args.view === 'string') {
        model.restrict(views.find(args.view)?.filter ?? OPEN_ERRORS);
      } else if (args.filter) {
        model.restrict(readFilter(args.filter));
      }
      widget.focusSearch();
    }
  });
  commands.addCommand(ErrorCommandIDs.saveView, {
    label: trans.__('Save This View…'),
    describedBy: { args: { type: 'object', properties: { name } } },
    isEnabled: () => content.current?.model.isFiltered ?? false,
    execute: async args =>
      (await content.get()).actions.execute(ErrorCommandIDs.saveView, args)
  });
  commands.addCommand(ErrorCommandIDs.deleteView, {
    label: args => String(args.name ?? trans.__('Delete Saved View')),
    describedBy: {
      args: { type: 'object', required: ['name'], properties: { name } }
    },
    execute: async args =>
      (await content.get()).actions.execute(ErrorCommandIDs.deleteView, args)
  });
}

/** Show how many errors are new on the section's title and the sidebar's icon. */
function countNew(options: ICommandOptions): void {
  const { api, section, sidebar, trans } = options;
  const news = new NewCount({
    api,
    client: new ErrorsClient({ client: api.client })
  });
  // The token does not say so, but a sidebar can only be a widget.
  const titles = [section, sidebar].flatMap(item =>
    item instanceof Widget
      ? [{ title: item.title, text: item.title.caption }]
      : []
  );
  news.changed.connect((_, count) => {
    const text = count < MOST ? String(count) : `${MOST - 1}+`;
    for (const { title, text: caption } of titles) {
      // An attribute, since titles have no room for another element.
      title.dataset = count === 0 ? {} : { dsinfranew: text };
      title.caption =
        count === 0
          ? caption
          : trans._n('%2: %1 new error', '%2: %1 new errors', count, caption);
    }
  });
}
