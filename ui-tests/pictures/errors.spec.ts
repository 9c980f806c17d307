import { join } from 'node:path';

import {
  cellsOf,
  expect,
  kernelIsIdle,
  openNotebook,
  Panel,
  test
} from '../tests/panel';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const NOTEBOOK = 'prices.ipynb';

// Whole tracebacks would show where this was taken.
const CELLS = [
  `%xmode Minimal
import pandas as pd

sales = pd.DataFrame({"price": ["1.5", "2", "n/a"], "size": [3, 1, 2]})`,
  `def total(table):
    return (table["price"].astype(float) * table["size"]).sum()


total(sales)`,
  'rate = vat_rate(sales)',
  'sales["prise"].max()'
];

for (const theme of ['light', 'dark'] as const) {
  test(`an error, ${theme}`, async ({ page, tmpPath }, testInfo) => {
    test.setTimeout(100_000);
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await openNotebook(page, tmpPath, NOTEBOOK, cellsOf(...CELLS));
    for (const number of CELLS.keys()) {
      await page.notebook.runCell(number, true);
      await kernelIsIdle(page);
    }
    await new Panel(page, NOTEBOOK).open();
    const failed = page
      .locator('.jp-NotebookPanel:visible .jp-CodeCell')
      .filter({ hasText: 'def total' });
    await failed.getByRole('note').getByRole('button').click();
    const root = page.locator('.jp-DsinfraErrorPanel:visible');
    await expect(root.getByRole('heading', { level: 1 })).toBeVisible();
    await page.evaluate(() => {
      const { shell } = window.jupyterapp;
      const { currentWidget } = shell;
      if (currentWidget) {
        shell.add(currentWidget, 'main', { mode: 'split-right' });
        shell.activateById(currentWidget.id);
      }
    });
    await failed.getByRole('note').scrollIntoViewIfNeeded();
    await page.mouse.move(720, 890);
    await page.waitForTimeout(1500);
    const path =
      theme === 'light'
        ? join(IMAGES, 'errors.png')
        : testInfo.outputPath('errors-dark.png');
    await page.screenshot({ path });
  });
}
