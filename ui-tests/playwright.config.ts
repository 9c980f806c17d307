import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineConfig } from '@playwright/test';

import {
  addressOf,
  freePort,
  type IServer,
  python,
  serverArguments,
  serverEnvironment
} from './server';

/**
 * Return the server of this test run. Playwright reads this file once in each of its
 * processes; the first one decides, the others find the decision in the environment.
 */
function sharedServer(): IServer {
  const decided = process.env.DSINFRA_UI_SERVER;
  if (decided) {
    return JSON.parse(decided) as IServer;
  }
  const server: IServer = {
    home: mkdtempSync(join(tmpdir(), 'dsinfra-ui-')),
    port: freePort(),
    token: randomBytes(24).toString('hex')
  };
  process.env.DSINFRA_UI_SERVER = JSON.stringify(server);
  process.on('exit', () => {
    rmSync(server.home, { recursive: true, force: true });
  });
  return server;
}

/** Return Debian's Chromium where there is one; Playwright's own cannot always be had. */
function chromium(): string | undefined {
  const path = process.env.DSINFRA_UI_CHROMIUM ?? '/usr/bin/chromium';
  return existsSync(path) ? path : undefined;
}

const server = sharedServer();

export default defineConfig({
  forbidOnly: true,
  fullyParallel: false,
  globalSetup: require.resolve('./login'),
  outputDir: 'test-results',
  projects: [
    { name: 'stories', testDir: 'tests' },
    {
      name: 'pictures',
      testDir: 'pictures',
      use: { viewport: { width: 1440, height: 900 } }
    }
  ],
  reporter: [['list']],
  // A recorder that is right only now and then is wrong, so nothing is tried
  // twice here; on CI, what passes only at the second try is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: addressOf(server),
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    },
    screenshot: 'only-on-failure',
    storageState: join(server.home, 'login.json'),
    trace: 'off',
    // Playwright's ffmpeg is not part of Debian's Chromium.
    video: 'off',
    viewport: { width: 1280, height: 800 }
  },
  webServer: {
    command: ['exec', python(), ...serverArguments()].join(' '),
    env: serverEnvironment(server),
    // Killed, the server would leave its kernels behind.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15_000 },
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: process.env.DSINFRA_UI_LOG ? 'pipe' : 'ignore',
    timeout: 120_000,
    url: `${addressOf(server)}/api`
  },
  workers: 1
});
