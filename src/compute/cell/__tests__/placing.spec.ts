import type { IOutput } from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';
import { OutputAreaModel } from '@jupyterlab/outputarea';

import type { IJobLog, IJobMessage } from '../../../api/types';
import { JobOutput } from '../../output';
import type { ICodeModel } from '../cells';
import { markOf, setMark } from '../mark';
import { OutputPlacer, claim } from '../placing';

/** Numbers that look drawn, and are the same in every run: mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Return the messages of a job as drawn; numbers have holes, as those of its log. */
function drawLog(random: (below: number) => number): IJobMessage[] {
  const messages: IJobMessage[] = [];
  let seq = 0;
  const say = (type: string, content: Record<string, unknown>): void => {
    seq += 1 + random(3);
    messages.push({ seq, at: '2026-11-22T10:00:00.000Z', type, content });
  };
  const count = 1 + random(24);
  for (let index = 0; index < count; index++) {
    const display_id = `d${random(3)}`;
    const data = { 'text/plain': `data ${index}` };
    switch (random(9)) {
      case 0:
      case 1:
        say('stream', { name: 'stdout', text: `line ${index}\n` });
        break;
      case 2:
        say('stream', { name: 'stdout', text: `\r${index} %` });
        break;
      case 3:
        say('stream', { name: 'stdout', text: `${index} of 9\r` });
        break;
      case 4:
        say('stream', { name: 'stderr', text: `warning ${index}\n` });
        break;
      case 5:
        say('display_data', { data, metadata: {}, transient: { display_id } });
        break;
      case 6:
        say('update_display_data', {
          data,
          metadata: {},
          transient: { display_id }
        });
        break;
      case 7:
        say('clear_output', { wait: random(2) === 0 });
        break;
      case 8:
        say('execute_result', { data, metadata: {}, execution_count: 1 });
        break;
    }
  }
  return messages;
}

/** A job whose log grows, and is sent in stretches. */
class GrowingLog {
  constructor(
    readonly messages: readonly IJobMessage[],
    readonly stretch: number
  ) {}

  /** How many messages there are yet. */
  count = 0;
  requests = 0;

  get isComplete(): boolean {
    return this.count === this.messages.length;
  }

  readonly jobLog = async (_: string, after: number): Promise<IJobLog> => {
    this.requests += 1;
    const there = this.messages.slice(0, this.count);
    const items = there.filter(({ seq }) => seq > after).slice(0, this.stretch);
    const last = items[items.length - 1]?.seq ?? after;
    return {
      items,
      next_seq: last,
      is_complete: this.isComplete && last >= (there.at(-1)?.seq ?? 0),
      truncated: false
    };
  };
}

/** What a cell shows that saw all messages one after the other. */
function expected(messages: readonly IJobMessage[]): IOutput[] {
  const model = new OutputAreaModel({ trusted: true });
  new JobOutput(model).apply(messages);
  return model.toJSON();
}

/** A notebook of one cell, as it was saved or as a new one. */
function notebookOf(saved?: NotebookModel): NotebookModel {
  const model = new NotebookModel();
  if (saved) {
    model.fromJSON(JSON.parse(JSON.stringify(saved.toJSON())));
  } else {
    model.sharedModel.insertCell(0, {
      id: 'c1',
      cell_type: 'code',
      source: 'train()'
    } as never);
  }
  return model;
}

function cellOf(notebook: NotebookModel): ICodeModel {
  return notebook.cells.get(0) as unknown as ICodeModel;
}

function placerOf(notebook: NotebookModel, log: GrowingLog): OutputPlacer {
  return new OutputPlacer({ cell: cellOf(notebook), client: log, jobId: 'j1' });
}

function outputsOf(notebook: NotebookModel): IOutput[] {
  return cellOf(notebook).outputs.toJSON();
}

/** A log of lines. */
function lines(count: number): IJobMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: index + 1,
    at: '2026-11-22T10:00:00.000Z',
    type: 'stream',
    content: { name: 'stdout', text: `line ${index + 1}\n` }
  }));
}

beforeAll(() => {
  // Yjs warns of cells that are read before they are in a document, as JupyterLab does.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

describe('OutputPlacer', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'places each message once, however it is read and reopened (%i)',
    async seed => {
      const random = randomOf(seed);
      const log = new GrowingLog(drawLog(random), 1 + random(5));
      let notebook = notebookOf();
      claim(cellOf(notebook), 'j1');
      let placer = placerOf(notebook, log);
      while (!placer.isComplete) {
        log.count = Math.min(
          log.messages.length,
          log.count + 1 + random(log.messages.length)
        );
        switch (random(4)) {
          case 0:
            // The page is closed after the notebook was saved, and opened again.
            placer.dispose();
            notebook = notebookOf(notebook);
            placer = placerOf(notebook, log);
            break;
          case 1:
            // Two events at once.
            await Promise.all([placer.read(), placer.read()]);
            break;
          case 2: {
            // The page is closed in the middle of an answer.
            const reading = placer.read().catch(() => undefined);
            placer.dispose();
            await reading;
            placer = placerOf(notebook, log);
            break;
          }
          default:
            await placer.read();
        }
      }
      expect(outputsOf(notebook)).toEqual(expected(log.messages));
      // What is saved is what is shown.
      const [cell] = notebook.toJSON().cells;
      expect(cell?.['outputs']).toEqual(expected(log.messages));
    }
  );

  it('asks once of a job whose output is all there, and touches nothing', async () => {
    const log = new GrowingLog(lines(3), 10);
    log.count = 3;
    const first = notebookOf();
    claim(cellOf(first), 'j1');
    await placerOf(first, log).read();
    const again = notebookOf(first);
    again.dirty = false;
    log.requests = 0;
    const placer = placerOf(again, log);
    await placer.read();
    expect(placer.isComplete).toBe(true);
    expect(log.requests).toBe(1);
    expect(again.dirty).toBe(false);
  });

  it('adds what is missing to outputs that the user has cleared or changed', async () => {
    const log = new GrowingLog(lines(4), 10);
    log.count = 2;
    const first = notebookOf();
    claim(cellOf(first), 'j1');
    await placerOf(first, log).read();
    cellOf(first).outputs.clear();
    const again = notebookOf(first);
    log.count = 4;
    await placerOf(again, log).read();
    expect(outputsOf(again)).toEqual(expected(log.messages.slice(2)));
  });

  it('goes on after the user has cleared the outputs', async () => {
    const display = (seq: number, type: string, text: string): IJobMessage => ({
      seq,
      at: '',
      type,
      content: {
        data: { 'text/plain': text },
        metadata: {},
        transient: { display_id: 'd' }
      }
    });
    const log = new GrowingLog(
      [
        display(1, 'display_data', 'one'),
        display(2, 'update_display_data', 'two'),
        ...lines(4).slice(2)
      ],
      10
    );
    const notebook = notebookOf();
    claim(cellOf(notebook), 'j1');
    const placer = placerOf(notebook, log);
    log.count = 1;
    await placer.read();
    cellOf(notebook).outputs.clear();
    log.count = 4;
    await placer.read();
    expect(outputsOf(notebook)).toEqual(expected(lines(4).slice(2)));
  });

  it('places nothing any more once the cell is another job’s or was run here', async () => {
    const log = new GrowingLog(lines(4), 10);
    log.count = 2;
    const notebook = notebookOf();
    const cell = cellOf(notebook);
    claim(cell, 'j1');
    const placer = placerOf(notebook, log);
    await placer.read();
    const mark = markOf(cell)!;
    setMark(cell, { ...mark, isLeft: true });
    log.count = 4;
    await placer.read();
    expect(placer.isWanted).toBe(false);
    expect(outputsOf(notebook)).toEqual(expected(log.messages.slice(0, 2)));
    expect(markOf(cell)?.seq).toBe(2);
  });

  it('trusts what it places, and not what somebody else had put there', async () => {
    const log = new GrowingLog(lines(4), 10);
    log.count = 2;
    const first = notebookOf();
    claim(cellOf(first), 'j1');
    await placerOf(first, log).read();
    expect(cellOf(first).trusted).toBe(true);
    const again = notebookOf(first);
    const cell = cellOf(again);
    cell.outputs.add({
      output_type: 'display_data',
      data: { 'text/html': '<script>steal()</script>' },
      metadata: {}
    });
    cell.trusted = false;
    log.count = 4;
    await placerOf(again, log).read();
    expect(cell.trusted).toBe(false);
  });
});
