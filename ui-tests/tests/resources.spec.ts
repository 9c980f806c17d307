import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  openNotebook,
  type Page,
  Panel,
  runAll,
  test
} from './panel';

/** The Resources section, for a story about one notebook. */
class Resources {
  /**
   * @param notebook - Its name: kernels of other notebooks, left by other stories
   * on the same server, do not count.
   */
  constructor(
    readonly page: Page,
    readonly notebook: string
  ) {}

  /** Bring the section to the front, and give it all of the sidebar. */
  async open(): Promise<void> {
    await new Panel(this.page, this.notebook).open();
    for (const name of ['Experiments', 'Errors']) {
      const title = this.root.getByRole('heading', { name });
      if ((await title.getAttribute('aria-expanded')) === 'true') {
        await title.click();
      }
    }
    await expect(this.kernels).toBeVisible();
  }

  get root(): Locator {
    return this.page.getByRole('region', { name: 'Infrastructure' });
  }

  get kernels(): Locator {
    return this.root.getByRole('treegrid', { name: 'Kernels' });
  }

  /** The line of the notebook's kernel. */
  get line(): Locator {
    return this.kernels.getByRole('row').filter({ hasText: this.notebook });
  }

  /** The item of the status bar. */
  get status(): Locator {
    return this.page
      .locator('#jp-main-statusbar')
      .getByRole('button', { name: /Mem / });
  }

  /** Choose from the menu of the line. */
  async choose(item: string): Promise<void> {
    await this.line.click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }
}

/** A size as it is shown, in megabytes. */
async function megabytes(place: Locator): Promise<number> {
  const text = (await place.textContent()) ?? '';
  const [, amount, unit] = /([\d.]+) (MB|GB)/.exec(text) ?? [];
  return Number(amount) * (unit === 'GB' ? 1000 : 1);
}

test.beforeEach(async ({ page }) => {
  // Galata reads an answer of each request about kernels; an interrupt has none.
  await page.route(/api\/kernels\/[^/]+\/interrupt/, route => route.continue());
});

const BUSY = 'import time\nheld = b"x" * 400_000_000\ntime.sleep(300)';

test('a kernel that takes memory shows it while it runs, and is interrupted from its line', async ({
  page,
  tmpPath
}) => {
  const resources = new Resources(page, 'greedy.ipynb');
  await openNotebook(page, tmpPath, 'greedy.ipynb', cellsOf(BUSY));
  await resources.open();
  await expect(
    resources.root.getByRole('meter', { name: 'CPU' })
  ).toBeVisible();
  await expect(
    resources.root.getByRole('meter', { name: 'Memory' })
  ).toHaveAttribute('aria-valuetext', /\d of \d.* GB/);
  await expect(resources.line).toContainText('Idle');
  const before = await megabytes(resources.line);

  await runAll(page);
  await expect(resources.line).toContainText(/Runs \[1\] · 0:\d\d/);
  await expect
    .poll(() => megabytes(resources.line))
    .toBeGreaterThan(before + 350);
  await expect
    .poll(() => megabytes(resources.status))
    .toBeGreaterThan(before + 350);
  await expect(
    resources.line.getByRole('img', { name: /Memory in the last minutes/ })
  ).toBeVisible();

  await resources.choose('Memory in Detail');
  const details = resources.kernels.locator('.jp-DsinfraMemory');
  await expect(details).toContainText(/Own4\d\d MB/);
  await expect(details).toContainText(/process.* · read at/);
  await resources.line.press('ArrowLeft');
  await expect(details).toHaveCount(0);

  await resources.choose('Interrupt');
  await expect(resources.line).toContainText('Idle');
  await expect(page.locator('.jp-OutputArea-output')).toContainText(
    'KeyboardInterrupt'
  );
});

test('a kernel is restarted and shut down from its line once that is confirmed', async ({
  page,
  tmpPath
}) => {
  const resources = new Resources(page, 'ends.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'ends.ipynb',
    cellsOf('held = b"x" * 400_000_000')
  );
  await resources.open();
  await page.notebook.runCell(0, true);
  await expect.poll(() => megabytes(resources.line)).toBeGreaterThan(400);

  await resources.choose('Restart…');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('All variables will be lost');
  await dialog.getByRole('button', { name: /Cancel/ }).click();
  expect(await megabytes(resources.line)).toBeGreaterThan(400);
  await resources.choose('Restart…');
  await dialog.getByRole('button', { name: 'Confirm Kernel Restart' }).click();
  await expect.poll(() => megabytes(resources.line)).toBeLessThan(300);

  await resources.choose('Shut Down…');
  await dialog.getByRole('button', { name: 'Shut Down' }).click();
  await expect(resources.line).toHaveCount(0);
  await expect(resources.status).toHaveCount(0);
});

test('kernels are sorted, walked by keyboard and lead to their notebooks', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, tmpPath, 'alpha.ipynb', cellsOf('1'));
  await openNotebook(page, tmpPath, 'beta.ipynb', cellsOf('2'));
  const resources = new Resources(page, 'alpha.ipynb');
  await resources.open();
  const byName = resources.kernels.getByRole('button', { name: 'Kernel' });
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('dsinfra:show-resources');
  });
  await page.keyboard.press('Tab');
  await expect(byName).toBeFocused();
  await page.keyboard.press('Enter');
  const names = resources.kernels
    .getByRole('row')
    .filter({ hasText: /alpha|beta/ });
  await expect(names).toHaveCount(2);
  await expect(names.first()).toContainText('alpha');
  await byName.click();
  await expect(names.first()).toContainText('beta');

  await names.first().click();
  await page.keyboard.press('ArrowDown');
  await expect(names.last()).toBeFocused();
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: 'Interrupt' })).toBeVisible();
  await page.keyboard.press('Escape');
  await names.last().focus();
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('main').getByRole('tab', { name: 'alpha.ipynb' })
  ).toHaveAttribute('aria-selected', 'true');
});

test('the section goes on by asking while the event stream is away', async ({
  page,
  tmpPath
}) => {
  // The stream is taken away before JupyterLab connects to it.
  await page.routeWebSocket(/dsinfra\/api\/events/, socket => socket.close());
  await page.reload();
  await page.evaluate(() => window.jupyterapp.restored);
  const resources = new Resources(page, 'poll.ipynb');
  await openNotebook(page, tmpPath, 'poll.ipynb', cellsOf(BUSY));
  await resources.open();
  await expect(resources.line).toBeVisible();
  await runAll(page);
  await expect.poll(() => megabytes(resources.line)).toBeGreaterThan(400);
  await resources.choose('Interrupt');
  await expect(resources.line).toContainText('Idle');
});

test('nothing is read for the status bar once it is switched off', async ({
  page,
  tmpPath
}) => {
  const resources = new Resources(page, 'quiet.ipynb');
  await openNotebook(page, tmpPath, 'quiet.ipynb', cellsOf('1'));
  await expect(resources.status).toBeVisible();
  await resources.status.click();
  await expect(resources.root).toBeVisible();
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('application:toggle-left-area');
    await window.jupyterapp.serviceManager.settings.save(
      'dsinfra-jlab:resources',
      '{"showStatusItem": false}'
    );
  });
  await page.reload();
  await page.evaluate(() => window.jupyterapp.restored);
  const asked: string[] = [];
  page.on('request', request => {
    if (request.url().includes('/dsinfra/api/samples')) {
      asked.push(request.url());
    }
  });
  await page.waitForTimeout(3000);
  await expect(resources.status).toHaveCount(0);
  expect(asked).toEqual([]);
});
