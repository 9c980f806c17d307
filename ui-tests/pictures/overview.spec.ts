import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  expect,
  kernelIsIdle,
  mark,
  type Page,
  Panel,
  RunView,
  test
} from '../tests/panel';

const ROOT = join(__dirname, '..', '..');
const NOTEBOOK = 'demo.ipynb';

/** Width of the sidebar in the picture, in pixels. */
const SIDEBAR_WIDTH = 350;

/** Drag the edge of the sidebar until it is wide enough for its lines. */
async function widenSidebar(page: Page, panel: Panel): Promise<void> {
  const box = await panel.root.boundingBox();
  if (!box) {
    throw new Error('the sidebar is not shown');
  }
  const edge = box.x + box.width + 2;
  await page.mouse.move(edge, 400);
  await page.mouse.down();
  await page.mouse.move(box.x + SIDEBAR_WIDTH, 400, { steps: 5 });
  await page.mouse.up();
}

/** Put the tab in front beside the notebook. */
async function splitRight(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { shell } = window.jupyterapp;
    const { currentWidget } = shell;
    if (currentWidget) {
      shell.add(currentWidget, 'main', { mode: 'split-right' });
      shell.activateById(currentWidget.id);
    }
  });
}

/** Run the demo, twice the training, and say something about a run. */
async function play(page: Page, panel: Panel): Promise<RunView> {
  await page.menu.clickMenuItem('Run>Run All Cells');
  await page.waitForTimeout(500);
  await kernelIsIdle(page);
  await expect(mark(panel.runs.first(), 'Running')).toBeHidden();
  const training = panel.run('import time').first();
  const view = await panel.openRun(training);
  await view.button('Star').click();
  await view.button('Rename').click();
  const name = view.root.getByRole('textbox', { name: 'Name of the run' });
  await name.fill('baseline, lr 0.5');
  await name.press('Enter');
  await view.button('Add tag').click();
  const tag = view.root.getByRole('textbox', { name: 'New tag' });
  await tag.fill('model: logistic');
  await tag.press('Enter');
  await expect(view.name).toHaveText('baseline, lr 0.5');
  return view;
}

for (const theme of ['light', 'dark'] as const) {
  test(`the overview, ${theme}`, async ({ page }, testInfo) => {
    test.setTimeout(100_000);
    const panel = new Panel(page, NOTEBOOK);
    const demo = readFileSync(join(ROOT, 'demo', NOTEBOOK), 'utf-8');
    await page.contents.uploadContent(demo, 'text', NOTEBOOK);
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await page.evaluate(async path => {
      await window.jupyterapp.commands.execute('docmanager:open', { path });
    }, NOTEBOOK);
    await kernelIsIdle(page);
    await panel.open();
    await widenSidebar(page, panel);
    await play(page, panel);
    await splitRight(page);
    await page.mouse.move(720, 890);
    await page.waitForTimeout(1000);
    // The README shows the light one; the dark one is for looking at.
    const path =
      theme === 'light'
        ? join(ROOT, 'docs', 'images', 'overview.png')
        : testInfo.outputPath('overview-dark.png');
    await page.screenshot({ path });
    await page.contents.deleteFile(NOTEBOOK);
  });
}
