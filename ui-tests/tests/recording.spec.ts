import {
  cellsOf,
  expect,
  kernelIsIdle,
  mark,
  openNotebook,
  Panel,
  runAll,
  RunView,
  test
} from './panel';

test('every cell that is run appears by itself, newest first', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'three.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'three.ipynb',
    cellsOf('one = 1', 'two = one + 1', 'print(one + two)')
  );
  await panel.open();
  await runAll(page);

  await expect(panel.experiment).toBeVisible();
  await expect(panel.sessions).toContainText(['Python 3 (ipykernel)']);
  await expect(panel.runs).toHaveCount(3);
  await expect(panel.runs).toContainText([
    'print(one + two)',
    'two = one + 1',
    'one = 1'
  ]);
  for (const run of await panel.runs.all()) {
    await expect(mark(run, 'Succeeded')).toBeVisible();
  }

  await page.notebook.activate('three.ipynb');
  await expect(
    page.getByRole('button', { name: /are recorded\. 3 runs\./ })
  ).toBeVisible();
});

test('a run is shown while it goes on, and counts its time', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'live.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'live.ipynb',
    cellsOf('import time\nprint("begun", flush=True)\ntime.sleep(8)')
  );
  await panel.open();
  await runAll(page);

  const run = panel.run('import time');
  await expect(mark(run, 'Running')).toBeVisible();
  const view = await panel.openRun(run);
  await expect(view.outputs.getByText('begun')).toBeVisible();
  await expect(view.root.getByText(/^0:0[1-7]$/)).toBeVisible();
  await expect(mark(view.root, 'Succeeded')).toBeVisible();
  await expect(view.root.getByText(/^8\.\d s$/)).toBeVisible();
});

test('an error is marked, and its traceback is kept', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'wrong.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'wrong.ipynb',
    cellsOf(
      'columns = 2',
      'raise ValueError(f"got {columns} columns")',
      'late = 1'
    )
  );
  await panel.open();
  await runAll(page);

  const failed = panel.run('raise ValueError');
  await expect(mark(failed, 'Failed')).toBeVisible();
  await expect(failed).toContainText('ValueError');
  // "Run All" had already asked for the cell below: the kernel refused it.
  await expect(mark(panel.run('late = 1'), 'Not run')).toBeVisible();
  await expect(mark(panel.run('columns = 2'), 'Succeeded')).toBeVisible();

  const view = await panel.openRun(failed);
  await expect(
    view.root.getByText('ValueError: got 2 columns').first()
  ).toBeVisible();
  await expect(view.outputs).toContainText('Traceback (most recent call last)');
  await expect(view.outputs).toContainText('Cell In[2], line 1');

  const skipped = await panel.openRun(panel.run('late = 1'));
  await expect(mark(skipped.root, 'Not run')).toBeVisible();
  await expect(skipped.root).toContainText(/skipped because/);
});

test('the death of a kernel is the end of its runs, and is said', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'death.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'death.ipynb',
    cellsOf(
      'import os, signal, time',
      'time.sleep(1)\nos.kill(os.getpid(), signal.SIGKILL)'
    )
  );
  await panel.open();
  await runAll(page);

  const run = panel.run('time.sleep(1)');
  await expect(mark(run, 'Kernel died')).toBeVisible({ timeout: 30_000 });
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Ok' })
    .click({ timeout: 20_000 });
  const view = await panel.openRun(run);
  await expect(view.root).toContainText('SIGKILL');
});

test('a restart while a cell runs is an interruption by the user', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'restart.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'restart.ipynb',
    cellsOf('import time; time.sleep(60)')
  );
  await panel.open();
  await runAll(page);
  await expect(mark(panel.run('time.sleep'), 'Running')).toBeVisible();

  await page.menu.clickMenuItem('Kernel>Restart Kernel…');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: 'Confirm Kernel Restart' })
    .click();

  await panel.showRunsOf(`${tmpPath}/restart.ipynb`);
  const run = panel.found
    .getByRole('treeitem')
    .filter({ hasText: 'time.sleep' });
  await expect(mark(run, 'Interrupted')).toBeVisible();
  await panel.openRun(run);
  await expect(new RunView(page).root).toContainText('restarted by the user');
});

test('a notebook taken out of recording leaves no runs', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'private.ipynb');
  const path = await openNotebook(
    page,
    tmpPath,
    'private.ipynb',
    cellsOf('before = 1', 'secret = 2')
  );
  await page.notebook.runCell(0, true);
  await expect(
    page.getByRole('button', { name: /are recorded\. 1 run\./ })
  ).toBeVisible();

  await page.menu.clickMenuItem('Kernel>Record Runs of This Notebook');
  const badge = page.getByRole('button', { name: /are not recorded/ });
  await expect(badge).toBeVisible();
  await page.notebook.runCell(1, true);
  await kernelIsIdle(page);

  // The badge leads to the runs of its notebook: there is still only the first.
  await badge.click();
  await expect(panel.search).toHaveValue(`notebook:"${path}"`);
  await expect(panel.found.getByRole('treeitem')).toHaveCount(1);
  await expect(panel.found).toContainText('before = 1');

  await page.notebook.activate('private.ipynb');
  await page.menu.clickMenuItem('Kernel>Record Runs of This Notebook');
  await page.notebook.runCell(1, true);
  await expect(panel.found.getByRole('treeitem')).toHaveCount(2);
});
