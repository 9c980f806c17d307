import { cellsOf, expect, openNotebook, Panel, RunView, test } from './panel';

test('a run shows what changed since the last one and the last good one', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'changed.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'changed.ipynb',
    cellsOf('lr = 0.1\nacc = 1 - lr')
  );
  await panel.open();
  const runAs = async (code: string): Promise<RunView> => {
    await page.notebook.activate('changed.ipynb');
    await page.notebook.setCell(0, 'code', code);
    await page.notebook.runCell(0, true);
    return panel.openRun(panel.run(code.split('\n')[0]).first());
  };

  const first = await runAs('lr = 0.1\nacc = 1 - lr');
  await expect(first.changes).toHaveText('First run of this cell.');

  await runAs('raise ValueError("diverged")');
  const third = await runAs('lr = 0.2\nacc = 1 - lr');
  await expect(third.changes).toContainText('Since the last run');
  const good = third.changes
    .locator('details')
    .filter({ hasText: 'Since the last that succeeded' });
  await expect(good).toContainText('code +1 −1');
  await expect(good).toContainText('lr 0.1 → 0.2');
  await expect(good).toContainText('acc 0.9 → 0.8');

  await good.locator('summary').press('Enter');
  await expect(
    good.getByRole('region', { name: 'Changes of the code' })
  ).toContainText('-lr = 0.1');
  await good
    .getByRole('button', { name: 'Since the last that succeeded' })
    .click();
  await expect(new RunView(page).name).toHaveText('lr = 0.1');
});

test('a result is stale once its cell before or its data has changed', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'stale.ipynb');
  await page.contents.uploadContent('1\n', 'text', `${tmpPath}/numbers.txt`);
  await openNotebook(
    page,
    tmpPath,
    'stale.ipynb',
    cellsOf(
      'factor = 2',
      'data = open("numbers.txt").read()',
      'result = int(data) * factor'
    )
  );
  await panel.open();
  for (const cell of [0, 1, 2]) {
    await page.notebook.runCell(cell, true);
  }
  const view = await panel.openRun(panel.run('result ='));
  await expect(view.changes).toBeVisible();
  await expect(view.root.getByText('Stale', { exact: true })).toHaveCount(0);

  // The view is in front of the user while another cell changes.
  await page.notebook.activate('stale.ipynb');
  await page.notebook.setCell(0, 'code', 'factor = 3');
  await page.notebook.runCell(0, true);
  await page.contents.uploadContent('12\n', 'text', `${tmpPath}/numbers.txt`);
  await panel.openRun(panel.run('result ='));
  await expect(view.root.getByText('Stale', { exact: true })).toBeVisible();
  await expect(view.root).toContainText(/was run again since/);
  await expect(view.root).toContainText(/numbers\.txt.* has changed since/);
  await view.button('Open the newer run').first().click();
  await expect(new RunView(page).name).toHaveText('factor = 3');
});

test('the tab that was looked at is the one that opens next', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'tabs.ipynb');
  await openNotebook(page, tmpPath, 'tabs.ipynb', cellsOf('a = 1', 'b = 2'));
  await panel.open();
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  const view = await panel.openRun(panel.run('a = 1'));
  await view.tab('Overview').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(view.tab('Environment')).toBeFocused();
  await expect(view.root.getByRole('tabpanel')).toContainText('ipykernel');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(view.tab('Metrics')).toHaveAttribute('aria-selected', 'true');

  const other = await panel.openRun(panel.run('b = 2'));
  await expect(other.name).toHaveText('b = 2');
  await expect(other.tab('Metrics')).toHaveAttribute('aria-selected', 'true');
});
