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

/** The cell with this code in the notebook in front. */
function cell(page: Page, code: string): Locator {
  return page
    .locator('.jp-NotebookPanel:visible .jp-CodeCell')
    .filter({ hasText: code });
}

/** The line below a cell that failed. */
function line(page: Page, code: string): Locator {
  return cell(page, code).getByRole('note');
}

/** The view of an error that is in front. */
class ErrorView {
  constructor(readonly page: Page) {}

  get root(): Locator {
    return this.page.locator('.jp-DsinfraErrorPanel:visible');
  }

  get heading(): Locator {
    return this.root.getByRole('heading', { level: 1 });
  }

  button(name: string | RegExp): Locator {
    return this.root.getByRole('button', { name });
  }

  tab(name: string): Locator {
    return this.root.getByRole('tab', { name: new RegExp(`^${name}`) });
  }
}

/** Open what is known of the error of a cell by the line below it. */
async function openDetails(page: Page, code: string): Promise<ErrorView> {
  await line(page, code).getByRole('button').click();
  const view = new ErrorView(page);
  await expect(view.heading).toBeVisible();
  return view;
}

/** Write other code into a cell. */
async function edit(page: Page, at: Locator, code: string): Promise<void> {
  await at.getByRole('textbox').first().click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(code);
  await page.keyboard.press('Escape');
}

/** What a notebook is on disk. */
async function saved(page: Page, path: string): Promise<string> {
  await page.evaluate(async path => {
    await window.jupyterapp.commands.execute('docmanager:save');
    return path;
  }, path);
  return page.evaluate(async path => {
    const { contents } = window.jupyterapp.serviceManager;
    const { content } = await contents.get(path);
    return JSON.stringify(content);
  }, path);
}

/** Return a name that no story before has used: errors are counted over notebooks. */
function freshName(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  return Array.from(
    { length: 12 },
    () => letters[Math.floor(Math.random() * letters.length)]
  ).join('');
}

test('a cell that fails says below its output why, until it succeeds', async ({
  page,
  tmpPath
}) => {
  const name = freshName();
  const path = await openNotebook(
    page,
    tmpPath,
    'why.ipynb',
    cellsOf(
      'prices = {"price": 1, "amount": 2}',
      `# sum up\n${name} = "pric"\ntotal = prices[${name}]`
    )
  );
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);

  await expect(line(page, 'sum up')).toContainText('price');
  await expect(line(page, 'sum up')).toContainText('first time');
  await expect(line(page, '"amount"')).toHaveCount(0);
  const text = (await line(page, 'sum up').textContent()) ?? '';
  expect(await saved(page, path)).not.toContain(text);
  expect(await saved(page, path)).not.toContain('Dsinfra');

  await page.notebook.runCell(1, true);
  await expect(line(page, 'sum up')).toContainText('2 times since');

  await edit(page, cell(page, 'sum up'), 'total = 3');
  await page.notebook.runCell(1, true);
  await expect(page.getByRole('note')).toHaveCount(0);
});

test('the line goes when the output is cleared', async ({ page, tmpPath }) => {
  await openNotebook(page, tmpPath, 'cleared.ipynb', cellsOf('1 / 0'));
  await page.notebook.runCell(0, true);
  await expect(line(page, '1 / 0')).toBeVisible();
  await page.evaluate(() =>
    window.jupyterapp.commands.execute('notebook:clear-cell-output')
  );

  await expect(page.getByRole('note')).toHaveCount(0);
});

test('the line opens what is known with the keyboard', async ({
  page,
  tmpPath
}) => {
  await openNotebook(page, tmpPath, 'keys.ipynb', cellsOf('1 / 0'));
  await page.notebook.runCell(0, true);
  const button = line(page, '1 / 0').getByRole('button');
  await expect(button).toBeVisible();
  await button.focus();
  await page.keyboard.press('Enter');

  await expect(new ErrorView(page).heading).toHaveText('ZeroDivisionError');
});

test('the calls lead to the cell and line, also where the cell was edited since', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'calls.ipynb',
    cellsOf(
      'def look(table, name):\n    found = table[name]\n    return found',
      'prices = {"price": 1}\nlook(prices, "pric")'
    )
  );
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  const view = await openDetails(page, 'look(prices');
  await expect(view.heading).toHaveText('KeyError');

  // Of the innermost call of the user's own the variables are shown at once.
  const variables = view.root.getByRole('table', { name: /Variables/ });
  await expect(variables).toHaveCount(1);
  await expect(variables.getByRole('rowheader')).toHaveText(['table', 'name']);
  await expect(view.root.locator('mark').last()).toHaveText('table[name]');

  await view.button('Another cell, line 2').click();
  const position = page.locator('#jp-main-statusbar').getByText(/^Ln /);
  await expect(position).toHaveText('Ln 2, Col 13');
  await expect(page.locator('.jp-DsinfraFoundLine')).toBeVisible();

  await edit(
    page,
    cell(page, 'def look'),
    '# first\ndef look(table, name):\n    found = table[name]\n    return found'
  );
  await page.getByRole('tab', { name: /KeyError/ }).click();
  await view.button('Another cell, line 2').click();
  await expect(position).toContainText('Ln 3');
  await page.getByRole('button', { name: 'Show the version that ran' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('found = table[name]');
  await expect(dialog).not.toContainText('# first');
  await dialog.getByRole('button', { name: 'Close' }).click();
});

test('a cell that is gone is shown as it ran', async ({ page, tmpPath }) => {
  await openNotebook(
    page,
    tmpPath,
    'gone.ipynb',
    cellsOf('x = 1', 'y = 0\nx / y')
  );
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  const view = await openDetails(page, 'x / y');
  await page.notebook.activate('gone.ipynb');
  await page.evaluate(async () => {
    const { commands } = window.jupyterapp;
    await commands.execute('notebook:enter-command-mode');
    await commands.execute('notebook:delete-cell');
  });
  await page.getByRole('tab', { name: /ZeroDivisionError/ }).click();
  await view.button('Go to line').click();

  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('no longer exists');
  await expect(dialog).toContainText('x / y');
  await expect(dialog.locator('.jp-DsinfraFoundLine')).toHaveCount(1);
  await dialog.getByRole('button', { name: 'Close' }).click();
});

test('what users say of an error is kept', async ({ page, tmpPath }) => {
  await openNotebook(
    page,
    tmpPath,
    'said.ipynb',
    cellsOf(`raise LookupError("said of this by ${freshName()}")`)
  );
  await page.notebook.runCell(0, true);
  const view = await openDetails(page, 'said of this');
  await view.tab('Notes').click();
  await view.button('Edit: Runbook').click();
  await view.root
    .getByRole('textbox', { name: 'Runbook' })
    .fill('Ask **Ana**.\n\n<img src=x onerror="window.attacked = 1">');
  await view.button('Save').click();
  await expect(view.root.locator('strong').getByText('Ana')).toBeVisible();
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false);

  await view.button('Resolve').click();
  await expect(view.button('Reopen')).toBeVisible();
  await expect(view.root.getByText('Resolved', { exact: true })).toBeVisible();
  await view.button('Reopen').click();
  await view.button('Ignore').click();
  await page
    .getByRole('menuitem', { name: 'Until It Happens 10 More Times' })
    .click();
  await expect(view.root.getByText('Ignored', { exact: true })).toBeVisible();

  // Ignored, it says nothing below the cell.
  await page.notebook.activate('said.ipynb');
  await page.notebook.runCell(0, true);
  await expect(page.getByRole('note')).toHaveCount(0);
});

test('occurrences can be stepped through', async ({ page, tmpPath }) => {
  await openNotebook(
    page,
    tmpPath,
    'steps.ipynb',
    cellsOf(`raise LookupError("again and again, ${freshName()}")`)
  );
  for (let turn = 0; turn < 3; turn++) {
    await page.notebook.runCell(0, true);
  }
  await expect(line(page, 'again and again')).toContainText('3 times');
  const view = await openDetails(page, 'again and again');
  const step = view.root.getByRole('group', { name: 'Occurrence' });
  await expect(step).toContainText('1 of 3');
  await expect(step).toContainText('Run [3]');
  await view.button('Older occurrence').click();
  await view.button('Older occurrence').click();
  await expect(step).toContainText('3 of 3');
  await expect(step).toContainText('Run [1]');
  await expect(view.button('Older occurrence')).toBeDisabled();
});

test('the cell runs again with all above it, and can be profiled', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'here.ipynb',
    cellsOf('base = 5', 'print("sum", base + 1)')
  );
  await page.notebook.runCell(1, true);
  const view = await openDetails(page, 'print(');
  await expect(view.heading).toHaveText('NameError');
  await view.button('Run to here').click();
  await expect(cell(page, 'print(')).toContainText('sum 6');
  await expect(page.getByRole('note')).toHaveCount(0);

  await page.getByRole('tab', { name: /NameError/ }).click();
  await view.button('Debug').click();
  await page.getByRole('menuitem', { name: /^Profile Time/ }).click();
  await page.getByRole('button', { name: /Insert “%pip install/ }).click();
  await expect(cell(page, '%pip install pyinstrument')).toBeVisible();
});

test('the death of a kernel is told below the cell it died in', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'death.ipynb',
    cellsOf('import os, signal\nos.kill(os.getpid(), signal.SIGKILL)')
  );
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('notebook:run-cell');
  });
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Ok' }).click({ timeout: 60_000 });
  await expect(line(page, 'SIGKILL')).toContainText(/kill/i);
  const view = await openDetails(page, 'SIGKILL');
  await expect(view.root).toContainText('Kernel died');
  await expect(view.root).toContainText('which call it was in is not known');
});

test('the line stays when its cell is scrolled out of sight', async ({
  page,
  tmpPath
}) => {
  const rest = Array.from(
    { length: 80 },
    (_, index) => `# cell ${index}\n\n\n`
  );
  await openNotebook(page, tmpPath, 'long.ipynb', cellsOf('1 / 0', ...rest));
  await page.notebook.runCell(0, true);
  await expect(line(page, '1 / 0')).toBeVisible();
  const jump = (index: number): Promise<void> =>
    page.evaluate(async index => {
      const panel = window.jupyterapp.shell.currentWidget as unknown as {
        content: { scrollToItem: (index: number) => Promise<void> };
      };
      await panel.content.scrollToItem(index);
    }, index);
  await jump(79);
  await expect(line(page, '1 / 0')).not.toBeInViewport();
  await jump(0);

  await expect(line(page, '1 / 0')).toBeInViewport();
  await expect(line(page, '1 / 0')).toContainText('ZeroDivisionError');
});

test('the view of a run leads to its error, which can be downloaded', async ({
  page,
  tmpPath
}) => {
  const panel = new Panel(page, 'lead.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'lead.ipynb',
    cellsOf('raise LookupError("lead to this")')
  );
  await panel.open();
  await page.notebook.runCell(0, true);
  await kernelIsIdle(page);
  const run = await panel.openRun(panel.run('lead to this'));
  await run.root
    .getByRole('region', { name: 'Errors' })
    .getByRole('button', { name: 'Details' })
    .click();
  const view = new ErrorView(page);
  await expect(view.heading).toHaveText('LookupError');

  await view.button('Export').click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'JSON Lines' }).click();
  expect((await download).suggestedFilename()).toBe('errors.jsonl');
});
