import {
  cellsOf,
  expect,
  kernelIsIdle,
  openNotebook,
  Panel,
  runAll,
  test
} from './panel';

test('runs are found by words and terms; a wrong query names the place', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'search.ipynb');
  const path = await openNotebook(
    page,
    tmpPath,
    'search.ipynb',
    cellsOf('flamingo = "pink"', 'pelican = "white"', '1 / 0')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(3);

  const lines = panel.found.getByRole('treeitem');
  await panel.searchFor('flamingo');
  await expect(lines).toHaveCount(1);
  await expect(lines).toContainText(['flamingo = "pink"']);

  await panel.searchFor(`notebook:"${path}" status:error`);
  await expect(lines).toHaveCount(1);
  await expect(lines).toContainText(['1 / 0']);

  await panel.searchFor(`notebook:"${path}" (flamingo OR NOT status:ok)`);
  await expect(lines).toHaveCount(2);

  await panel.searchFor('status:wrong');
  const failure = panel.root.getByRole('alert');
  await expect(failure).toContainText('wrong');
  await expect(failure).toContainText('aborted');

  await panel.searchFor('(flamingo');
  await expect(failure.locator('mark')).toHaveText('(');

  await panel.search.press('Escape');
  await expect(panel.tree).toBeVisible();
});

test('a search is saved under a name, and chosen again', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'saved.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'saved.ipynb',
    cellsOf('heron = 1', 'ibis = 2')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(2);

  await panel.searchFor('heron');
  const saved = panel.root.getByRole('button', { name: 'Saved searches' });
  await saved.click();
  await page.getByRole('menuitem', { name: 'Save This Search…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('Wading birds');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await panel.search.press('Escape');
  await expect(panel.tree).toBeVisible();

  await saved.click();
  await page.getByRole('menuitem', { name: 'Wading birds' }).first().click();
  await expect(panel.search).toHaveValue('heron');
  await expect(panel.found.getByRole('treeitem')).toHaveCount(1);
});

test('only failed runs are shown where one asks for errors', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'chips.ipynb');
  const path = await openNotebook(
    page,
    tmpPath,
    'chips.ipynb',
    cellsOf('stork = 1', 'stork.fly()')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(2);
  await kernelIsIdle(page);

  await panel.showRunsOf(path);
  await expect(panel.found.getByRole('treeitem')).toHaveCount(2);
  const errors = panel.root.getByRole('button', { name: 'Errors' });
  await errors.click();
  await expect(errors).toHaveAttribute('aria-pressed', 'true');
  await expect(panel.found.getByRole('treeitem')).toHaveCount(1);
  await expect(panel.found).toContainText('AttributeError');
});
