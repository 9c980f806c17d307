import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IRun, IRunSummary } from '../api/types';
import { CommandIDs } from '../commands';
import type { IApiClient } from '../tokens';
import { tellFailure } from '../ui/messages';
import type { ExperimentsModel } from './model';
import type { SavedSearches } from './savedSearches';

/** How long a deletion can be undone from its notification, in milliseconds. */
const UNDO_TIME = 10_000;

type Args = ReadonlyPartialJSONObject;

/** What the commands on runs and searches do. */
export class RunActions {
  constructor(options: RunActions.IOptions) {
    this._options = options;
  }

  /** Do what a command stands for; what goes wrong is told to the user. */
  async execute(command: string, args: Args): Promise<void> {
    try {
      await this._execute(command, args);
    } catch (error) {
      tellFailure(error);
    }
  }

  private async _execute(command: string, args: Args): Promise<void> {
    const { model } = this._options;
    switch (command) {
      case CommandIDs.refresh:
        return model.refresh();
      case CommandIDs.saveSearch:
        return this._saveSearch(args.name);
      case CommandIDs.deleteSearch:
        return this._options.searches.remove(String(args.name));
      case CommandIDs.renameExperiment:
        return this._renameExperiment(String(args.id), args.name);
    }
    const id = typeof args.id === 'string' ? args.id : model.selected?.id;
    if (id !== undefined) {
      await this._executeOnRun(command, id, args);
    }
  }

  private async _executeOnRun(
    command: string,
    id: string,
    args: Args
  ): Promise<void> {
    const { model } = this._options;
    switch (command) {
      case CommandIDs.deleteRun:
        return this._delete(id);
      case CommandIDs.restoreRun:
        await model.patch(id, { is_deleted: false });
        return;
      case CommandIDs.starRun:
        return this._star(id, args.is_starred);
      case CommandIDs.renameRun:
        return this._rename(id, args.name);
      case CommandIDs.editTags:
        return this._editTags(id);
      case CommandIDs.editNote:
        return this._editNote(id);
    }
  }

  private async _delete(id: string): Promise<void> {
    const { commands, model, trans } = this._options;
    await model.remove(id);
    Notification.info(trans.__('Run deleted.'), {
      autoClose: UNDO_TIME,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => void commands.execute(CommandIDs.restoreRun, { id })
        }
      ]
    });
  }

  private async _star(id: string, wanted: unknown): Promise<void> {
    const isStarred =
      typeof wanted === 'boolean' ? wanted : !(await this._run(id)).is_starred;
    await this._options.model.patch(id, { is_starred: isStarred });
  }

  private async _rename(id: string, given: unknown): Promise<void> {
    const { model, trans } = this._options;
    const name =
      typeof given === 'string'
        ? given
        : await this._askName(
            trans.__('Rename Run'),
            (await this._run(id)).name
          );
    if (name !== null) {
      await model.patch(id, { name });
    }
  }

  private async _editTags(id: string): Promise<void> {
    const { model, trans } = this._options;
    const { askTags } = await import(
      /* webpackChunkName: "dialogs" */ './dialogs'
    );
    const tags = await askTags((await this._run(id)).tags, trans);
    if (tags !== null) {
      await model.patch(id, { tags });
    }
  }

  private async _editNote(id: string): Promise<void> {
    const { model, trans } = this._options;
    const { askNote } = await import(
      /* webpackChunkName: "dialogs" */ './dialogs'
    );
    const note = await askNote((await this._run(id)).note, trans);
    if (note !== null) {
      await model.patch(id, { note });
    }
  }

  private async _renameExperiment(id: string, given: unknown): Promise<void> {
    const { model, trans } = this._options;
    const name =
      typeof given === 'string'
        ? given
        : await this._askName(
            trans.__('Rename Experiment'),
            model.findExperiment(id)?.name ?? ''
          );
    if (name) {
      await model.renameExperiment(id, name);
    }
  }

  private async _saveSearch(given: unknown): Promise<void> {
    const { model, searches, trans } = this._options;
    const name =
      typeof given === 'string'
        ? given
        : await this._askName(trans.__('Save Search'), model.query);
    if (name) {
      await searches.save(name, model.query);
    }
  }

  private async _askName(title: string, name: string): Promise<string | null> {
    const { askName } = await import(
      /* webpackChunkName: "dialogs" */ './dialogs'
    );
    return askName(title, name, this._options.trans);
  }

  /** A run as it is known here, else as the server has it. */
  private async _run(id: string): Promise<IRun | IRunSummary> {
    const { client, model } = this._options;
    return model.find(id) ?? (await client.run(id));
  }

  private _options: RunActions.IOptions;
}

export namespace RunActions {
  export interface IOptions {
    commands: CommandRegistry;
    client: IApiClient;
    model: ExperimentsModel;
    searches: SavedSearches;
    trans: TranslationBundle;
  }
}
