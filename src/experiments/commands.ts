import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IRun, IRunSummary } from '../api/types';
import {
  CommandIDs,
  ID_ARGUMENTS,
  NO_ARGUMENTS,
  RENAME_ARGUMENTS,
  SAVED_SEARCH_ARGUMENTS,
  SAVE_SEARCH_ARGUMENTS,
  SEARCH_ARGUMENTS,
  STAR_ARGUMENTS
} from '../commands';
import type { IApiClient } from '../tokens';
import type { ExperimentsModel } from './model';
import { messageOf } from './runs';
import type { SavedSearches } from './savedSearches';

/** How long a deletion can be undone from its notification, in milliseconds. */
const UNDO_TIME = 10_000;

type Args = ReadonlyPartialJSONObject;

/** What the commands work on. */
export interface ICommandsContext {
  commands: CommandRegistry;
  client: IApiClient;
  model: ExperimentsModel;
  trans: TranslationBundle;
  searches: () => SavedSearches;

  /** Show the section with the cursor in its search box. */
  reveal: () => void;
}

/** Add the commands on runs, and those of the panel. */
export function addCommands(context: ICommandsContext): void {
  addRunCommands(context);
  addAnnotationCommands(context);
  addSearchCommands(context);
}

/** The id that a command was given, else that of the selected run. */
function idOf(args: Args, model: ExperimentsModel): string | null {
  return typeof args.id === 'string' ? args.id : (model.selected?.id ?? null);
}

/** Do something to a run; what goes wrong is told. */
async function attempt(
  args: Args,
  context: ICommandsContext,
  action: (id: string) => Promise<void>
): Promise<void> {
  const id = idOf(args, context.model);
  if (id === null) {
    return;
  }
  try {
    await action(id);
  } catch (error) {
    Notification.error(messageOf(error), { autoClose: 8000 });
  }
}

function addRunCommands(context: ICommandsContext): void {
  const { commands, model, trans } = context;
  commands.addCommand(CommandIDs.deleteRun, {
    label: trans.__('Delete Run'),
    describedBy: ID_ARGUMENTS,
    isEnabled: args => idOf(args, model) !== null,
    execute: args =>
      attempt(args, context, async id => {
        await model.remove(id);
        Notification.info(trans.__('Run deleted.'), {
          autoClose: UNDO_TIME,
          actions: [
            {
              label: trans.__('Undo'),
              callback: () =>
                void commands.execute(CommandIDs.restoreRun, { id })
            }
          ]
        });
      })
  });
  commands.addCommand(CommandIDs.restoreRun, {
    label: trans.__('Restore Deleted Run'),
    describedBy: ID_ARGUMENTS,
    isEnabled: args => typeof args.id === 'string',
    execute: args =>
      attempt(args, context, async id => {
        await model.patch(id, { is_deleted: false });
      })
  });
  commands.addCommand(CommandIDs.starRun, {
    label: args =>
      model.find(idOf(args, model) ?? '')?.is_starred
        ? trans.__('Remove Star')
        : trans.__('Star'),
    describedBy: STAR_ARGUMENTS,
    isEnabled: args => idOf(args, model) !== null,
    execute: args =>
      attempt(args, context, async id => {
        const isStarred =
          typeof args.is_starred === 'boolean'
            ? args.is_starred
            : !(await runOf(id, context)).is_starred;
        await model.patch(id, { is_starred: isStarred });
      })
  });
}

/** A run as it is known here, else as the server has it. */
async function runOf(
  id: string,
  context: ICommandsContext
): Promise<IRun | IRunSummary> {
  return context.model.find(id) ?? (await context.client.run(id));
}

function addAnnotationCommands(context: ICommandsContext): void {
  const { commands, model, trans } = context;
  const isEnabled = (args: Args): boolean => idOf(args, model) !== null;
  commands.addCommand(CommandIDs.renameRun, {
    label: trans.__('Rename Run…'),
    describedBy: RENAME_ARGUMENTS,
    isEnabled,
    execute: args =>
      attempt(args, context, async id => {
        const { askName } = await import('./dialogs');
        const name =
          typeof args.name === 'string'
            ? args.name
            : await askName(
                trans.__('Rename Run'),
                (await runOf(id, context)).name,
                trans
              );
        if (name !== null) {
          await model.patch(id, { name });
        }
      })
  });
  commands.addCommand(CommandIDs.editTags, {
    label: trans.__('Edit Tags…'),
    describedBy: ID_ARGUMENTS,
    isEnabled,
    execute: args =>
      attempt(args, context, async id => {
        const { askTags } = await import('./dialogs');
        const tags = await askTags((await runOf(id, context)).tags, trans);
        if (tags !== null) {
          await model.patch(id, { tags });
        }
      })
  });
  commands.addCommand(CommandIDs.editNote, {
    label: trans.__('Edit Note…'),
    describedBy: ID_ARGUMENTS,
    isEnabled,
    execute: args =>
      attempt(args, context, async id => {
        const { askNote } = await import('./dialogs');
        const note = await askNote((await runOf(id, context)).note, trans);
        if (note !== null) {
          await model.patch(id, { note });
        }
      })
  });
  commands.addCommand(CommandIDs.renameExperiment, {
    label: trans.__('Rename Experiment…'),
    describedBy: RENAME_ARGUMENTS,
    isEnabled: args => typeof args.id === 'string',
    execute: args =>
      attempt(args, context, async id => {
        const { askName } = await import('./dialogs');
        const name =
          typeof args.name === 'string'
            ? args.name
            : await askName(
                trans.__('Rename Experiment'),
                model.findExperiment(id)?.name ?? '',
                trans
              );
        if (name) {
          await model.renameExperiment(id, name);
        }
      })
  });
}

function addSearchCommands(context: ICommandsContext): void {
  const { commands, model, trans, searches, reveal } = context;
  commands.addCommand(CommandIDs.searchRuns, {
    label: args =>
      typeof args.label === 'string' ? args.label : trans.__('Search Runs…'),
    caption: args => (typeof args.q === 'string' ? args.q : ''),
    describedBy: SEARCH_ARGUMENTS,
    execute: args => {
      if (typeof args.q === 'string') {
        model.query = args.q;
      }
      reveal();
    }
  });
  commands.addCommand(CommandIDs.saveSearch, {
    label: trans.__('Save This Search…'),
    describedBy: SAVE_SEARCH_ARGUMENTS,
    isEnabled: () => model.query.trim() !== '' && model.queryFailure === null,
    execute: async args => {
      const { askName } = await import('./dialogs');
      const name =
        typeof args.name === 'string'
          ? args.name
          : await askName(trans.__('Save Search'), model.query, trans);
      if (name) {
        await searches().save(name, model.query);
      }
    }
  });
  commands.addCommand(CommandIDs.deleteSearch, {
    label: args => String(args.name ?? ''),
    describedBy: SAVED_SEARCH_ARGUMENTS,
    execute: args => searches().remove(String(args.name))
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Runs'),
    caption: trans.__('Ask the server for all runs that are shown'),
    icon: refreshIcon,
    describedBy: NO_ARGUMENTS,
    execute: () => model.refresh()
  });
}
