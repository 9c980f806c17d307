import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  mark,
  openNotebook,
  type Page,
  Panel,
  test
} from './panel';

/** The Errors section, for a story about one notebook. */
class Errors {
  /**
   * @param notebook - Its name: lines of other notebooks, left by other stories
   * on the same server, do not count.
   */
  constructor(
    readonly page: Page,
    readonly notebook: string
  ) {}

  /** Bring the section to the front, as all of the sidebar. */
  async open(): Promise<void> {
    await new Panel(this.page, this.notebook).open();
    const title = this.root.getByRole('heading', { name: 'Experiments' });
    if ((await title.getAttribute('aria-expanded')) === 'true') {
      await title.click();
    }
    await expect(this.search).toBeVisible();
  }

  get root(): Locator {
    return this.page.getByRole('region', { name: 'Infrastructure' });
  }

  get search(): Locator {
    return this.root.getByRole('textbox', { name: 'Search errors' });
  }

  get list(): Locator {
    return this.root.getByRole('listbox', { name: 'Errors' });
  }

  /** The lines of the notebook's groups, the one seen last first. */
  get lines(): Locator {
    return this.list.getByRole('option').filter({ hasText: this.notebook });
  }

  /** One of the choices above the list. */
  choice(name: string): Locator {
    return this.root.getByRole('combobox', { name, exact: true });
  }

  /** Choose from the menu of a line. */
  async choose(line: Locator, ...items: string[]): Promise<void> {
    await line.click({ button: 'right' });
    for (const item of items) {
      await this.page
        .locator('.lm-Menu-item')
        .filter({ hasText: item })
        .last()
        .click();
    }
  }
}

/** Put code into a cell and run it. */
async function runAs(page: Page, index: number, code: string): Promise<void> {
  await page.notebook.setCell(index, 'code', code);
  await page.notebook.runCell(index, true);
}

test('a failure appears at once, is counted, resolved by success and marked when it is back', async ({
  page,
  tmpPath
}) => {
  const errors = new Errors(page, 'life.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'life.ipynb',
    cellsOf("sizes = {'small': 1}", "sizes['large']")
  );
  await errors.open();
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);

  const line = errors.lines;
  await expect(line).toHaveCount(1);
  await expect(line).toContainText("KeyError 'large'");
  await expect(line).toContainText('New');
  await expect(mark(line, 'Error')).toBeVisible();
  await expect(
    page.getByRole('tab', { name: 'Infrastructure' })
  ).toHaveAttribute('title', /Infrastructure: \d+ new error/);

  await page.notebook.runCell(1, true);
  await expect(line).toContainText('×2');

  await runAs(page, 0, "sizes = {'small': 1, 'large': 2}");
  await page.notebook.runCell(1, true);
  await expect(line).toHaveCount(0);

  await runAs(page, 0, "sizes = {'small': 1}");
  await page.notebook.runCell(1, true);
  await expect(line).toContainText('Regressed');
  await expect(line).toContainText('×3');
});

test('groups are resolved and ignored from their menu, and that is taken back', async ({
  page,
  tmpPath
}) => {
  const errors = new Errors(page, 'said.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'said.ipynb',
    cellsOf("raise ValueError('no such rate')", 'undefined_here + 1')
  );
  await errors.open();
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);
  await expect(errors.lines).toHaveCount(2);
  const value = errors.lines.filter({ hasText: 'no such rate' });
  const name = errors.lines.filter({ hasText: 'undefined_here' });

  await errors.choose(value, 'Resolve');
  await expect(value).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(value).toHaveCount(1);

  await errors.choose(name, 'Ignore', 'Until 10 More');
  await expect(name).toHaveCount(0);
  await errors.choice('State').selectOption('Ignored');
  await expect(name).toContainText('Ignored');
  await errors.choose(name, 'Reopen');
  await expect(name).toHaveCount(0);
  await errors.choice('State').selectOption('Open');
  await expect(name).toHaveCount(1);
});

test('the list is restricted by choices and words, and that is kept under a name', async ({
  page,
  tmpPath
}) => {
  const errors = new Errors(page, 'many.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'many.ipynb',
    cellsOf('1 / 0', "open('not_there.csv')", 'if True print(1)')
  );
  await errors.open();
  for (const index of [0, 1, 2]) {
    await page.notebook.runCell(index, true);
  }
  await expect(errors.lines).toHaveCount(3);
  await errors.root.getByRole('button', { name: 'This notebook' }).click();
  await expect(errors.list.getByRole('option')).toHaveCount(3);

  await errors.choice('Severity').selectOption('Warning');
  await expect(errors.lines).toHaveCount(1);
  await expect(errors.lines).toContainText('SyntaxError');
  await errors.choice('Severity').selectOption('Any severity');
  await errors.choice('Category').selectOption('File');
  await expect(errors.lines).toHaveCount(1);
  await expect(errors.lines).toContainText('not_there.csv');

  const saved = errors.root.getByRole('button', { name: 'Saved views' });
  await saved.click();
  await page.getByRole('menuitem', { name: 'Save This View…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('Files here');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await errors.root.getByRole('button', { name: 'Clear' }).click();
  await expect(errors.lines).toHaveCount(3);

  await errors.search.fill('division');
  await expect(errors.lines).toHaveCount(1);
  await errors.search.fill('nothing like it');
  await expect(errors.root).toContainText('No error matches');
  await saved.click();
  await page.getByRole('menuitem', { name: 'Files here' }).click();
  await expect(errors.lines).toHaveCount(1);
  await expect(errors.lines).toContainText('not_there.csv');
  await expect(errors.search).toHaveValue('');
});

test('the list is walked and opened by keyboard', async ({ page, tmpPath }) => {
  const errors = new Errors(page, 'walked.ipynb');
  await openNotebook(
    page,
    tmpPath,
    'walked.ipynb',
    cellsOf("int('one')", "float('two')")
  );
  await page.notebook.runCell(0, true);
  await page.notebook.runCell(1, true);

  await page.keyboard.press('Control+Alt+E');
  await expect(errors.search).toBeFocused();
  await page.keyboard.type('walked.ipynb');
  await page.keyboard.press('Enter');
  await expect(errors.list.getByRole('option')).toHaveCount(2);
  await page.keyboard.press('ArrowDown');
  await expect(errors.list).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(errors.lines.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menuitem', { name: 'Resolve' })).toBeVisible();
  await page.keyboard.press('Escape');
  await errors.list.focus();
  await page.keyboard.press('Enter');
  await expect(
    page.getByRole('main').getByRole('heading', { name: /ValueError/ })
  ).toBeVisible();

  await page.getByRole('main').getByRole('button', { name: 'Resolve' }).click();
  await expect(errors.lines).toHaveCount(1);
});

test('the trends count errors as they happen, as bars and as a table', async ({
  page,
  tmpPath
}) => {
  await openNotebook(
    page,
    tmpPath,
    'trend.ipynb',
    cellsOf("raise TimeoutError('slow disk')")
  );
  const errors = new Errors(page, 'trend.ipynb');
  await errors.open();
  await page.notebook.runCell(0, true);
  await expect(errors.lines).toHaveCount(1);
  await errors.root.getByRole('button', { name: 'Error Trends' }).click();

  const trends = page.locator('.jp-DsinfraTrends');
  const top = trends.getByRole('region', { name: 'Most frequent' });
  const row = top.getByRole('row').filter({ hasText: 'slow disk' });
  const occurrences = trends.getByRole('region', { name: 'Occurrences' });
  const chart = occurrences.getByRole('group');
  await expect(trends.getByLabel('Groups by state')).toContainText('New');
  await chart.press('End');
  await expect(occurrences.getByRole('status')).toContainText(/: .*\d/);
  const total = occurrences.getByRole('heading');
  const before = await total.textContent();

  await page.evaluate(async () => {
    const { commands, shell } = window.jupyterapp;
    const notebook = [...shell.widgets('main')].find(
      widget => widget.title.label === 'trend.ipynb'
    );
    shell.activateById(notebook!.id);
    await commands.execute('notebook:run-cell');
  });
  await expect(errors.lines).toContainText('×2');
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('dsinfra:open-error-trends');
  });
  await expect(total).not.toHaveText(String(before));

  await trends.getByRole('button', { name: 'Table' }).click();
  const table = trends.getByRole('region', {
    name: 'Errors over time as a table'
  });
  await expect(table.getByRole('row')).toHaveCount(25);
  await trends.getByRole('button', { name: 'By day' }).click();
  await expect(table.getByRole('row')).not.toHaveCount(25);

  // Others of this server may be more frequent: then it is not among the first.
  if ((await row.count()) > 0) {
    await row.getByRole('button').click();
    await expect(
      page.getByRole('main').getByRole('heading', { name: /TimeoutError/ })
    ).toBeVisible();
  }
});
