import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  kernelIsIdle,
  openNotebook,
  type Page,
  Panel,
  test
} from './panel';

/** The comparison that is in front. */
class Comparison {
  constructor(readonly page: Page) {}

  get root(): Locator {
    return this.page.locator('.jp-DsinfraCompare:visible');
  }

  get runs(): Locator {
    return this.root.locator('thead').getByRole('columnheader');
  }

  /** What the runs have of something, from left to right. */
  values(name: string): Locator {
    return this.root
      .getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name, exact: true }) })
      .getByRole('cell');
  }

  button(name: string | RegExp): Locator {
    return this.root.getByRole('button', { name });
  }
}

const CODE = (rate: number): string =>
  `seed = 7\nlr = ${rate}\nacc = round(1 - lr, 3)\nprint("accuracy", acc, "of", seed)`;

/** Run one cell with each learning rate. */
async function train(page: Page, rates: readonly number[]): Promise<void> {
  for (const rate of rates) {
    await page.notebook.setCell(0, 'code', CODE(rate));
    await page.notebook.runCell(0, true);
  }
  await kernelIsIdle(page);
}

test('runs chosen in the trial table are laid side by side', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, tmpPath, 'three.ipynb', cellsOf('lr = 0'));
  await train(page, [0.5, 0.25, 0.1]);
  await page.getByRole('main').getByText('accuracy 0.9').first().waitFor();
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('dsinfra-jlab:open-trials');
  });
  const grid = page.getByRole('grid', { name: 'Trials' });
  await expect(grid.getByRole('checkbox')).toHaveCount(3);
  await grid.focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Compare (3)' }).click();

  const comparison = new Comparison(page);
  await expect(comparison.runs).toHaveCount(3);
  await expect(comparison.values('acc')).toHaveText([
    /^0\.9$/,
    /^0\.75−0\.15$/,
    /^0\.5−0\.4$/
  ]);
  // What is equal is out of the way until somebody asks for it.
  await expect(comparison.values('Kernel')).toHaveCount(0);
  await comparison.button('Only what differs').click();
  await expect(comparison.values('Kernel')).toHaveText([
    'python3',
    'python3',
    'python3'
  ]);

  await comparison.button('Outputs').click();
  await expect(
    comparison.root.getByText('accuracy 0.75 of 7', { exact: true })
  ).toBeVisible();

  await comparison.runs
    .nth(2)
    .getByRole('button', { name: 'Make baseline' })
    .click();
  await expect(comparison.values('acc')).toHaveText([
    /^0\.5$/,
    /^0\.9\+0\.4$/,
    /^0\.75\+0\.25$/
  ]);
  await comparison.runs
    .nth(1)
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(comparison.runs).toHaveCount(2);
  const code = comparison.root.getByRole('region', { name: 'Code' });
  await expect(code).toContainText('-lr = 0.5');
  await expect(code).toContainText('+lr = 0.25');
  await comparison.button('Side by side').click();
  await expect(code.locator('[data-kind=removed]')).toHaveText('lr = 0.5');
  await expect(code.locator('[data-kind=added]')).toHaveText('lr = 0.25');

  // The layout is saved a moment after its last change.
  await page.waitForTimeout(2500);
  await page.reload();
  await expect(comparison.runs).toHaveCount(2);
  await expect(comparison.values('acc')).toHaveText([
    /^0\.5$/,
    /^0\.75\+0\.25$/
  ]);
});

test('runs marked in the list are laid side by side', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'marked.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'marked.ipynb',
    cellsOf('first = 1', 'second = 2')
  );
  await panel.open();
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  await expect(panel.runs).toHaveCount(2);
  await panel.choose(panel.run('first = 1'), 'Mark for Comparison');
  await panel.choose(panel.run('second = 2'), 'Compare with Marked (2)');

  const comparison = new Comparison(page);
  await expect(comparison.runs).toHaveCount(2);
  const code = comparison.root.getByRole('region', { name: 'Code' });
  await expect(code).toContainText('-first = 1');
  await expect(code).toContainText('+second = 2');
});
