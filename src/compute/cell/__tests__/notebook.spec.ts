import { NotebookModel } from '@jupyterlab/notebook';

import type { IJobMessage } from '../../../api/types';
import { makeEnded, makeJob } from '../../__tests__/memoryCompute';
import type { CellJob } from '../job';
import { markOf, setMark } from '../mark';
import { NotebookJobs } from '../notebook';
import { OpenCells } from '../openCells';
import { claim } from '../placing';
import { PATH, Panel, Server } from './memoryNotebook';

function line(seq: number): IJobMessage {
  const content = { name: 'stdout', text: `line ${seq}\n` };
  return { seq, at: '', type: 'stream', content };
}

/** A moment some seconds from now. */
function at(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

let added: CellJob[];
let jobs: NotebookJobs;
let panel: Panel;
let server: Server;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await new Promise(resolve => setTimeout(resolve));
  }
}

async function open(): Promise<void> {
  added = [];
  jobs = new NotebookJobs({
    client: server,
    clockOffset: () => 0,
    onAdded: cellJob => added.push(cellJob),
    onLeft: () => undefined,
    openCells: new OpenCells({ baseUrl: 'http://localhost/' }),
    panel: panel.asPanel
  });
  await settle();
}

beforeAll(() => {
  // Yjs warns of cells that are read before they are in a document, as JupyterLab does.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

beforeEach(() => {
  server = new Server();
  server.log = [line(1), line(2)];
  panel = new Panel(new NotebookModel());
  panel.insert(0, 'c1', 'train()');
  panel.insert(1, 'c2', 'other()');
});

afterEach(() => {
  jobs.dispose();
  localStorage.clear();
});

describe('NotebookJobs', () => {
  it('goes on with the job that a cell names, and shows how it ended', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeJob()];
    await open();
    expect(panel.cell(0).executionState).toBe('running');
    expect(panel.text(0)).toBe('line 1\nline 2\n');
    server.log.push(line(3));
    server.jobList = [makeEnded()];
    await jobs.update(['j1']);
    expect(panel.text(0)).toBe('line 1\nline 2\nline 3\n');
    expect(panel.cell(0).executionState).toBe('idle');
    expect(markOf(panel.cell(0))?.seq).toBe(3);
    expect(jobs.of('c1')?.job?.state).toBe('ok');
  });

  it('places nothing into a copy of the cell', async () => {
    claim(panel.cell(1), 'j1');
    server.jobList = [makeJob()];
    await open();
    expect(panel.text(1)).toBe('');
    expect(jobs.of('c2')).toBeNull();
  });

  it('lets go of a cell that is deleted, and goes on when it is back', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeJob()];
    await open();
    const kept = panel.cell(0) as unknown as { toJSON(): object };
    const json = kept.toJSON();
    panel.model.sharedModel.deleteCell(0);
    await settle();
    expect(jobs.of('c1')).toBeNull();
    server.log.push(line(3));
    panel.model.sharedModel.insertCell(1, json as never);
    await settle();
    expect(panel.text(1)).toBe('line 1\nline 2\nline 3\n');
  });

  it('takes up what code has sent once the cell has ended, and replaces what it printed', async () => {
    await open();
    jobs.beginLocal('c1');
    server.jobList = [makeJob({ submitted_at: at(0) })];
    await jobs.update(['j1']);
    expect(jobs.of('c1')).toBeNull();
    panel.cell(0).outputs.add({
      output_type: 'stream',
      name: 'stderr',
      text: 'Sent to local. What it prints comes here.\n'
    });
    jobs.endLocal('c1');
    await settle();
    expect(panel.text(0)).toBe('line 1\nline 2\n');
    expect(added).toHaveLength(1);
  });

  it('leaves a cell that sent itself the count that it got here', async () => {
    await open();
    jobs.beginLocal('c1');
    panel.cell(0).executionCount = 7;
    jobs.endLocal('c1');
    server.jobList = [makeEnded({ submitted_at: at(0) })];
    await jobs.update(['j1']);
    await settle();
    expect(panel.text(0)).toBe('line 1\nline 2\n');
    expect(panel.cell(0).executionState).toBe('idle');
    expect(panel.cell(0).executionCount).toBe(7);
  });

  it('takes the job of an earlier run for none of this one, whatever clocks say', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeEnded({ submitted_at: at(30) })];
    await open();
    jobs.beginLocal('c1');
    panel.cell(0).outputs.clear();
    jobs.endLocal('c1');
    await settle();
    expect(jobs.of('c1')).toBeNull();
    expect(panel.text(0)).toBe('');
  });

  it('takes up what code had sent before the page was closed', async () => {
    panel.cell(0).outputs.add({
      output_type: 'stream',
      name: 'stderr',
      text: 'Sent to local. What it prints comes here.\n'
    });
    server.jobList = [makeEnded()];
    await open();
    expect(panel.text(0)).toBe('line 1\nline 2\n');
  });

  it.each([
    ['shown by its kernel', { shown_by: 'kernel' as const }],
    ['of no cell', { cell_id: null }],
    ['from before the notebook was opened', { submitted_at: at(-60) }]
  ])('passes over a job %s, and asks no more', async (_, changes) => {
    await open();
    server.jobList = [makeJob({ submitted_at: at(60), ...changes })];
    await jobs.update(['j1']);
    expect(added).toEqual([]);
    server.requests = [];
    await jobs.update(['j1']);
    await jobs.update(['j1']);
    expect(server.requests).toEqual([]);
  });

  it('asks once of the jobs of other notebooks', async () => {
    await open();
    server.requests = [];
    await jobs.update(['elsewhere']);
    await jobs.update(['elsewhere']);
    expect(server.requests).toEqual([`list ${PATH}`]);
  });

  it('lets the output of a run here win, also after the notebook is opened again', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeJob()];
    await open();
    jobs.beginLocal('c1');
    panel.cell(0).outputs.clear();
    panel.cell(0).outputs.add({
      output_type: 'stream',
      name: 'stdout',
      text: 'here\n'
    });
    jobs.endLocal('c1');
    server.log.push(line(3));
    await jobs.update(['j1']);
    expect(jobs.of('c1')).toBeNull();
    jobs.dispose();
    await open();
    expect(panel.text(0)).toBe('here\n');
    expect(jobs.of('c1')).toBeNull();
  });

  it('says that the code is not what was sent', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeJob()];
    await open();
    const cellJob = jobs.of('c1')!;
    let changes = 0;
    cellJob.stateChanged.connect(() => (changes += 1));
    expect(cellJob.isEdited).toBe(false);
    panel.model.sharedModel.getCell(0).setSource('train(2)');
    expect(cellJob.isEdited).toBe(true);
    expect(changes).toBeGreaterThan(0);
  });

  it('leaves writing to the other who has the document open', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeJob()];
    const { awareness } = panel.model.sharedModel as unknown as {
      awareness: {
        clientID: number;
        states: Map<number, object>;
        emit(name: string, args: unknown[]): void;
      };
    };
    awareness.states.set(0, { dsinfraWriter: true });
    await open();
    expect(panel.text(0)).toBe('');
    expect(jobs.of('c1')?.job?.state).toBe('running');
    // The other one closes the page, and had placed the first line.
    awareness.states.delete(0);
    panel.cell(0).outputs.add({
      output_type: 'stream',
      name: 'stdout',
      text: 'line 1\n'
    });
    setMark(panel.cell(0), { ...markOf(panel.cell(0))!, seq: 1 });
    awareness.emit('change', []);
    await settle();
    expect(panel.text(0)).toBe('line 1\nline 2\n');
  });

  it('forgets a job that was taken off the list, and leaves its output', async () => {
    claim(panel.cell(0), 'j1');
    server.jobList = [makeEnded()];
    await open();
    server.jobList = [];
    await jobs.update(['j1']);
    expect(jobs.of('c1')).toBeNull();
    expect(panel.text(0)).toBe('line 1\nline 2\n');
  });
});
