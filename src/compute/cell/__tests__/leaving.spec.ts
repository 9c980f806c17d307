import type { NotebookPanel } from '@jupyterlab/notebook';
import { NotebookModel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';

import type { Cell } from '../cells';
import { NotebookJobs } from '../notebook';
import { OpenCells } from '../openCells';
import { claim } from '../placing';
import { CellSender } from '../sending';
import { PATH, Panel, Server } from './memoryNotebook';

const TO = { target: 'local', mode: 'fresh', resources: null } as const;

/** Pages that hear each other, as those of one browser. */
class Channel extends EventTarget {
  static all = new Set<Channel>();

  constructor(readonly name: string) {
    super();
    Channel.all.add(this);
  }

  postMessage(data: unknown): void {
    for (const other of Channel.all) {
      if (other !== this && other.name === this.name) {
        other.dispatchEvent(new MessageEvent('message', { data }));
      }
    }
  }
}

/** A page with the notebook; another one has the cells as they were saved at first. */
class Page {
  constructor(readonly server: Server) {
    for (const [index, id] of ['c1', 'c2', 'c3'].entries()) {
      this.panel.insert(index, id, `work(${index})`);
    }
    this.jobs = new NotebookJobs({
      client: server,
      clockOffset: () => 0,
      onAdded: () => undefined,
      onLeft: ({ left }) => this.told.push(left.length),
      openCells: new OpenCells({ baseUrl: 'http://localhost/' }),
      panel: this.panel.asPanel as NotebookPanel
    });
  }

  readonly panel = new Panel(new NotebookModel());
  readonly jobs: NotebookJobs;
  readonly sender = new CellSender({
    trans: nullTranslator.load('dsinfra_jlab')
  });
  readonly told: number[] = [];

  get cells(): Cell[] {
    return this.panel.asPanel.content.widgets.slice();
  }

  /** How it stands with each cell. */
  get states(): (string | undefined)[] {
    return ['c1', 'c2', 'c3'].map(id => {
      const cellJob = this.jobs.of(id);
      return cellJob?.job?.state ?? cellJob?.state.kind;
    });
  }

  send(): void {
    void this.sender.send(this.jobs, this.cells, TO);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) {
    await new Promise(resolve => setTimeout(resolve));
  }
}

let pages: Page[];
let server: Server;

/** Open the notebook anew; `isLast` if the page before is gone by then. */
async function open(isLast = true): Promise<Page> {
  if (isLast) {
    // Nothing of a page that is closed is asked any more, nor told.
    Channel.all.clear();
  }
  const page = new Page(server);
  pages.push(page);
  await settle();
  return page;
}

beforeAll(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  Object.assign(globalThis, { BroadcastChannel: Channel });
});

beforeEach(() => {
  pages = [];
  server = new Server();
});

afterEach(() => {
  for (const { jobs } of pages) {
    jobs.dispose();
  }
  localStorage.clear();
});

/** Wait until the other pages have had their time to answer. */
async function answered(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 1100));
  await settle();
}

describe('cells that wait when the page is closed', () => {
  it('are shown as not sent, and what ran is followed, though nothing was saved', async () => {
    (await open()).send();
    await settle();
    expect(pages[0]!.states).toEqual(['running', 'waiting', 'waiting']);
    const page = await open();
    await answered();
    expect(page.states).toEqual(['running', 'left', 'left']);
    expect(page.told).toEqual([2]);
    expect(server.requests.filter(text => /^submit/.test(text))).toEqual([
      'submit work(0)'
    ]);
  });

  it('are written down once, however many they are', async () => {
    const { jobs, cells } = await open();
    const write = jest.spyOn(Storage.prototype, 'setItem');
    jobs.beginAll(cells, TO);
    expect(write).toHaveBeenCalledTimes(1);
    write.mockRestore();
    const [key = ''] = Object.keys(localStorage);
    expect(JSON.parse(localStorage.getItem(key) ?? '')).toHaveLength(3);
  });

  it('go on in their order when the user says so, and are forgotten then', async () => {
    (await open()).send();
    await settle();
    const page = await open();
    await answered();
    const sent = page.sender.sendLeft(page.jobs);
    await settle();
    expect(page.states).toEqual(['running', 'waiting', 'waiting']);
    for (const id of ['c1', 'c2', 'c3']) {
      server.end(id);
      await page.jobs.update([`job of ${id}`]);
      await settle();
    }
    await sent;
    expect(page.states).toEqual(['ok', 'ok', 'ok']);
    expect(server.requests.filter(text => /^submit/.test(text))).toEqual([
      'submit work(0)',
      'submit work(1)',
      'submit work(2)'
    ]);
    expect(localStorage).toHaveLength(0);
    const next = await open();
    expect(next.told).toEqual([]);
  });

  it('stay unsent behind one that fails, and say so', async () => {
    (await open()).send();
    await settle();
    const page = await open();
    await answered();
    void page.sender.sendLeft(page.jobs);
    server.end('c1', 'error');
    await page.jobs.update(['job of c1']);
    await settle();
    expect(page.states).toEqual(['error', 'refused', 'refused']);
    expect(localStorage).toHaveLength(0);
  });

  it('are forgotten one by one when they are dismissed, run here or deleted', async () => {
    (await open()).send();
    await settle();
    const page = await open();
    await answered();
    page.jobs.of('c2')?.dismiss();
    page.jobs.beginLocal('c1');
    expect(localStorage).toHaveLength(1);
    page.panel.model.sharedModel.deleteCell(2);
    await settle();
    expect(localStorage).toHaveLength(0);
  });

  it('are left to the other page that has the notebook open', async () => {
    const first = await open();
    first.send();
    await settle();
    const second = await open(false);
    await answered();
    expect(second.told).toEqual([]);
    expect(second.states.slice(1)).toEqual([undefined, undefined]);
    // Closed, it leaves what the first page keeps.
    second.jobs.dispose();
    const third = await open();
    await answered();
    expect(third.told).toEqual([2]);
  });

  it('are all kept where two pages send cells of one notebook', async () => {
    const first = await open();
    const second = await open(false);
    void first.sender.send(first.jobs, first.cells.slice(0, 2), TO);
    await settle();
    void second.sender.send(second.jobs, second.cells.slice(2), TO);
    await settle();
    expect(first.states.slice(0, 2)).toEqual(['running', 'waiting']);
    expect(localStorage).toHaveLength(2);
    // What ends in one page is forgotten there alone.
    server.end('c3');
    await second.jobs.update(['job of c3']);
    await settle();
    expect(localStorage).toHaveLength(1);
    void second.sender.send(second.jobs, second.cells.slice(2), TO);
    await settle();
    const third = await open();
    await answered();
    expect(third.states).toEqual(['running', 'left', 'running']);
    expect(third.told).toEqual([1]);
    expect(localStorage).toHaveLength(1);
  });

  it('go to one page alone of those that are opened afterwards', async () => {
    (await open()).send();
    await settle();
    const second = await open();
    await answered();
    const third = await open(false);
    await answered();
    expect(second.told).toEqual([2]);
    expect(third.told).toEqual([]);
  });

  it('are found again when the notebook alone was closed', async () => {
    const first = await open();
    first.send();
    await settle();
    first.jobs.dispose();
    const second = await open(false);
    await answered();
    expect(second.told).toEqual([2]);
  });

  it('are not forgotten because another page follows a job of the notebook', async () => {
    const first = await open();
    first.send();
    await settle();
    const kept = localStorage.getItem(localStorage.key(0) ?? '');
    const second = await open(false);
    // What the first page has saved names the job.
    claim(second.panel.cell(0), 'job of c1');
    await second.jobs.update(null);
    await settle();
    expect(second.states[0]).toBe('running');
    expect(localStorage.getItem(localStorage.key(0) ?? '')).toBe(kept);
  });

  it('are kept no longer than their jobs, also if those ended while nobody looked', async () => {
    (await open()).send();
    await settle();
    pages[0]!.jobs.of('c2')?.dismiss();
    pages[0]!.jobs.of('c3')?.dismiss();
    expect(localStorage).toHaveLength(1);
    server.end('c1');
    const page = await open();
    await answered();
    expect(page.states[0]).toBe('ok');
    expect(localStorage).toHaveLength(0);
  });

  it('go with a notebook that is renamed', async () => {
    const { jobs, panel, ...page } = await open();
    void page.sender.send(jobs, panel.asPanel.content.widgets.slice(), TO);
    await settle();
    panel.context.localPath = 'work/other.ipynb';
    panel.context.pathChanged.emit('work/other.ipynb');
    expect(localStorage).toHaveLength(1);
    expect(localStorage.key(0)).toMatch(/\nwork\/other\.ipynb$/);
    Channel.all.clear();
    const kept = new OpenCells({ baseUrl: 'http://localhost/' });
    expect(await kept.adopt(PATH, 'somebody')).toEqual([]);
    const cells = await kept.adopt('work/other.ipynb', 'somebody');
    expect(cells.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3']);
  });

  it('are none where what is kept cannot be read', async () => {
    const begin = 'dsinfra-jlab:open-cells:http://localhost/\n';
    localStorage.setItem(`${begin}one\n${PATH}`, '[{"id": 3}, null, "x"');
    localStorage.setItem(`${begin}two\n${PATH}`, '[{"id": 3}, null, "x"]');
    const page = await open();
    await answered();
    expect(page.told).toEqual([]);
    expect(page.states).toEqual([undefined, undefined, undefined]);
  });
});
