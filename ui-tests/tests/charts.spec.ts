import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  openNotebook,
  Panel,
  runAll,
  RunView,
  test
} from './panel';

/** Logs a series of each kind; without an import, as nothing is installed anywhere. */
const TRAIN = `import dsinfra_jlab as dsinfra
for step in range(500):
    dsinfra.log_metric("loss", 1 / (step + 1), step=step)
    dsinfra.log_metric("odd", float("nan") if step % 50 == 0 else step - 250, step=step)
final = (step + 1) / 1000`;

/** The chart of a metric. */
function chartOf(view: RunView, metric: string): Locator {
  return view.root.getByRole('region', { name: metric, exact: true });
}

/** Where a chart is drawn. */
function drawingOf(chart: Locator): Locator {
  return chart.getByRole('group');
}

test('metrics are drawn, read, zoomed and shown as a table', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'charts.ipynb');
  await openNotebook(page, tmpPath, 'charts.ipynb', cellsOf(TRAIN));
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import dsinfra_jlab'));
  await view.tab('Metrics').click();

  // What has one value only is no chart.
  await expect(
    view.root.getByRole('tabpanel').getByText('0.5', { exact: true })
  ).toBeVisible();
  await expect(chartOf(view, 'final')).toHaveCount(0);

  const chart = chartOf(view, 'loss');
  const drawing = drawingOf(chart);
  await expect(drawing.locator('canvas')).toBeVisible();
  await expect(drawing).toHaveAccessibleName(
    /500 points, from 1 to 0\.002, lowest 0\.002, highest 1/
  );

  // By keyboard: read, zoom, show all.
  await drawing.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(chart).toContainText('Step 0');
  await page.keyboard.press('+');
  await expect(chart.getByRole('button', { name: 'Show all' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(chart.getByRole('button', { name: 'Show all' })).toHaveCount(0);

  // By pointer.
  const box = await drawing.boundingBox();
  if (box === null) {
    throw new Error('The chart is not on screen.');
  }
  await page.mouse.move(box.x + 150, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y + 90, { steps: 5 });
  await page.mouse.up();
  await expect(chart.getByRole('button', { name: 'Show all' })).toBeVisible();
  await page.mouse.dblclick(box.x + 200, box.y + 80);
  await expect(chart.getByRole('button', { name: 'Show all' })).toHaveCount(0);

  await chart.getByRole('button', { name: 'Show as table' }).click();
  const table = chart.getByRole('table', { name: 'loss' });
  await expect(table.getByRole('row').nth(2)).toHaveText('10.5');
});

test('a logarithmic scale says what it cannot show', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'log.ipynb');
  await openNotebook(page, tmpPath, 'log.ipynb', cellsOf(TRAIN));
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import dsinfra_jlab'));
  await view.tab('Metrics').click();
  await view.root.getByRole('checkbox', { name: 'Log scale' }).check();

  await expect(chartOf(view, 'odd')).toContainText(
    'Values of 0 and below have no place on a logarithmic scale.'
  );
  await expect(chartOf(view, 'odd')).toContainText('Gaps are values');
  await expect(chartOf(view, 'loss')).not.toContainText('logarithmic');
});

test('a chart grows while its cell runs', async ({ page, tmpPath }) => {
  const panel = new Panel(page, 'live.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'live.ipynb',
    cellsOf(
      `import os, time
import dsinfra_jlab as dsinfra
for step in range(2000):
    dsinfra.log_metric("progress", step, step=step)
    if not os.path.exists("seen"):
        time.sleep(0.05)`
    )
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import os'));
  await view.tab('Metrics').click();
  const drawing = drawingOf(chartOf(view, 'progress'));
  const count = async (): Promise<number> => {
    const name = await drawing.getAttribute('aria-label');
    return Number(
      /([\d,]+) points/.exec(name ?? '')?.[1]?.replace(',', '') ?? 0
    );
  };
  await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(20);
  const before = await count();
  await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(before + 20);
  // However slow the browser is, the cell goes on until it has seen that.
  await page.contents.uploadContent('', 'text', `${tmpPath}/seen`);
  await expect.poll(count, { timeout: 60_000 }).toBe(2000);
});

test('of a hundred metrics only those on screen are fetched', async ({
  page,
  tmpPath
}) => {
  const asked: string[] = [];
  page.on('request', request => {
    const key = new URL(request.url()).searchParams.get('key');
    if (request.url().includes('/metrics?') && key !== null) {
      asked.push(key);
    }
  });
  const panel = new Panel(page, 'many.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'many.ipynb',
    cellsOf(
      `import dsinfra_jlab as dsinfra
for step in range(20):
    for layer in range(100):
        dsinfra.log_metric(f"layer {layer}", step * layer, step=step)`
    )
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import dsinfra_jlab'));
  await view.tab('Metrics').click();
  await expect(
    drawingOf(chartOf(view, 'layer 0')).locator('canvas')
  ).toBeVisible();
  await page.waitForTimeout(1500);
  expect(new Set(asked).size).toBeLessThan(20);

  await view.root.getByRole('searchbox', { name: 'Filter metrics' }).fill('99');
  await expect(view.root).toContainText('1 of 100');
  await expect(
    drawingOf(chartOf(view, 'layer 99')).locator('canvas')
  ).toBeVisible();
});

test('blocks of a cell are drawn over each other', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'blocks.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'blocks.ipynb',
    cellsOf(
      `import dsinfra_jlab as dsinfra
for fold in range(3):
    with dsinfra.run(f"fold {fold}", fold=fold):
        for step in range(10):
            dsinfra.log_metric("score", fold + step, step=step)`
    )
  );
  await panel.open();
  await runAll(page);
  const view = await panel.openRun(panel.run('import dsinfra_jlab'));
  await expect(
    view.root.getByRole('region', { name: 'Blocks' }).getByRole('button')
  ).toHaveCount(3);
  await view.tab('Metrics').click();
  await expect(
    view.root.getByRole('list', { name: 'Runs in the charts' })
  ).toHaveText('fold 0fold 1fold 2');
  await expect(drawingOf(chartOf(view, 'score'))).toHaveAccessibleName(
    /fold 2: 10 points, from 2 to 11/
  );
});
