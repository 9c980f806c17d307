import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  mark,
  openNotebook,
  type Page,
  Panel,
  test
} from './panel';

/** What the server does between a click and what shows for it: long on a machine with much to do. */
const SERVER = { timeout: 60_000 };

/** The Compute section. */
class Compute {
  constructor(readonly page: Page) {}

  /** Bring the section to the front, and give it all of the sidebar. */
  async open(): Promise<void> {
    await new Panel(this.page, '').open();
    for (const name of ['Experiments', 'Errors', 'Resources']) {
      const title = this.root.getByRole('heading', { name });
      if ((await title.getAttribute('aria-expanded')) === 'true') {
        await title.click();
      }
    }
    const own = this.root.getByRole('heading', { name: 'Compute' });
    if ((await own.getAttribute('aria-expanded')) !== 'true') {
      await own.click();
    }
    await expect(this.target('local')).toBeVisible(SERVER);
  }

  get root(): Locator {
    return this.page.getByRole('region', { name: 'Infrastructure' });
  }

  target(name: string): Locator {
    return this.root
      .getByRole('list', { name: 'Targets' })
      .getByRole('listitem', { name, exact: true });
  }

  get jobs(): Locator {
    return this.root.getByRole('tree', { name: 'Jobs' });
  }

  /** The line of the newest job with this first line of code. */
  job(code: string): Locator {
    return this.jobs.getByRole('treeitem').filter({ hasText: code }).first();
  }

  /** The view of a job that is in front. */
  get view(): Locator {
    return this.page.locator('.jp-DsinfraJob:visible');
  }

  /** A button of the toolbar above that view. */
  tool(name: string): Locator {
    return this.page
      .locator('.jp-DsinfraRunPanel:visible .jp-Toolbar')
      .getByRole('button', { name, exact: true });
  }

  /** Choose from the menu of a target. */
  async choose(target: string, item: string): Promise<void> {
    await this.target(target).click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Ask the server; gives its answer. */
  ask(method: string, path: string, body?: object): Promise<{ id: string }> {
    return this.page.evaluate(
      async ([method, path, body]) => {
        const token = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? '';
        const { baseUrl } = window.jupyterapp.serviceManager.serverSettings;
        const answer = await fetch(`${baseUrl}dsinfra/api/${path}`, {
          method,
          body,
          headers: { 'Content-Type': 'application/json', 'X-XSRFToken': token }
        });
        return answer.status === 204 ? {} : answer.json();
      },
      [method, path, body === undefined ? undefined : JSON.stringify(body)]
    );
  }

  /** Send code from the kernel of the notebook in front. */
  async send(path: string, code: string): Promise<void> {
    const kernelId = await this.page.evaluate(
      async path =>
        (await window.jupyterapp.serviceManager.sessions.findByPath(path))
          ?.kernel?.id ?? '',
      path
    );
    expect(kernelId).not.toBe('');
    await this.ask('POST', 'jobs', {
      target: 'local',
      code,
      kernel_id: kernelId,
      notebook_path: path,
      cell_id: 'c1'
    });
  }
}

test.describe.configure({ timeout: 180_000 });

test('a target is started, scaled, tried and stopped from its line', async ({
  page
}) => {
  const compute = new Compute(page);
  await compute.open();
  const local = compute.target('local');
  await local.getByRole('button', { name: 'Start local' }).click();
  await expect(local.getByText('Running')).toBeVisible(SERVER);
  await expect(local.getByRole('meter', { name: 'Memory' })).toHaveAttribute(
    'aria-valuetext',
    /GB free/
  );

  const workers = local.getByRole('spinbutton');
  const before = Number(await workers.inputValue());
  await local.getByRole('button', { name: 'One more' }).click();
  await expect
    .poll(
      () =>
        local
          .getByRole('meter', { name: 'Workers' })
          .getAttribute('aria-valuetext'),
      SERVER
    )
    .toBe(`0 of ${before + 1} busy`);

  await compute.choose('local', 'Test');
  await expect(page.getByText(/local: .*\n?.*Python \d/)).toBeVisible(SERVER);

  await local.getByRole('button', { name: 'Stop local' }).click();
  await expect(local.getByText('Stopped')).toBeVisible(SERVER);
});

test('a job streams its output into its view, and its result waits for a choice', async ({
  page,
  tmpPath
}) => {
  const compute = new Compute(page);
  const path = await openNotebook(
    page,
    tmpPath,
    'choice.ipynb',
    cellsOf('x = 5', 'acc = 100', 'print("acc is", acc)')
  );
  await page.notebook.runCell(0, true);
  await compute.open();
  await compute.send(
    path,
    'import time; print("begun", flush=True)\nfor i in range(200):\n    print("step", i, flush=True)\n    time.sleep(0.1)\nacc = x * 2'
  );
  const line = compute.job('print("begun"');
  await expect(mark(line, 'Running')).toBeVisible(SERVER);
  await line.dblclick();
  await expect(compute.view.getByText('step 3')).toBeVisible(SERVER);
  await expect(mark(compute.view, 'Running')).toBeVisible();
  await page.notebook.activate('choice.ipynb');
  await page.notebook.runCell(1, true);

  await expect(mark(line, 'Succeeded')).toBeVisible(SERVER);
  await expect(line).toContainText('Results wait for a choice');
  await line.dblclick();
  await expect(compute.view.getByText('step 199')).toBeVisible();
  await compute.view
    .getByRole('radio', { name: 'Take acc of the job' })
    .check();
  await compute.view.getByRole('button', { name: 'Apply' }).click();
  await expect(
    compute.view.getByText(/In the notebook’s kernel: .*acc/)
  ).toBeVisible();
  await page.notebook.activate('choice.ipynb');
  await page.notebook.runCell(2, true);
  await expect(page.getByText('acc is 10', { exact: true })).toBeVisible();
});

test('a job is cancelled by keyboard, and one that failed leads to its explanation', async ({
  page,
  tmpPath
}) => {
  const compute = new Compute(page);
  const path = await openNotebook(
    page,
    tmpPath,
    'ends.ipynb',
    cellsOf('prices = {}')
  );
  await page.notebook.runCell(0, true);
  await compute.open();
  await compute.send(path, 'while True: pass');
  const endless = compute.job('while True: pass');
  await expect(mark(endless, 'Running')).toBeVisible(SERVER);
  await endless.click();
  await page.keyboard.press('Delete');
  await expect(mark(endless, 'Cancelled')).toBeVisible(SERVER);

  await compute.send(path, 'prices["bread"]');
  const failed = compute.job('prices["bread"]');
  await expect(mark(failed, 'Failed')).toBeVisible(SERVER);
  await expect(failed).toContainText('KeyError');
  await failed.click();
  await page.keyboard.press('Enter');
  await expect(compute.view.getByRole('heading', { level: 1 })).toHaveText(
    'prices["bread"]'
  );
  await compute.view.getByRole('button', { name: 'Explain the error' }).click();
  await expect(
    page
      .locator('.jp-DsinfraErrorPanel:visible')
      .getByRole('heading', { level: 1 })
  ).toContainText('KeyError');
});

test('a map is one line that opens to its items, the failed ones first', async ({
  page,
  tmpPath
}) => {
  const compute = new Compute(page);
  const path = await openNotebook(
    page,
    tmpPath,
    'sweep.ipynb',
    cellsOf(
      `import time

import dsinfra_jlab as dsinfra


def sweep(rate):
    if rate == 7:
        raise ValueError(f"no such rate: {rate}")
    if rate >= 100:
        time.sleep(1000)
    return rate * 2`,
      'jobs = dsinfra.map(sweep, range(60))',
      'endless = dsinfra.map(sweep, range(100, 140))'
    )
  );
  await page.notebook.runCell(0, true);
  await compute.open();
  await page.notebook.runCell(1, true);
  const map = compute.jobs
    .getByRole('treeitem', { level: 1 })
    .filter({ hasText: 'sweep.ipynb on local' })
    .first();
  const bar = map.getByRole('progressbar');
  await expect(bar).toHaveAttribute('aria-valuemax', '60', SERVER);
  await expect(bar).toHaveAttribute(
    'aria-valuetext',
    'Failed: 1, Succeeded: 59',
    { timeout: 150_000 }
  );
  await expect(mark(map, 'Failed')).toBeVisible();
  await expect(map).toContainText('60 jobs · 1 failed');

  // The items are no lines of their own before the group is opened.
  const items = compute.jobs.getByRole('treeitem', { level: 2 });
  await expect(items).toHaveCount(0);
  await map.click();
  await expect(items.first()).toContainText('sweep(7)');
  await expect(items.first()).toContainText('ValueError');
  await expect(items.nth(1)).toContainText('sweep(0)');
  await items.first().dblclick();
  await expect(compute.view.getByRole('heading', { level: 1 })).toHaveText(
    'sweep(7)'
  );
  await compute.view.getByRole('tab', { name: 'Details' }).click();
  await expect(
    compute.view.getByText('shared with other items of its map')
  ).toBeVisible();

  // What failed is sent again, and counts as it then stands.
  await map.click({ button: 'right' });
  await expect(
    page.getByRole('menuitem', { name: 'Go to Cell', exact: true })
  ).toBeVisible();
  await page
    .getByRole('menuitem', { name: 'Run Failed Ones Again', exact: true })
    .click();
  await expect
    .poll(async () => {
      const { items: jobs } = (await compute.ask(
        'GET',
        'jobs?limit=500&state=error'
      )) as unknown as { items: { name: string; notebook_path: string }[] };
      return jobs.filter(
        job => job.name === 'sweep(7)' && job.notebook_path === path
      ).length;
    }, SERVER)
    .toBe(2);
  await expect(bar).toHaveAttribute(
    'aria-valuetext',
    'Failed: 1, Succeeded: 59',
    SERVER
  );

  await page.notebook.activate('sweep.ipynb');
  await page.notebook.runCell(2, true);
  const endless = compute.jobs
    .getByRole('treeitem', { level: 1, expanded: false })
    .filter({ hasText: 'sweep.ipynb on local' });
  await expect(endless.getByRole('progressbar')).toHaveAttribute(
    'aria-valuetext',
    /Running: \d+/,
    SERVER
  );
  await endless.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Cancel All', exact: true }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Cancel Jobs' })
    .click();
  await expect(
    compute.jobs
      .getByRole('treeitem', { level: 1 })
      .getByRole('progressbar')
      .and(page.locator('[aria-valuetext="Cancelled: 40"]'))
  ).toBeVisible(SERVER);
});

test('a target is added in a form that says what is wrong, changed and removed', async ({
  page
}) => {
  const compute = new Compute(page);
  await compute.open();
  await compute.root
    .getByRole('button', { name: 'Add a place that cells can be sent to' })
    .click();
  const dialog = page.getByRole('dialog');
  const save = dialog.getByRole('button', { name: 'Add', exact: true });
  await save.click();
  await expect(dialog.getByText('This is needed.')).toBeVisible();
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await dialog.getByLabel('Name').fill('local');
  await save.click();
  await expect(
    dialog.getByText('There is a target of this name.')
  ).toBeVisible();
  await dialog.getByLabel('Name').fill('two-workers');
  await dialog.getByLabel('Workers on this machine').fill('2');
  const memory = dialog.getByLabel('Memory for jobs on this machine');
  await memory.fill('plenty');
  await save.click();
  await expect(dialog.getByText("'plenty' is no size")).toBeVisible();
  await expect(memory).toBeFocused();
  await memory.fill('2 GiB');
  await save.click();
  await expect(compute.target('two-workers')).toContainText('Stopped', SERVER);

  await compute.choose('two-workers', 'Edit…');
  await expect(dialog.getByLabel('Workers on this machine')).toHaveValue(
    '2',
    SERVER
  );
  await expect(memory).toHaveValue('2 GiB');
  await dialog.getByLabel('Workers on this machine').fill('0');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('It must be at least 1.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await compute.choose('two-workers', 'Remove…');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(compute.target('two-workers')).toHaveCount(0, SERVER);
});

test('nothing is asked for while the section is not seen', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', request => {
    if (/dsinfra\/api\/(jobs|targets)/.test(request.url())) {
      asked.push(request.url());
    }
  });
  await page.waitForTimeout(3000);
  expect(asked).toEqual([]);
  await new Compute(page).open();
  expect(asked).not.toEqual([]);
});

test.afterAll(async ({ browser }) => {
  // What was started for the stories ends with them, and not when it has idled long enough.
  const page = await browser.newPage();
  await page.goto('lab');
  await page.waitForFunction(() => window.jupyterapp);
  await new Compute(page as unknown as Page).ask(
    'POST',
    'targets/local/stop',
    {}
  );
  await page.close();
});
