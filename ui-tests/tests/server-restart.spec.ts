import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  addressOf,
  freePort,
  type IServer,
  python,
  serverArguments,
  serverEnvironment
} from '../server';
import {
  cellsOf,
  expect,
  mark,
  openNotebook,
  Panel,
  runAll,
  test
} from './panel';

/** A Jupyter server of this file's own, so that it can be stopped and killed. */
const server: IServer = {
  home: mkdtempSync(join(tmpdir(), 'dsinfra-restart-')),
  port: freePort(),
  token: randomBytes(24).toString('hex')
};
let running: ChildProcess | null = null;

async function start(): Promise<void> {
  running = spawn(python(), serverArguments(), {
    env: serverEnvironment(server),
    stdio: 'ignore'
  });
  await expect
    .poll(
      async () => {
        const url = `${addressOf(server)}/api/status?token=${server.token}`;
        return await fetch(url).then(
          answer => answer.status,
          () => 0
        );
      },
      { timeout: 60_000 }
    )
    .toBe(200);
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  const stopping = running;
  if (stopping && stopping.exitCode === null && stopping.signalCode === null) {
    const ended = new Promise(resolve => stopping.once('exit', resolve));
    stopping.kill(signal);
    await ended;
  }
  running = null;
}

test.use({
  baseURL: addressOf(server),
  // Galata answers for parts of the server by asking it, and fails while it is away.
  kernels: null,
  mockConfig: false,
  mockSettings: false,
  mockState: false,
  mockUser: false,
  opensLab: false,
  sessions: null,
  terminals: null,
  tmpPath: '',
  // JupyterLab itself, while the server is away.
  toleratedFailure: /Failed to fetch|NetworkError/
});

test.beforeAll(start);

test.afterAll(async () => {
  await stop('SIGTERM');
  rmSync(server.home, { recursive: true, force: true });
});

test('after a reload, a restart and a kill of the server all runs are there, once', async ({
  page
}) => {
  test.setTimeout(180_000);
  await page
    .context()
    .request.get(`${addressOf(server)}/lab?token=${server.token}`);
  const panel = new Panel(page, 'kept.ipynb');
  const sources = [
    'first = 1',
    'second = first + 1',
    'raise KeyError("third")'
  ];

  /** Open the page and check what it shows of the notebook. */
  const check = async (): Promise<void> => {
    await page.goto('?reset');
    await panel.open();
    await panel.searchFor('notebook:kept');
    const lines = panel.found.getByRole('treeitem');
    await expect(lines).toHaveCount(3);
    await expect(lines).toContainText([...sources].reverse());
    await expect(mark(lines.nth(0), 'Failed')).toBeVisible();
    await expect(mark(lines.nth(1), 'Succeeded')).toBeVisible();
    await expect(mark(lines.nth(2), 'Succeeded')).toBeVisible();
  };

  await page.goto();
  await openNotebook(page, '', 'kept.ipynb', cellsOf(...sources));
  await panel.open();
  await runAll(page);
  await expect(mark(panel.run('raise KeyError'), 'Failed')).toBeVisible();

  await check();
  await stop('SIGTERM');
  await start();
  await check();

  const away = panel.root.getByText('Out of date:');
  await expect(away).toHaveCount(0);
  await stop('SIGKILL');
  await expect(away.first()).toBeVisible();
  await expect(panel.found.getByRole('treeitem')).toHaveCount(3);
  await start();
  await check();
});
