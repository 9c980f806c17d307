import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import { ApiError } from '../../api/failures';
import { CommandIDs } from '../../commands';
import { RunActions } from '../actions';
import { rowMenu, savedSearchMenu } from '../menus';
import { ExperimentsModel } from '../model';
import { SavedSearches } from '../savedSearches';
import { MemoryApi, makeExperiment, makeRun, settle } from './memoryApi';

const trans = nullTranslator.load('dsinfra_jlab');

describe('RunActions', () => {
  let api: MemoryApi;
  let model: ExperimentsModel;
  let commands: CommandRegistry;
  let searches: SavedSearches;
  let actions: RunActions;

  beforeEach(async () => {
    api = new MemoryApi();
    api.client.experimentList = [makeExperiment()];
    api.client.runList = [
      makeRun({ id: 's1', kind: 'session', status: 'running' }),
      makeRun({ id: 'r2' }),
      makeRun({ id: 'r1' })
    ];
    model = new ExperimentsModel({ api });
    commands = new CommandRegistry();
    searches = new SavedSearches(null);
    actions = new RunActions({
      commands,
      client: api.client,
      model,
      searches,
      trans
    });
    model.isActive = true;
    await settle();
  });

  afterEach(() => {
    Notification.dismiss();
    model.dispose();
  });

  it('deletes a run, and offers to take that back', async () => {
    const restored: unknown[] = [];
    commands.addCommand(CommandIDs.restoreRun, {
      describedBy: { args: { type: 'object' } },
      execute: args => void restored.push(args.id)
    });

    await actions.execute(CommandIDs.deleteRun, { id: 'r2' });

    expect(model.find('r2')).toBeNull();
    const [notification] = Notification.manager.notifications;
    notification!.options.actions![0]!.callback(new MouseEvent('click'));
    expect(restored).toEqual(['r2']);
  });

  it('takes the selected run where none is named', async () => {
    model.selectedKey = 'r1';
    await actions.execute(CommandIDs.starRun, {});
    expect(model.find('r1')?.is_starred).toBe(true);

    await actions.execute(CommandIDs.starRun, {});
    expect(model.find('r1')?.is_starred).toBe(false);
  });

  it('does nothing without a run', async () => {
    const before = api.client.requests.length;
    await actions.execute(CommandIDs.deleteRun, {});
    expect(api.client.requests).toHaveLength(before);
  });

  it('renames a run that the panel does not show', async () => {
    api.client.runList.push(makeRun({ id: 'x', experiment_id: 'other' }));
    await actions.execute(CommandIDs.renameRun, { id: 'x', name: 'best' });
    expect((await api.client.run('x')).name).toBe('best');
  });

  it('tells what went wrong, and changes nothing', async () => {
    api.client.failure = new ApiError('The store is away.', 'unavailable', 503);

    await actions.execute(CommandIDs.deleteRun, { id: 'r2' });

    expect(model.find('r2')).not.toBeNull();
    expect(Notification.manager.notifications[0]!.message).toBe(
      'The store is away.'
    );
  });

  it('saves what is searched for', async () => {
    model.query = 'duration>1m';
    await actions.execute(CommandIDs.saveSearch, { name: 'slow' });
    expect(searches.items).toEqual([{ name: 'slow', q: 'duration>1m' }]);

    const menu = savedSearchMenu(searches.items, commands, trans);
    expect(menu.items[0]!.args).toEqual({ q: 'duration>1m', label: 'slow' });
  });

  it('offers only commands that are there', () => {
    const row = model.rows.find(({ key }) => key === 'r2');
    expect(
      rowMenu(row!, commands).items.filter(({ type }) => type === 'command')
    ).toEqual([]);

    commands.addCommand(CommandIDs.goToCell, {
      describedBy: { args: { type: 'object' } },
      execute: () => undefined
    });
    const items = rowMenu(row!, commands).items.filter(
      ({ type }) => type === 'command'
    );
    expect(items.map(({ args }) => args)).toEqual([{ run_id: 'r2' }]);
  });
});
