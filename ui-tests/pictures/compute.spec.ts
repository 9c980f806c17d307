import { join } from 'node:path';

import {
  cellsOf,
  expect,
  kernelIsIdle,
  openNotebook,
  type Page,
  Panel,
  test
} from '../tests/panel';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const NOTEBOOK = 'train.ipynb';

/** Width of the sidebar in the picture, in pixels. */
const SIDEBAR_WIDTH = 350;

const CELLS = [
  `import random
import time

import dsinfra_jlab as dsinfra

rates = [0.3, 0.1, 0.03]
data = [random.random() for _ in range(10_000)]`,
  `def train(data, rate):
    return max(0.5, 1 - rate - sum(data) / len(data) / 10)


def fold(number):
    time.sleep(0.5)
    if number == 5:
        raise ValueError(f"fold {number} is empty")
    return train(data[number::24], 0.1)`,
  `best = max(train(data, rate) for rate in rates)
print(f"best accuracy {best:.3f}")`,
  'folds = dsinfra.map(fold, range(24))',
  `from tqdm import tqdm

for epoch in tqdm(range(40), desc="Epoch"):
    time.sleep(0.5)`
];

/** Bring the section to the front, give it all of the sidebar, and room for its lines. */
async function openCompute(page: Page): Promise<void> {
  const { root } = new Panel(page, NOTEBOOK);
  await new Panel(page, NOTEBOOK).open();
  for (const name of ['Experiments', 'Errors', 'Resources']) {
    const title = root.getByRole('heading', { name });
    if ((await title.getAttribute('aria-expanded')) === 'true') {
      await title.click();
    }
  }
  const own = root.getByRole('heading', { name: 'Compute' });
  if ((await own.getAttribute('aria-expanded')) !== 'true') {
    await own.click();
  }
  const box = await root.boundingBox();
  if (box !== null) {
    await page.mouse.move(box.x + box.width + 2, box.y + 300);
    await page.mouse.down();
    await page.mouse.move(box.x + SIDEBAR_WIDTH, box.y + 300);
    await page.mouse.up();
  }
}

for (const theme of ['light', 'dark'] as const) {
  test(`a cell on a target, ${theme}`, async ({ page, tmpPath }, testInfo) => {
    test.setTimeout(240_000);
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await openNotebook(page, tmpPath, NOTEBOOK, cellsOf(...CELLS));
    for (const number of [0, 1]) {
      await page.notebook.runCell(number, true);
      await kernelIsIdle(page);
    }
    await openCompute(page);
    const headers = page
      .locator('.jp-NotebookPanel:visible')
      .getByRole('group', { name: 'Run on local' });
    await page.notebook.selectCells(2);
    await page.keyboard.press('Control+Alt+Enter');
    await expect(headers.first()).toContainText('Succeeded', {
      timeout: 60_000
    });
    await page.notebook.selectCells(4);
    await page.keyboard.press('Control+Alt+Enter');
    await expect(headers.last()).toContainText('%', { timeout: 60_000 });
    await page.notebook.runCell(3, true);
    const map = page.getByRole('treeitem', { name: /fold/, level: 1 });
    await expect(map).toContainText('1 failed', { timeout: 60_000 });
    await map.click();
    await page.notebook.selectCells(4);
    await page.mouse.move(720, 890);
    await page.waitForTimeout(4000);
    const path =
      theme === 'light'
        ? join(IMAGES, 'compute.png')
        : testInfo.outputPath('compute-dark.png');
    await page.screenshot({ path });
  });
}
