import {
  cellsOf,
  expect,
  openNotebook,
  type Page,
  Panel,
  runAll,
  RunView,
  test
} from './panel';

test('the tree is walked, and runs are opened, with the keyboard alone', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'keys.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'keys.ipynb',
    cellsOf('alpha = 1', 'beta = 2')
  );
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(2);
  const selected = panel.tree.locator('[aria-selected="true"]');

  await panel.tree.focus();
  await page.keyboard.press('Home');
  await expect(selected).toContainText('keys.ipynb');
  await page.keyboard.press('ArrowRight');
  await expect(selected).toHaveAttribute('aria-level', '2');
  await page.keyboard.press('ArrowRight');
  await expect(selected).toContainText('beta = 2');
  await page.keyboard.press('ArrowDown');
  await expect(selected).toContainText('alpha = 1');
  await page.keyboard.press('Enter');
  await expect(new RunView(page).name).toHaveText('alpha = 1');

  await panel.tree.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(selected).toHaveAttribute('aria-level', '2');
  await page.keyboard.press('ArrowLeft');
  await expect(panel.runs).toHaveCount(0);
  await page.keyboard.press('ArrowRight');
  await expect(panel.runs).toHaveCount(2);
});

/**
 * Wait until JupyterLab has executed no command for a while.
 *
 * Seconds after its start it still follows the address of the page; any command
 * closes the palette and gives the focus back to the notebook.
 */
async function commandsSettled(page: Page): Promise<void> {
  await page.evaluate(
    quietMs =>
      new Promise<void>(resolve => {
        let timer = window.setTimeout(resolve, quietMs);
        window.jupyterapp.commands.commandExecuted.connect(() => {
          window.clearTimeout(timer);
          timer = window.setTimeout(resolve, quietMs);
        });
      }),
    2_000
  );
}

test('the search is reached from the palette and left for what it found', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'palette.ipynb');
  await openNotebook(page, tmpPath, 'palette.ipynb', cellsOf('gamma = 3'));
  await panel.open();
  await runAll(page);
  await expect(panel.runs).toHaveCount(1);
  await commandsSettled(page);

  await page.keyboard.press('Control+Shift+c');
  const palette = page.locator('#modal-command-palette');
  await expect(palette.locator('.lm-CommandPalette-input')).toBeFocused();
  await page.keyboard.type('Search Runs');
  // Enter takes what is on top, and the palette filters a moment after the typing.
  await expect(
    palette.locator('.lm-CommandPalette-item.lm-mod-active')
  ).toContainText('Search Runs');
  await page.keyboard.press('Enter');
  await expect(panel.search).toBeFocused();
  await page.keyboard.type('gamma');
  await expect(panel.found.getByRole('treeitem')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await expect(panel.found).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(new RunView(page).name).toHaveText('gamma = 3');
});
