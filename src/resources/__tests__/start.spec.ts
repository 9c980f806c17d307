import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { Token } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { NO_ARGUMENTS } from '../../commands';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import type { IApiClient } from '../../tokens';
import { LazySection } from '../../ui/lazyPanel';
import { start } from '../start';
import { ResourceCommandIDs as IDs } from '../tokens';
import { makeAlert, makeSnapshot } from './memoryResources';

/** An application with the services that a test gives it, and a server with an alert. */
class Bench {
  readonly api = new MemoryApi();
  readonly commands = new CommandRegistry();
  readonly services = new Map<unknown, unknown>();
  readonly section = new LazySection(async () => new Widget());
  readonly requests: string[] = [];
  readonly revealed: Widget[] = [];
  readonly interrupted: string[] = [];

  async start() {
    const request: IApiClient['request'] = async (method, path) => {
      this.requests.push(`${method} ${path}`);
      const answer =
        path === 'alerts' ? { items: [makeAlert()] } : makeSnapshot();
      return answer as never;
    };
    Object.assign(this.api.client, { request });
    const app = {
      commands: this.commands,
      resolveOptionalService: async (token: Token<unknown>) =>
        this.services.get(token) ?? null,
      serviceManager: { kernels: {}, sessions: {} },
      shell: {}
    };
    return start({
      api: this.api,
      app: app as unknown as JupyterFrontEnd,
      section: this.section,
      sidebar: {
        addSection: () => undefined,
        reveal: widget => this.revealed.push(widget)
      },
      translator: nullTranslator
    });
  }

  /** Give it a status bar, a notebook in front, and settings. */
  giveStatusBar(settings: { showStatusItem?: boolean } | null): {
    items: { isActive: () => boolean; item: Widget }[];
    change: (settings: { showStatusItem: boolean }) => void;
  } {
    const items: { isActive: () => boolean; item: Widget }[] = [];
    this.services.set(IStatusBar, {
      registerStatusItem: (_: string, item: (typeof items)[number]) => {
        items.push(item);
      }
    });
    const panel = {
      isDisposed: false,
      sessionContext: {
        kernelChanged: new Signal<object, void>({}),
        session: { kernel: { id: 'k1' } }
      }
    };
    this.services.set(INotebookTracker, {
      currentWidget: panel,
      currentChanged: new Signal<object, void>({})
    });
    const loaded = {
      composite: settings ?? {},
      changed: new Signal<object, void>({})
    };
    if (settings !== null) {
      this.services.set(ISettingRegistry, { load: async () => loaded });
    }
    return {
      items,
      change: next => {
        loaded.composite = next;
        loaded.changed.emit();
      }
    };
  }
}

describe('start of the resources', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  afterEach(() => {
    Notification.dismiss();
    bench.section.dispose();
  });

  it('adds its commands, also to the palette, and reads nothing but alerts', async () => {
    const listed: string[] = [];
    bench.services.set(ICommandPalette, {
      addItem: ({ command }: { command: string }) => listed.push(command)
    });
    await bench.start();
    await settle();
    expect(
      [
        IDs.show,
        IDs.openNotebook,
        IDs.showMemory,
        IDs.interrupt,
        IDs.restart,
        IDs.shutDown
      ]
        .map(id => bench.commands.hasCommand(id))
        .every(Boolean)
    ).toBe(true);
    expect(listed).toEqual([IDs.show]);
    expect(bench.requests).toEqual(['GET alerts']);
    expect(bench.api.events.watched).toEqual(['alert']);
  });

  it('shows the memory of a kernel on command, and hides it again', async () => {
    await bench.start();
    const args = { kernelId: 'k1' };
    const isToggled = (): boolean =>
      bench.commands.isToggled(IDs.showMemory, args);
    expect(isToggled()).toBe(false);
    await bench.commands.execute(IDs.showMemory, args);
    expect(isToggled()).toBe(true);
    expect(bench.requests).toContain('GET kernels/k1/memory');
    await bench.commands.execute(IDs.showMemory, args);
    expect(isToggled()).toBe(false);
  });

  it('shows the section on command', async () => {
    await bench.start();
    await bench.commands.execute(IDs.show);
    expect(bench.revealed).toEqual([bench.section]);
  });

  it('tells of an alert, whose actions reach the server and the section', async () => {
    await bench.start();
    await settle();
    const [told] = Notification.manager.notifications;
    expect(told?.message).toBe('Memory is at 90 % of its limit.');
    const act = (label: string): void => {
      told?.options.actions
        ?.find(action => action.label === label)
        ?.callback(new MouseEvent('click'));
    };
    act('Show');
    expect(bench.revealed).toEqual([bench.section]);
    act('Snooze 1 h');
    await settle();
    expect(bench.requests).toContain('PATCH alerts/memory_high%3Ahost');
  });

  it.each([
    ['by default', {}, true],
    ['without a registry of settings', null, true],
    ['not where the user does not want it', { showStatusItem: false }, false]
  ])('shows the kernel in the status bar %s', async (_, settings, isShown) => {
    const { items } = bench.giveStatusBar(settings);
    await bench.start();
    await settle();
    expect(items.map(item => item.isActive())).toEqual([isShown]);
    expect(bench.requests.includes('GET samples/latest')).toBe(isShown);
  });

  it('follows the setting of the status bar', async () => {
    const { change, items } = bench.giveStatusBar({ showStatusItem: false });
    await bench.start();
    change({ showStatusItem: true });
    await settle();
    expect(items[0]?.isActive()).toBe(true);
    change({ showStatusItem: false });
    expect(items[0]?.isActive()).toBe(false);
  });

  it('goes without a status bar', async () => {
    await expect(bench.start()).resolves.toBeTruthy();
    expect(bench.api.events.watched).not.toContain('samples');
  });

  it('leads to the charts only where there are some', async () => {
    await bench.start();
    expect([...bench.section.toolbar.names()]).toEqual([]);
    const other = new Bench();
    other.commands.addCommand(IDs.openDashboard, {
      describedBy: NO_ARGUMENTS,
      execute: () => undefined
    });
    await other.start();
    expect([...other.section.toolbar.names()]).toEqual(['dashboard']);
    other.section.dispose();
  });
});
