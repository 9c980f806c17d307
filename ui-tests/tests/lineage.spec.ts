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

test('a result leads back to the cells and files it came from', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'origin.ipynb');
  await page.contents.uploadContent('4\n', 'text', `${tmpPath}/input.txt`);
  await openNotebook(
    page,
    tmpPath,
    'origin.ipynb',
    cellsOf(
      'data = int(open("input.txt").read())',
      'unrelated = 1',
      'factor = 3',
      'result = data * factor'
    )
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('result ='));
  await view.tab('Lineage').click();
  const graph = view.root.getByRole('group', {
    name: 'Where the result came from'
  });
  await expect(view.root).toContainText('3 cell versions and this file');
  await expect(graph.getByRole('button')).toHaveCount(3);
  await expect(graph.getByRole('img', { name: /input\.txt/ })).toBeVisible();
  await expect(graph).not.toContainText('unrelated');

  // Names show at the lines of the node that has the focus; Enter opens its run.
  const target = graph.getByRole('button', { name: /result = data/ });
  await target.focus();
  await expect(
    graph.locator('.jp-DsinfraLineage-names').getByText('factor')
  ).toBeVisible();
  await page.keyboard.press('ArrowUp');
  await expect(graph.getByRole('button', { name: /factor = 3/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(new RunView(page).name).toHaveText('factor = 3');
});

test('Reproduce makes a notebook that leads to the same result', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'repeat.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'repeat.ipynb',
    cellsOf('x = 20', 'noise = 5', 'answer = x * 2 + 2\nprint(answer)')
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('answer ='));
  await view.tab('Lineage').click();
  for (const suffix of ['', '-2']) {
    await panel.openRun(panel.run('answer =').first());
    await view.button('Reproduce').click();
    // The second one leaves the first as it is.
    await expect(
      page.getByRole('tab', { name: new RegExp(`${suffix}\\.ipynb`) }).last()
    ).toHaveAttribute('aria-selected', 'true');
  }
  await kernelIsIdle(page);
  const notebook = page.locator('.jp-NotebookPanel:visible');
  await expect(notebook).toContainText('x = 20');
  await expect(notebook).not.toContainText('noise = 5');
  await runAll(page);
  await expect(notebook.locator('.jp-OutputArea-output')).toContainText(['42']);
});
