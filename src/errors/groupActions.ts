import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IErrorGroup, IErrorGroupPatch, IgnoreUntil } from '../api/types';
import type { IErrorsClient } from '../tokens';
import { tellFailure } from '../ui/messages';
import { IGNORE_COUNT, ignoreUntil } from './ignoring';
import type { ErrorsModel } from './model';
import type { SavedViews } from './savedViews';
import { ErrorCommandIDs } from './tokens';

/** How long what was said of a group can be taken back, in milliseconds. */
const UNDO_TIME = 10_000;

/** How long other messages are shown, in milliseconds. */
const MESSAGE_TIME = 4000;

type Args = ReadonlyPartialJSONObject;

/** What the commands on groups and views do. */
export class GroupActions {
  constructor(options: GroupActions.IOptions) {
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
    const { model, views, trans } = this._options;
    switch (command) {
      case ErrorCommandIDs.saveView:
        return this._saveView(args.name);
      case ErrorCommandIDs.deleteView:
        return views.remove(String(args.name));
    }
    const id =
      typeof args.groupId === 'string' ? args.groupId : model.selected?.id;
    if (id === undefined) {
      return;
    }
    switch (command) {
      case ErrorCommandIDs.resolve:
        return this._change(id, { state: 'resolved' }, trans.__('Resolved.'));
      case ErrorCommandIDs.reopen:
        return this._change(id, { state: 'ongoing' }, trans.__('Reopened.'));
      case ErrorCommandIDs.ignore:
        return this._ignore(id, args);
      case ErrorCommandIDs.copyMarkdown:
        return this._copy(id);
    }
  }

  private async _ignore(id: string, args: Args): Promise<void> {
    const { trans } = this._options;
    const until = ignoreUntil(args.until);
    const count =
      typeof args.count === 'number' && args.count >= 1
        ? Math.floor(args.count)
        : IGNORE_COUNT;
    await this._change(
      id,
      {
        state: 'ignored',
        ignore_until: until,
        ...(until === 'count' ? { ignore_count: count } : {})
      },
      ignoredText(until, count, trans)
    );
  }

  /** Change a group, say so, and offer to take it back. */
  private async _change(
    id: string,
    patch: IErrorGroupPatch,
    message: string
  ): Promise<void> {
    const { client, model, trans } = this._options;
    const before = model.find(id) ?? (await client.errorGroup(id));
    await model.patch(id, patch);
    Notification.info(message, {
      autoClose: UNDO_TIME,
      actions: [
        {
          label: trans.__('Undo'),
          callback: () => {
            model.patch(id, undoing(before)).catch(tellFailure);
          }
        }
      ]
    });
  }

  private async _copy(id: string): Promise<void> {
    const { client, trans } = this._options;
    const file = await client.exportErrors({
      format: 'markdown',
      group_id: id,
      limit: 1
    });
    Clipboard.copyToSystem(await file.text());
    Notification.info(trans.__('Copied as Markdown.'), {
      autoClose: MESSAGE_TIME
    });
  }

  private async _saveView(given: unknown): Promise<void> {
    const { model, views, trans } = this._options;
    let name: string | null = typeof given === 'string' ? given : null;
    if (name === null) {
      const { askName } = await import(
        /* webpackChunkName: "dialogs" */ '../experiments/dialogs'
      );
      name = await askName(trans.__('Save View'), model.filter.q, trans);
    }
    if (name) {
      await views.save(name, model.filter);
    }
  }

  private readonly _options: GroupActions.IOptions;
}

export namespace GroupActions {
  export interface IOptions {
    client: IErrorsClient;
    model: ErrorsModel;
    views: SavedViews;
    trans: TranslationBundle;
  }
}

/** Return what brings a group back to how it stood. */
export function undoing(
  group: Pick<IErrorGroup, 'state' | 'ignore_until' | 'ignore_remaining'>
): IErrorGroupPatch {
  const { state, ignore_until: until, ignore_remaining: remaining } = group;
  switch (state) {
    case 'resolved':
      return { state };
    case 'ignored':
      return {
        state,
        ignore_until: until ?? 'forever',
        ...(until === 'count' && remaining !== null
          ? { ignore_count: Math.max(1, remaining) }
          : {})
      };
    default:
      // Whether it is new, escalating or regressed, the server finds by itself.
      return { state: 'ongoing' };
  }
}

function ignoredText(
  until: IgnoreUntil,
  count: number,
  trans: TranslationBundle
): string {
  switch (until) {
    case 'forever':
      return trans.__('Ignored for ever.');
    case 'count':
      return trans._n(
        'Ignored until it happens once more.',
        'Ignored until it has happened %1 more times.',
        count
      );
    case 'escalating':
      return trans.__('Ignored until it happens much more often.');
  }
}
