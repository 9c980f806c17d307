import {
  cellsOf,
  expect,
  kernelIsIdle,
  openNotebook,
  Panel,
  runAll,
  RunView,
  test
} from './panel';

test('code and outputs are shown as in the notebook', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'shown.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'shown.ipynb',
    cellsOf(
      'from IPython.display import HTML\nprint("plain")\nHTML("<table><tr><td>cell of a table</td></tr></table>")'
    )
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('from IPython'));

  await expect(view.code).toContainText('HTML("<table>');
  // Coloured by the editor: keywords are elements of their own.
  await expect(
    view.code.locator('span').filter({ hasText: /^from$/ })
  ).toBeVisible();
  await expect(view.outputs.getByText('plain')).toBeVisible();
  await expect(
    view.outputs.getByRole('cell', { name: 'cell of a table' })
  ).toBeVisible();

  await view.tab('Environment').click();
  const packages = view.root.getByRole('list', { name: 'Imported packages' });
  await expect(packages).toContainText('ipykernel');
  await view.root
    .getByRole('searchbox', { name: 'Filter packages' })
    .fill('ipykern');
  await expect(packages.getByRole('listitem')).toHaveCount(1);
});

test('what a kernel sends is not run', async ({ page, tmpPath }) => {
  const panel = new Panel(page, 'attack.ipynb');
  const attack =
    '<p id="marker">harmless text</p>' +
    '<img src=x onerror="window.attacked = 1">' +
    '<script>window.attacked = 2</script>' +
    '<svg onload="window.attacked = 3"></svg>' +
    '<iframe srcdoc="<script>parent.attacked = 4</script>"></iframe>' +
    '<a href="javascript:window.attacked = 5">link</a>';
  await openNotebook(
    page,
    tmpPath,
    'attack.ipynb',
    cellsOf(
      'from IPython.display import HTML, Javascript, display\n' +
        `display(HTML(${JSON.stringify(attack)}))`,
      'display(Javascript("window.attacked = 6"))',
      'raise ValueError("<img src=x onerror=\'window.attacked = 7\'>")'
    )
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(3);
  await kernelIsIdle(page);
  // The notebook trusts what it ran itself: there the attack works.
  const attacked = (): Promise<number | undefined> =>
    page.evaluate(() => (window as { attacked?: number }).attacked);
  await expect.poll(attacked).toBeDefined();
  await page.notebook.close(true);
  await page.evaluate(() => {
    delete (window as { attacked?: number }).attacked;
  });

  for (const code of [
    'from IPython',
    'display(Javascript',
    'raise ValueError'
  ]) {
    const view = await panel.openRun(panel.run(code));
    await expect(view.outputs.locator('.jp-OutputArea-output')).not.toHaveCount(
      0
    );
    if (code === 'from IPython') {
      await expect(view.outputs.getByText('harmless text')).toBeVisible();
      await view.outputs.getByText('link').click();
    }
  }
  // Failing images report late.
  await page.waitForTimeout(1000);
  expect(await attacked()).toBeUndefined();
});

test('go to cell leads to the cell, wherever it has moved', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'long.ipynb');
  const filler = Array.from({ length: 40 }, (_, i) => `filler_${i} = ${i}`);
  await openNotebook(
    page,
    tmpPath,
    'long.ipynb',
    cellsOf('target = 1', ...filler)
  );
  await panel.open();
  await page.notebook.runCell(0, true);
  await expect(panel.runs).toHaveCount(1);
  await page.notebook.selectCells(40);

  const view = await panel.openRun(panel.run('target = 1'));
  await view.button('Go to cell').click();

  const cell = page
    .getByRole('tabpanel', { name: 'long.ipynb' })
    .locator('.jp-Cell')
    .filter({ hasText: 'target = 1' });
  await expect(cell).toBeInViewport();
  await expect(cell).toHaveClass(/jp-mod-active/);
});

test('the code of a cell that is gone is still there', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'gone.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'gone.ipynb',
    cellsOf('precious = 42', 'other = 1')
  );
  await panel.open();
  await page.notebook.runCell(0, true);
  await expect(panel.runs).toHaveCount(1);
  await page.notebook.selectCells(0);
  await page.notebook.deleteCells();
  expect(await page.notebook.getCellCount()).toBe(1);

  const view = await panel.openRun(panel.run('precious = 42'));
  await view.button('Go to cell').click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('This cell no longer exists');
  await dialog.getByRole('button', { name: 'Insert code below' }).click();

  await expect(dialog).toBeHidden();
  expect(await page.notebook.getCellCount()).toBe(2);
  expect(await page.notebook.getCellTextInput(1)).toBe('precious = 42');
});

test('the code of a run is inserted below the active cell', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'insert.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'insert.ipynb',
    cellsOf('first = 1', 'second = 2')
  );
  await panel.open();
  await page.notebook.runCell(1, true);
  await expect(panel.runs).toHaveCount(1);
  await page.notebook.selectCells(0);

  const view = await panel.openRun(panel.run('second = 2'));
  await view.button('Insert code below').click();

  await expect
    .poll(() => page.notebook.getCellCount(), { timeout: 10_000 })
    .toBe(3);
  expect(await page.notebook.getCellTextInput(1)).toBe('second = 2');
});

test('a session shows its facts and its runs, and leads to them', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'session.ipynb');
  await openNotebook(page, tmpPath, 'session.ipynb', cellsOf('a = 1', 'b = 2'));
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(2);

  await panel.choose(panel.sessions.first(), 'Open Run');
  const session = new RunView(page);
  await expect(session.name).toHaveText('Session of session.ipynb');
  await expect(session.root).toContainText('2 runs');
  await session.root
    .getByRole('region', { name: 'Runs' })
    .getByRole('button', { name: /a = 1/ })
    .click();
  const run = new RunView(page);
  await expect(run.name).toHaveText('a = 1');
  await run.button('Open the session').click();
  await expect(run.name).toHaveText('Session of session.ipynb');
});

test('a huge output stays usable', async ({ page, tmpPath }) => {
  const panel = new Panel(page, 'huge.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'huge.ipynb',
    cellsOf('for i in range(30_000): print("line", i, "of a long output")')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(1);
  await kernelIsIdle(page);
  await page.notebook.close(true);

  const view = await panel.openRun(panel.run('for i in range'));
  await expect(view.outputs.getByText('line 0 of a long output')).toBeVisible();
  await expect(view.outputs).toContainText('line 29999 of a long output');
  await expect(view.outputs).toContainText(/characters are not shown here/);
  await expect(view.button('Show all')).toBeVisible();
});
