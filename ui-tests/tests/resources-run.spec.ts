import { cellsOf, expect, openNotebook, Panel, runAll, test } from './panel';

/** Holds 200 MB for four seconds. */
const HOLD = `import time
held = bytearray(200_000_000)
time.sleep(4)`;

test('a run shows what it took, and the dashboard where it was', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'takes.ipynb');
  await openNotebook(page, tmpPath, 'takes.ipynb', cellsOf(HOLD));
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import time'));
  await view.tab('Resources').click();

  const memory = view.root
    .getByRole('region', { name: 'Memory', exact: true })
    .getByRole('group');
  await expect(memory.locator('canvas')).toBeVisible();
  await expect(memory).toHaveAccessibleName(
    /Memory: last .*, most [2-9]\d\d MB/
  );
  await expect(view.root.getByText('Peak memory').first()).toBeVisible();
  await expect(view.root.getByText(/^Last peak of this cell/)).toBeVisible();

  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('dsinfra:open-resources');
  });
  const kernels = page.getByRole('region', { name: 'Memory of kernels' });
  const drawing = kernels.getByRole('group');
  await expect(drawing.locator('canvas')).toBeVisible();
  await expect(drawing).toHaveAccessibleName(/takes\.ipynb: last .*, most/);

  // What is zoomed into in one chart is so in all.
  const cpu = page.getByRole('region', { name: 'CPU', exact: true });
  await drawing.focus();
  await page.keyboard.press('+');
  await expect(cpu.getByRole('button', { name: 'Show all' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(cpu.getByRole('button', { name: 'Show all' })).toHaveCount(0);

  // The same as a table, with what was running.
  await kernels.getByRole('button', { name: 'Show as table' }).click();
  const table = kernels.getByRole('table', { name: 'Memory of kernels' });
  await expect(
    table.getByRole('columnheader', { name: 'takes.ipynb' })
  ).toBeVisible();
  await expect(table.getByText('takes.ipynb [1]').first()).toBeVisible();

  for (const name of ['6 h', '24 h', '7 days']) {
    await page.getByRole('button', { name, exact: true }).click();
    await expect(drawing.locator('canvas')).toBeVisible();
  }
});
