import { Clipboard, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { Menu } from '@lumino/widgets';

import { ApiError } from '../../api/failures';
import { CommandIDs } from '../../commands';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { OPEN_ERRORS } from '../filter';
import { GroupActions, undoing } from '../groupActions';
import { groupMenu, savedViewsMenu } from '../menus';
import { ErrorsModel } from '../model';
import { SavedViews } from '../savedViews';
import { ErrorCommandIDs } from '../tokens';
import { MemoryErrors, makeGroup } from './memoryErrors';

const trans = nullTranslator.load('dsinfra_jlab');

describe('GroupActions', () => {
  let client: MemoryErrors;
  let model: ErrorsModel;
  let views: SavedViews;
  let actions: GroupActions;

  beforeEach(async () => {
    client = new MemoryErrors();
    client.groupList = [makeGroup({ id: 'g2' }), makeGroup({ id: 'g1' })];
    model = new ErrorsModel({ api: new MemoryApi(), client });
    views = new SavedViews(null);
    actions = new GroupActions({ client, model, views, trans });
    model.isActive = true;
    await settle();
  });

  afterEach(() => {
    Notification.dismiss();
    model.dispose();
    jest.restoreAllMocks();
  });

  const patches = (): string[] =>
    client.requests.filter(request => request.startsWith('patch'));

  /** Press the only button of the last notice. */
  async function undo(): Promise<void> {
    const notices = Notification.manager.notifications;
    notices[0]!.options.actions![0]!.callback(new MouseEvent('click'));
    await settle();
  }

  it('resolves a group, and takes that back', async () => {
    await actions.execute(ErrorCommandIDs.resolve, { groupId: 'g2' });
    expect(model.find('g2')).toBeNull();
    expect(Notification.manager.notifications[0]!.message).toBe('Resolved.');

    await undo();
    expect(model.find('g2')?.state).toBe('ongoing');
  });

  it.each([
    [{}, 'state=ignored&ignore_until=forever', 'Ignored for ever.'],
    [
      { until: 'count', count: 3 },
      'state=ignored&ignore_until=count&ignore_count=3',
      'Ignored until it has happened 3 more times.'
    ],
    [
      { until: 'count', count: -1 },
      'state=ignored&ignore_until=count&ignore_count=10',
      'Ignored until it has happened 10 more times.'
    ],
    [
      { until: 'escalating' },
      'state=ignored&ignore_until=escalating',
      'Ignored until it happens much more often.'
    ]
  ])('ignores a group as %j says', async (args, request, message) => {
    await actions.execute(ErrorCommandIDs.ignore, { groupId: 'g1', ...args });
    expect(patches()).toEqual([`patch?id=g1&${request}`]);
    expect(Notification.manager.notifications[0]!.message).toBe(message);
  });

  it('takes the selected group where none is named', async () => {
    await actions.execute(ErrorCommandIDs.resolve, {});
    expect(patches()).toEqual([]);

    model.selectedId = 'g1';
    await actions.execute(ErrorCommandIDs.resolve, {});
    expect(patches()).toEqual(['patch?id=g1&state=resolved']);
  });

  it('changes a group that the section does not show', async () => {
    client.groupList.push(makeGroup({ id: 'old', state: 'resolved' }));
    await actions.execute(ErrorCommandIDs.reopen, { groupId: 'old' });
    await undo();
    expect(patches()).toEqual([
      'patch?id=old&state=ongoing',
      'patch?id=old&state=resolved'
    ]);
  });

  it('copies the newest error as Markdown', async () => {
    const copied: unknown[] = [];
    jest
      .spyOn(Clipboard, 'copyToSystem')
      .mockImplementation(text => void copied.push(text));
    await actions.execute(ErrorCommandIDs.copyMarkdown, { groupId: 'g1' });
    expect(copied).toEqual(["# KeyError: 'price'"]);
    expect(client.requests.at(-1)).toBe(
      'export?format=markdown&group_id=g1&limit=1'
    );
  });

  it('saves and forgets what is shown', async () => {
    model.restrict({ severity: 'critical' });
    await actions.execute(ErrorCommandIDs.saveView, { name: 'bad' });
    expect(views.items).toEqual([
      { name: 'bad', filter: { ...OPEN_ERRORS, severity: 'critical' } }
    ]);
    await actions.execute(ErrorCommandIDs.deleteView, { name: 'bad' });
    expect(views.items).toEqual([]);
  });

  it('says what went wrong', async () => {
    client.failure = new ApiError('Only reading is allowed.', 'forbidden', 403);
    await actions.execute(ErrorCommandIDs.resolve, { groupId: 'g1' });
    const [notice] = Notification.manager.notifications;
    expect(notice!.type).toBe('error');
    expect(notice!.message).toBe('Only reading is allowed.');
    expect(model.find('g1')).not.toBeNull();
  });
});

describe('undoing', () => {
  it.each([
    [{ state: 'new' as const }, { state: 'ongoing' }],
    [{ state: 'resolved' as const }, { state: 'resolved' }],
    [
      { state: 'ignored' as const, ignore_until: 'escalating' as const },
      { state: 'ignored', ignore_until: 'escalating' }
    ],
    [
      {
        state: 'ignored' as const,
        ignore_until: 'count' as const,
        ignore_remaining: 4
      },
      { state: 'ignored', ignore_until: 'count', ignore_count: 4 }
    ]
  ])('brings back %j', (changes, patch) => {
    expect(undoing(makeGroup(changes))).toEqual(patch);
  });
});

describe('menus', () => {
  let commands: CommandRegistry;

  beforeEach(() => {
    commands = new CommandRegistry();
    for (const id of [...Object.values(ErrorCommandIDs), CommandIDs.goToCell]) {
      commands.addCommand(id, {
        describedBy: { args: { type: 'object' } },
        execute: () => undefined,
        label: id
      });
    }
  });

  const labels = (menu: Menu): string[] =>
    menu.items
      .filter(item => item.type !== 'separator')
      .map(item => (item.type === 'submenu' ? item.label : item.command));

  it.each([
    ['new', ['dsinfra:resolve-error', 'Ignore']],
    ['resolved', ['dsinfra:reopen-error']],
    ['ignored', ['dsinfra:resolve-error', 'dsinfra:reopen-error']]
  ] as const)(
    'offers what can be done with a group that is %s',
    (state, own) => {
      expect(labels(groupMenu(makeGroup({ state }), commands, trans))).toEqual([
        'dsinfra:open-error',
        'dsinfra-jlab:go-to-cell',
        ...own,
        'dsinfra:copy-error-markdown'
      ]);
    }
  );

  it('leaves out what a disabled feature would do', () => {
    const menu = groupMenu(makeGroup(), new CommandRegistry(), trans);
    expect(labels(menu)).toEqual([]);
  });

  it('offers the saved views', () => {
    const view = { name: 'bad', filter: OPEN_ERRORS };
    expect(labels(savedViewsMenu([view], commands, trans))).toEqual([
      'dsinfra:show-errors',
      'dsinfra:save-errors-view',
      'Delete Saved View'
    ]);
    expect(labels(savedViewsMenu([], commands, trans))).toEqual([
      'dsinfra:save-errors-view'
    ]);
  });
});
