import {
  expect,
  type IJupyterLabPageFixture,
  test as base
} from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

export { expect };
export type Page = IJupyterLabPageFixture;

/** A code cell of a notebook to be made. */
export interface ICell {
  id: string;
  source: string;
}

/**
 * The base of all stories: JupyterLab is open on an empty folder, and nothing
 * in the page fails unseen.
 */
export const test = base.extend<{
  failures: string[];
  opensLab: boolean;
  toleratedFailure: RegExp | null;
}>({
  autoGoto: false,
  failures: [
    async ({ opensLab, page, tmpPath, toleratedFailure }, use) => {
      const failures: string[] = [];
      page.on('pageerror', error => {
        if (!toleratedFailure?.test(String(error))) {
          failures.push(String(error));
        }
      });
      // Galata answers for JupyterLab's settings, and takes ours for some of them.
      await page.route('**/dsinfra/api/**', route => route.continue());
      if (opensLab) {
        await page.goto(`tree/${tmpPath}?reset`);
      }
      await use(failures);
      expect(failures, 'errors in the page').toEqual([]);
    },
    { auto: true }
  ],
  /** Whether a story begins with JupyterLab open. */
  opensLab: [true, { option: true }],
  /** What a story itself makes JupyterLab fail with. */
  toleratedFailure: [null, { option: true }],
  // Galata waits for the launcher, which a restored layout need not show.
  // eslint-disable-next-line no-empty-pattern
  waitForApplication: async ({}, use) => {
    await use(async page => {
      await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    });
  }
});

/** Make a notebook with these cells and open it. Returns its path. */
export async function openNotebook(
  page: Page,
  folder: string,
  name: string,
  cells: readonly ICell[]
): Promise<string> {
  const path = `${folder}/${name}`;
  await page.contents.uploadContent(
    JSON.stringify(notebookOf(cells)),
    'text',
    path
  );
  await page.evaluate(async path => {
    await window.jupyterapp.commands.execute('docmanager:open', { path });
  }, path);
  await page.notebook.activate(name);
  await kernelIsIdle(page);
  return path;
}

/** Wait until the kernel of the notebook in front has nothing to do. */
export async function kernelIsIdle(page: Page): Promise<void> {
  await page
    .locator('#jp-main-statusbar')
    .getByText(/\| Idle/)
    .waitFor();
}

/** Return cells with the ids c1, c2, ... */
export function cellsOf(...sources: string[]): ICell[] {
  return sources.map((source, index) => ({ id: `c${index + 1}`, source }));
}

function notebookOf(cells: readonly ICell[]): object {
  return {
    cells: cells.map(cell => ({
      cell_type: 'code',
      execution_count: null,
      id: cell.id,
      metadata: {},
      outputs: [],
      source: cell.source
    })),
    metadata: {
      kernelspec: {
        display_name: 'Python 3 (ipykernel)',
        language: 'python',
        name: 'python3'
      },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** Run all cells of the notebook in front as the menu does; does not wait. */
export async function runAll(page: Page): Promise<void> {
  await page.menu.clickMenuItem('Run>Run All Cells');
}

/** The Infrastructure sidebar, for a story about one notebook. */
export class Panel {
  /**
   * @param notebook - Its name: lines of other experiments, left by other
   * stories on the same server, do not count.
   */
  constructor(
    readonly page: Page,
    readonly notebook: string
  ) {}

  /** Bring the sidebar to the front. */
  async open(): Promise<void> {
    const tab = this.page.getByRole('tab', { name: 'Infrastructure' });
    if ((await tab.getAttribute('aria-selected')) !== 'true') {
      await tab.click();
    }
    await expect(this.search).toBeVisible();
  }

  get root(): Locator {
    return this.page.getByRole('region', { name: 'Infrastructure' });
  }

  get search(): Locator {
    return this.root.getByRole('textbox', { name: 'Search runs' });
  }

  get tree(): Locator {
    return this.root.getByRole('tree', { name: 'Experiments' });
  }

  get found(): Locator {
    return this.root.getByRole('tree', { name: 'Runs found' });
  }

  /** The line of the notebook. */
  get experiment(): Locator {
    return this.tree
      .locator('[aria-level="1"]')
      .filter({ hasText: this.notebook });
  }

  /** The lines of the notebook's sessions, newest first. */
  get sessions(): Locator {
    return this._below(2);
  }

  /** The lines of the notebook's cell runs, newest first. */
  get runs(): Locator {
    return this._below(3);
  }

  /** The line of the run with this code. */
  run(code: string): Locator {
    return this.runs.filter({ hasText: code });
  }

  private _below(level: number): Locator {
    const experiment = '@role="treeitem" and @aria-level="1"';
    return this.tree.locator(
      `xpath=.//*[@role="treeitem" and @aria-level="${level}"]` +
        `[preceding::*[${experiment}][1][contains(., "${this.notebook}")]]`
    );
  }

  /** Show only the runs that a query finds. */
  async searchFor(query: string): Promise<void> {
    await this.search.fill(query);
    await this.search.press('Enter');
  }

  /** Show the runs of one notebook only, as a flat list, oldest last. */
  async showRunsOf(path: string): Promise<void> {
    await this.searchFor(`notebook:"${path}"`);
  }

  /** Choose from the menu of a line. */
  async choose(line: Locator, item: string): Promise<void> {
    await line.click({ button: 'right' });
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  /** Open the view of a run. */
  async openRun(line: Locator): Promise<RunView> {
    await line.dblclick();
    const view = new RunView(this.page);
    // The first time its code is loaded, and the machine may have other things to do.
    await expect(view.root).toBeVisible({ timeout: 45_000 });
    return view;
  }
}

/** The view of a run that is in front. */
export class RunView {
  constructor(readonly page: Page) {}

  get root(): Locator {
    return this.page.locator('.jp-DsinfraRunPanel:visible');
  }

  get name(): Locator {
    return this.root.getByRole('heading', { level: 1 });
  }

  get code(): Locator {
    return this.root.getByRole('region', { name: 'Code', exact: true });
  }

  get outputs(): Locator {
    return this.root.getByRole('region', { name: 'Outputs' });
  }

  /** What differs from earlier runs of the cell. */
  get changes(): Locator {
    return this.root.getByRole('region', { name: 'What changed' });
  }

  /** The button that shows a part of the run. */
  tab(name: string): Locator {
    return this.root.getByRole('tab', { name: new RegExp(`^${name}`) });
  }

  button(name: string): Locator {
    return this.root.getByRole('button', { name, exact: true });
  }
}

/** The mark of a run's status in its line or its view. */
export function mark(line: Locator, label: string): Locator {
  return line.getByRole('img', { name: label, exact: true });
}
