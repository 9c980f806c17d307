import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import type { IInfrastructureSidebar } from '../../tokens';
import { LazyContent } from '../../ui/lazyContent';
import { LazySection } from '../../ui/lazyPanel';
import type { IErrorsContent } from '../content';
import { OPEN_ERRORS } from '../filter';
import { ErrorsModel } from '../model';
import { addCommands } from '../panelCommands';
import { SavedViews } from '../savedViews';
import { ErrorCommandIDs } from '../tokens';
import { MemoryErrors, makeGroup } from './memoryErrors';

const trans = nullTranslator.load('dsinfra_jlab');

/** A sidebar that remembers what it was asked to show. */
class Sidebar extends Widget implements IInfrastructureSidebar {
  revealed: Widget[] = [];
  addSection(): void {}
  reveal(widget: Widget): void {
    this.revealed.push(widget);
  }
}

describe('addCommands', () => {
  let commands: CommandRegistry;
  let sidebar: Sidebar;
  let section: LazySection;
  let model: ErrorsModel;
  let views: SavedViews;
  let offered: string[];
  let executed: [string, object][];
  let focused: number;

  beforeEach(() => {
    const errors = new MemoryErrors();
    errors.groupList = [makeGroup({ id: 'g1', state: 'new' })];
    const api = new MemoryApi();
    // The commands make a client of their own upon this.
    Object.assign(api.client, {
      request: (_: string, __: string, options: { query: object }) =>
        errors.errorGroups(options.query)
    });
    model = new ErrorsModel({ api, client: errors });
    views = new SavedViews(null);
    commands = new CommandRegistry();
    sidebar = new Sidebar();
    sidebar.title.caption = 'Infrastructure';
    section = new LazySection(async () => new Widget());
    section.title.caption = 'Errors';
    offered = [];
    executed = [];
    focused = 0;
    const content = new LazyContent(
      async () =>
        ({
          actions: {
            execute: async (id: string, args: object) =>
              void executed.push([id, args])
          },
          model,
          views,
          widget: { focusSearch: () => void (focused += 1) }
        }) as unknown as IErrorsContent
    );
    addCommands({
      api,
      app: { commands } as JupyterFrontEnd,
      content,
      palette: {
        addItem: ({ command }: { command: string }) => {
          offered.push(command);
        }
      } as never,
      section,
      sidebar,
      trans
    });
  });

  afterEach(() => {
    model.dispose();
    section.dispose();
    sidebar.dispose();
  });

  it('shows how many errors are new where somebody sees it', async () => {
    await settle();
    for (const [widget, caption] of [
      [section, 'Errors: 1 new error'],
      [sidebar, 'Infrastructure: 1 new error']
    ] as const) {
      expect(widget.title.dataset).toEqual({ dsinfranew: '1' });
      expect(widget.title.caption).toBe(caption);
    }
  });

  it('shows the section with what is asked for', async () => {
    await commands.execute(ErrorCommandIDs.show, {
      filter: { state: 'regressed' }
    });
    expect(sidebar.revealed).toEqual([section]);
    expect(model.filter).toEqual({ ...OPEN_ERRORS, state: 'regressed' });
    expect(focused).toBe(1);

    await commands.execute(ErrorCommandIDs.show);
    expect(model.filter.state).toBe('regressed');

    await views.save('bad', { ...OPEN_ERRORS, severity: 'critical' });
    await commands.execute(ErrorCommandIDs.show, { view: 'bad' });
    expect(model.filter).toEqual({ ...OPEN_ERRORS, severity: 'critical' });
  });

  it('offers in the palette what needs no group', () => {
    expect(offered).toEqual([ErrorCommandIDs.show, ErrorCommandIDs.openTrends]);
  });

  it('is ready for a group that is named, or selected', async () => {
    const isEnabled = (args = {}): boolean =>
      commands.isEnabled(ErrorCommandIDs.resolve, args);
    expect(isEnabled()).toBe(false);
    expect(isEnabled({ groupId: 'g1' })).toBe(true);
    await commands.execute(ErrorCommandIDs.resolve, { groupId: 'g1' });
    expect(executed).toEqual([[ErrorCommandIDs.resolve, { groupId: 'g1' }]]);

    model.isActive = true;
    await settle();
    model.selectedId = 'g1';
    expect(isEnabled()).toBe(true);
  });

  it.each([
    [{}, 'For Ever'],
    [{ until: 'count', count: 25 }, 'Until 25 More'],
    [{ until: 'count' }, 'Until 10 More'],
    [{ until: 'escalating' }, 'Until Escalating']
  ])('names how long %j is', (args, label) => {
    expect(commands.label(ErrorCommandIDs.ignore, args)).toBe(label);
  });
});
