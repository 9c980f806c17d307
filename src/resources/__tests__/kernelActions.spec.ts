import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';

import { settle } from '../../experiments/__tests__/memoryApi';
import { KernelActions } from '../kernelActions';

/** What was done, oldest first. */
let done: string[];

function note(what: string): Promise<void> {
  done.push(what);
  return Promise.resolve();
}

function contextOf(id: string): object {
  return {
    session: { kernel: { id, interrupt: () => note(`interrupt ${id}`) } },
    shutdown: () => note(`shut down by the view ${id}`)
  };
}

interface ISetting {
  /** Kernels that a view in the main area has. */
  shown?: string[];
  /** Kernels of sessions without a view, by type. */
  sessions?: Record<string, string>;
  /** Kernels that the server has. */
  kernels?: string[];
  hasDialogs?: boolean;
}

function make(setting: ISetting): KernelActions {
  const {
    hasDialogs = true,
    kernels = [],
    sessions = {},
    shown = []
  } = setting;
  const widgets = shown.map(id => ({
    id: `view-of-${id}`,
    sessionContext: contextOf(id)
  }));
  const models = Object.entries(sessions).map(([id, type]) => ({
    id: `session-of-${id}`,
    path: `${id}.ipynb`,
    type,
    kernel: { id }
  }));
  const given = {
    app: {
      commands: {
        execute: (
          command: string,
          args: { path?: string; kernelPreference?: { id: string } }
        ) => note(`${command} ${args.path ?? args.kernelPreference?.id}`)
      },
      shell: {
        activateById: (id: string) => void note(`activate ${id}`),
        widgets: (area: string) => (area === 'main' ? widgets : [])
      }
    },
    dialogs: hasDialogs ? { restart: () => note('ask to restart') } : null,
    kernels: {
      refreshRunning: () => Promise.resolve(),
      findById: (id: string) =>
        Promise.resolve(kernels.includes(id) ? { id } : undefined),
      connectTo: ({ model }: { model: { id: string } }) => ({
        interrupt: () => note(`interrupt ${model.id} by its id`),
        restart: () => note(`restart ${model.id} by its id`),
        dispose: () => void note('let go')
      }),
      shutdown: (id: string) => note(`shut down ${id} by its id`)
    },
    sessions: {
      refreshRunning: () => Promise.resolve(),
      running: () => models,
      shutdown: (id: string) => note(`end ${id}`)
    },
    translator: nullTranslator
  };
  return new KernelActions(given as unknown as KernelActions.IOptions);
}

/** Press a button of the dialog that is open. */
async function press(name: string): Promise<void> {
  await settle();
  const buttons = [
    ...document.querySelectorAll<HTMLElement>('.jp-Dialog button')
  ];
  const button = buttons.find(each => each.textContent?.includes(name));
  if (button === undefined) {
    throw new Error(`There is no button ${name}.`);
  }
  button.click();
}

describe('KernelActions', () => {
  beforeEach(() => {
    done = [];
  });

  it('shows the view that a kernel has', async () => {
    await make({ shown: ['k1', 'k2'] }).open('k2');
    expect(done).toEqual(['activate view-of-k2']);
  });

  it('opens what a kernel without a view belongs to', async () => {
    const actions = make({
      sessions: { k1: 'notebook', k2: 'console' },
      kernels: ['k3']
    });
    await actions.open('k1');
    await actions.open('k2');
    expect(done).toEqual(['docmanager:open k1.ipynb', 'console:open k2.ipynb']);
  });

  it('opens a console on a kernel that belongs to nothing', async () => {
    await make({ kernels: ['k3'] }).open('k3');
    expect(done).toEqual(['console:create k3']);
  });

  it('interrupts through the view, else by the id, and lets go', async () => {
    const actions = make({ shown: ['k1'], kernels: ['k1', 'k2'] });
    await actions.interrupt('k1');
    await actions.interrupt('k2');
    expect(done).toEqual(['interrupt k1', 'interrupt k2 by its id', 'let go']);
  });

  it('tells of a kernel that is not there any more', async () => {
    const error = jest.spyOn(Notification, 'error').mockReturnValue('');
    await make({}).interrupt('gone');
    expect(error).toHaveBeenCalledWith(
      'This kernel is not there any more.',
      expect.anything()
    );
    expect(done).toEqual([]);
    error.mockRestore();
  });

  it("restarts a kernel with a view by JupyterLab's own question", async () => {
    await make({ shown: ['k1'] }).restart('k1', 'a.ipynb');
    expect(done).toEqual(['ask to restart']);
  });

  it('restarts another one only if that is confirmed', async () => {
    const actions = make({ kernels: ['k1'], hasDialogs: false });
    let asked = actions.restart('k1', 'a.ipynb');
    await press('Cancel');
    await asked;
    expect(done).toEqual([]);

    asked = actions.restart('k1', 'a.ipynb');
    await press('Restart');
    await asked;
    expect(done).toEqual(['restart k1 by its id', 'let go']);
  });

  it('shuts down by the nearest way there is, if that is confirmed', async () => {
    const actions = make({ shown: ['k1'], sessions: { k2: 'notebook' } });
    const refused = actions.shutDown('k1', 'a.ipynb');
    await press('Cancel');
    await refused;
    expect(done).toEqual([]);

    for (const id of ['k1', 'k2', 'k3']) {
      const asked = actions.shutDown(id, 'a.ipynb');
      await press('Shut Down');
      await asked;
    }
    expect(done).toEqual([
      'shut down by the view k1',
      'end session-of-k2',
      'shut down k3 by its id'
    ]);
  });
});
