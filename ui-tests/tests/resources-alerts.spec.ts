import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Locator } from '@playwright/test';

import {
  addressOf,
  freePort,
  type IServer,
  python,
  serverArguments,
  serverEnvironment
} from '../server';
import { expect, Panel, test } from './panel';

/** A server that was allotted less memory than it takes by itself. */
const server: IServer = {
  home: mkdtempSync(join(tmpdir(), 'dsinfra-alerts-')),
  port: freePort(),
  token: randomBytes(24).toString('hex')
};
const ALLOTTED_BYTES = 50_000_000;
let running: ChildProcess | null = null;

test.use({
  baseURL: addressOf(server),
  kernels: null,
  mockConfig: false,
  mockSettings: false,
  mockState: false,
  mockUser: false,
  opensLab: false,
  sessions: null,
  terminals: null,
  tmpPath: ''
});

test.beforeAll(async () => {
  running = spawn(python(), serverArguments(), {
    env: { ...serverEnvironment(server), MEM_LIMIT: String(ALLOTTED_BYTES) },
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
});

test.afterAll(async () => {
  const stopping = running;
  if (stopping && stopping.exitCode === null) {
    const ended = new Promise(resolve => stopping.once('exit', resolve));
    stopping.kill('SIGTERM');
    await ended;
  }
  rmSync(server.home, { recursive: true, force: true });
});

test('memory that is full is told once, kept quiet for an hour, and told again when wanted', async ({
  page
}) => {
  test.setTimeout(180_000);
  await page
    .context()
    .request.get(`${addressOf(server)}/lab?token=${server.token}`);
  await page.goto('?reset');
  const panel = new Panel(page, '');
  const resources = panel.root;
  const alerts = resources.getByRole('list', { name: 'Alerts' });
  const line = alerts.getByRole('listitem');
  const toast = (text: RegExp): Locator =>
    page.locator('.Toastify__toast').filter({ hasText: text });
  const full = /of 50 MB of memory are in use/;

  // The section looks at the machine, and so finds it out.
  await panel.open();
  await expect(toast(full)).toHaveCount(1);
  await expect(line).toHaveCount(1);
  await expect(line).toContainText(full);
  await expect(line).toHaveAttribute('data-snoozed', 'false');

  await line.getByRole('button', { name: 'Snooze 1 h' }).click();
  await expect(line).toHaveAttribute('data-snoozed', 'true');
  await expect(toast(full)).toHaveCount(0);

  // The server keeps it quiet, not this page: looks go on and another page is not told.
  await page.reload();
  await panel.open();
  await expect(line).toHaveAttribute('data-snoozed', 'true');
  await page.waitForTimeout(3000);
  await expect(toast(full)).toHaveCount(0);

  await line.getByRole('button', { name: 'Remind me again' }).click();
  await expect(line).toHaveAttribute('data-snoozed', 'false');
  await expect(toast(full)).toHaveCount(1);
});
