import { expect, request } from '@playwright/test';

import { addressOf, type IServer } from './server';

/**
 * Make sure that the server that answers is the one this run started, and log in.
 * Its token was drawn a moment ago, so no other server knows it.
 */
export default async function login(): Promise<void> {
  const server = JSON.parse(process.env.DSINFRA_UI_SERVER ?? '{}') as IServer;
  const context = await request.newContext({ baseURL: addressOf(server) });
  const stranger = await context.get('/api/status');
  expect(stranger.status(), 'a stranger is refused').toBe(403);
  const status = await context.get(`/api/status?token=${server.token}`);
  expect(status.status(), 'the server is the one we started').toBe(200);
  await context.storageState({ path: `${server.home}/login.json` });
  await context.dispose();
}
