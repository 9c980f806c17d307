import { join } from 'node:path';

import { cellsOf, expect, openNotebook, test } from '../tests/panel';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const NOTEBOOK = 'train.ipynb';

const SETTINGS: readonly (readonly [number, number, string])[] = [
  [0.3, 2, 'sgd'],
  [0.1, 2, 'sgd'],
  [0.03, 2, 'sgd'],
  [0.1, 4, 'sgd'],
  [0.1, 4, 'adam'],
  [0.03, 4, 'adam'],
  [0.03, 8, 'adam'],
  [0.01, 8, 'adam'],
  [0.003, 8, 'adam'],
  [0.01, 6, 'adam']
];

const TRAINING = `import math
goal = 0.02 if optimizer == "adam" else 0.1
fit = math.exp(-abs(math.log10(lr / goal))) * (1 - 1 / (1 + depth))
acc = 0.5 + fit / 2
loss = -math.log(acc)
print(f"accuracy {acc:.3f}")`;

for (const theme of ['light', 'dark'] as const) {
  test(`the trial table, ${theme}`, async ({ page, tmpPath }, testInfo) => {
    test.setTimeout(100_000);
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await openNotebook(page, tmpPath, NOTEBOOK, cellsOf('lr = 0', TRAINING));
    for (const [lr, depth, optimizer] of SETTINGS) {
      const code = `lr = ${lr}\ndepth = ${depth}\noptimizer = "${optimizer}"`;
      await page.notebook.setCell(0, 'code', code);
      await page.notebook.runCell(0, true);
      await page.notebook.runCell(1, true);
    }
    await page
      .locator('.jp-NotebookPanel:visible .jp-CodeCell')
      .filter({ hasText: 'accuracy' })
      .first()
      .click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Trials of This Cell' }).click();
    const root = page.locator('.jp-DsinfraTrialsPanel:visible');
    await expect(root.getByText(`${SETTINGS.length} runs`)).toBeVisible();
    await page.mouse.move(720, 890);
    await page.waitForTimeout(1000);
    const path =
      theme === 'light'
        ? join(IMAGES, 'trials.png')
        : testInfo.outputPath('trials-dark.png');
    await page.screenshot({ path });
  });
}
