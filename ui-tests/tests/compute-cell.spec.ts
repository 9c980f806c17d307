import type { Locator } from '@playwright/test';

import { type Page, cellsOf, expect, openNotebook, test } from './panel';

/** The first job starts the target, with its workers and kernels. */
const COLD = { timeout: 60_000 };

test.describe.configure({ timeout: 180_000 });

/** A cell of the notebook in front. */
function cell(page: Page, index: number): Locator {
  return page
    .locator('.jp-NotebookPanel:visible .jp-Notebook .jp-Cell')
    .nth(index);
}

/** The line above the outputs of a cell that was sent. */
function header(page: Page, index: number): Locator {
  return cell(page, index).getByRole('group', { name: 'Run on local' });
}

function outputs(page: Page, index: number): Locator {
  return cell(page, index).locator('.jp-OutputArea-output');
}

/** Execute a command as the palette does. */
async function execute(
  page: Page,
  command: string,
  args: Record<string, string> = {}
): Promise<void> {
  await page.evaluate(
    ([command, args]) => {
      void window.jupyterapp.commands.execute(command, args);
    },
    [command, args] as const
  );
}

/** Make a cell the active one, in command mode. */
async function select(page: Page, index: number): Promise<void> {
  await page.notebook.selectCells(index);
}

async function runHere(page: Page, index: number): Promise<void> {
  await page.notebook.runCell(index, true);
}

async function runThere(page: Page, index: number): Promise<void> {
  await select(page, index);
  await page.keyboard.press('Control+Alt+Enter');
}

test('a cell runs there with what it needs, and what it made is here', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'there.ipynb',
    cellsOf(
      'x = 20',
      'from IPython.display import HTML, display\nprint("begins")\ndisplay(HTML("<b>bold</b>"))\ny = x + 1\ny * 2',
      'print("here", y)'
    )
  );
  await runHere(page, 0);
  await select(page, 1);
  await page
    .getByRole('button', { name: /^Send the selected cells to local/ })
    .click();
  await expect(header(page, 1)).toContainText('Succeeded on local', COLD);
  await expect(header(page, 1)).toContainText('Brought back: HTML, display, y');
  await expect(outputs(page, 1).locator('b')).toHaveText('bold');
  await expect(outputs(page, 1)).toContainText(['begins', 'bold', '42']);
  await runHere(page, 2);
  await expect(outputs(page, 2)).toHaveText('here 21\n');
});

test('the output of a job that outlived its page is whole and in its cell', async ({
  page,
  tmpPath
}) => {
  const path = await openNotebook(
    page,
    tmpPath,
    'closed.ipynb',
    cellsOf(
      'import time\nfor i in range(12):\n    print("step", i, flush=True)\n    time.sleep(0.5)\nprint("end")'
    )
  );
  await runThere(page, 0);
  await expect(outputs(page, 0)).toContainText('step 2', COLD);
  await page.notebook.save();
  await page.goto('about:blank');
  await page.goto(`tree/${tmpPath}?reset`);
  await page.evaluate(async path => {
    await window.jupyterapp.commands.execute('docmanager:open', { path });
  }, path);
  await expect(header(page, 0)).toContainText('Succeeded on local');
  const lines = Array.from({ length: 12 }, (_, index) => `step ${index}\n`);
  await expect(outputs(page, 0)).toHaveText(`${lines.join('')}end\n`);
  await expect(outputs(page, 0)).toHaveCount(1);
});

test('a job that is cancelled ends, and says so', async ({ page, tmpPath }) => {
  await openNotebook(
    page,
    tmpPath,
    'cancel.ipynb',
    cellsOf('print("on", flush=True)\nwhile True:\n    pass')
  );
  await runThere(page, 0);
  await expect(outputs(page, 0)).toContainText('on', COLD);
  await header(page, 0).getByRole('button', { name: 'Cancel' }).click();
  await expect(header(page, 0)).toContainText('Cancelled on local');
  await expect(outputs(page, 0)).toContainText(['on', 'KeyboardInterrupt']);
});

test('selected cells go in order, and stop at the one that fails', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'order.ipynb',
    cellsOf('a = 1', 'b = a + 1', 'c = b\nraise KeyError("price")', 'd = 1')
  );
  await page.notebook.selectCells(0, 3);
  await execute(page, 'dsinfra:run-on-target', { target: 'local' });
  await expect(header(page, 2)).toContainText('Waits for the cells above');
  await expect(header(page, 2)).toContainText('Failed on local', COLD);
  await expect(header(page, 0)).toContainText('Brought back: a');
  await expect(header(page, 1)).toContainText('Brought back: b');
  await expect(outputs(page, 2)).toContainText('Cell In[1], line 2');
  await expect(header(page, 3)).toContainText('Not sent to local');
  await header(page, 2).getByRole('button', { name: 'Error Details' }).click();
  await expect(
    page.getByText("KeyError: 'price'").locator('visible=true').first()
  ).toBeVisible();
});

test('cells that wait when the page is closed are not lost', async ({
  page,
  tmpPath
}) => {
  const path = await openNotebook(
    page,
    tmpPath,
    'waiting.ipynb',
    cellsOf(
      'import time\nprint("on", flush=True)\ntime.sleep(8)\na = 1',
      'b = a + 1',
      'b * 10'
    )
  );
  await page.notebook.save();
  await page.notebook.selectCells(0, 2);
  await execute(page, 'dsinfra:run-on-target', { target: 'local' });
  await expect(outputs(page, 0)).toContainText('on', COLD);
  await expect(header(page, 2)).toContainText('Waits for the cells above');
  // Nothing is saved: what is not sent is known all the same.
  await page.goto('about:blank');
  await page.goto(`tree/${tmpPath}?reset`);
  await page.evaluate(async path => {
    await window.jupyterapp.commands.execute('docmanager:open', { path });
  }, path);
  await expect(header(page, 1)).toContainText('Not sent to local', COLD);
  await expect(header(page, 2)).toContainText('Not sent to local');
  await header(page, 1)
    .getByRole('button', { name: 'Send the Rest (2)' })
    .click();
  await expect(header(page, 2)).toContainText('Succeeded on local', COLD);
  await expect(header(page, 0)).toContainText('Succeeded on local');
  await expect(outputs(page, 0)).toHaveText('on\n');
  await expect(outputs(page, 2)).toHaveText('20');
});

test('what %%remote sends is shown in its cell, until that is run here', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'magic.ipynb',
    cellsOf('%%remote\nprint("from", "there")\nz = 5', 'z')
  );
  await runHere(page, 0);
  await expect(header(page, 0)).toContainText('Succeeded on local', COLD);
  await expect(outputs(page, 0)).toHaveText('from there\n');
  await runHere(page, 1);
  await expect(outputs(page, 1)).toHaveText('5');
  await page.notebook.setCell(0, 'code', 'print("from here")');
  await expect(header(page, 0)).toContainText('The cell was edited since');
  await runHere(page, 0);
  await expect(header(page, 0)).toHaveCount(0);
  await expect(outputs(page, 0)).toHaveText('from here\n');
});

test('the user says which value stays where both have changed it', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'conflict.ipynb',
    cellsOf(
      'm = 1',
      'import time\nprint("on", flush=True)\ntime.sleep(3)\nm = m + 1',
      'm = 10',
      'print(m)'
    )
  );
  await runHere(page, 0);
  await runThere(page, 1);
  await expect(outputs(page, 1)).toContainText('on', COLD);
  await runHere(page, 2);
  const take = header(page, 1).getByRole('button', { name: 'Take Theirs' });
  await take.click();
  await expect(header(page, 1)).toContainText('Brought back: m');
  await runHere(page, 3);
  await expect(outputs(page, 3)).toHaveText('2\n');
});

test('the target of a notebook is chosen in its toolbar, and kept in it', async ({
  page,
  tmpPath
}) => {
  const path = await openNotebook(
    page,
    tmpPath,
    'chosen.ipynb',
    cellsOf('print("sent")')
  );
  const chooser = page.getByRole('button', {
    name: /^Where “Run on Target” sends cells/
  });
  await expect(chooser).toHaveText('This Kernel');
  await chooser.click();
  await page.getByRole('menuitem', { name: /^local/ }).click();
  await expect(chooser).toHaveText('local');
  await runThere(page, 0);
  await expect(header(page, 0)).toContainText('Succeeded on local', COLD);
  await page.notebook.save();
  const saved = await page.evaluate(async path => {
    const { contents } = window.jupyterapp.serviceManager;
    return (await contents.get(path)).content.metadata.dsinfra;
  }, path);
  expect(saved).toEqual({ target: 'local' });
  // Nothing of it outlives the stories.
  await execute(page, 'dsinfra:stop-target', { name: 'local' });
  const stopped = page.getByRole('menuitemcheckbox', {
    name: 'local (Stopped)'
  });
  // A menu says what was so when it was opened.
  await expect(async () => {
    await page.keyboard.press('Escape');
    await chooser.click();
    await expect(stopped).toBeVisible({ timeout: 1000 });
  }).toPass();
});
