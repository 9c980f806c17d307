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
const NOTEBOOK = 'train.ipynb';

const CELLS = [
  'import random\n\nrates = [0.3, 0.1, 0.03]\ndata = [random.random() for _ in range(10_000)]',
  `def train(data, rate):
    return max(0.5, 1 - rate - sum(data) / len(data) / 10)`,
  `best = max(train(data, rate) for rate in rates)
print(f"best accuracy {best:.3f}")`,
  `import time
from tqdm import tqdm

for epoch in tqdm(range(40), desc="Epoch"):
    time.sleep(0.5)`
];

for (const theme of ['light', 'dark'] as const) {
  test(`a cell on a target, ${theme}`, async ({ page, tmpPath }, testInfo) => {
    test.setTimeout(150_000);
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await openNotebook(page, tmpPath, NOTEBOOK, cellsOf(...CELLS));
    for (const number of [0, 1]) {
      await page.notebook.runCell(number, true);
      await kernelIsIdle(page);
    }
    await new Panel(page, NOTEBOOK).open();
    await page.evaluate(() => {
      void window.jupyterapp.commands.execute('dsinfra:show-compute');
    });
    const headers = page
      .locator('.jp-NotebookPanel:visible')
      .getByRole('group', { name: 'Run on local' });
    await page.notebook.selectCells(2);
    await page.keyboard.press('Control+Alt+Enter');
    await expect(headers.first()).toContainText('Succeeded', {
      timeout: 60_000
    });
    await page.notebook.selectCells(3);
    await page.keyboard.press('Control+Alt+Enter');
    await expect(headers.last()).toContainText('%', { timeout: 60_000 });
    await page.mouse.move(720, 890);
    await page.waitForTimeout(4000);
    const path =
      theme === 'light'
        ? join(IMAGES, 'compute.png')
        : testInfo.outputPath('compute-dark.png');
    await page.screenshot({ path });
  });
}
