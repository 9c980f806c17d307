import type { Notebook } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';

import type { IErrorGroup } from '../../../api/types';
import { makeGroup } from '../../__tests__/memoryErrors';
import { CellLine, oftenText } from '../line';

const trans = nullTranslator.load('dsinfra_jlab');

/** What of a cell the line needs: its parts, the last of which is the footer. */
class Cell extends Panel {
  constructor() {
    super();
    this.addWidget(new Widget());
    this.addWidget(new Widget());
    this.outputs.changed = new Signal(this.outputs);
  }

  readonly ready = Promise.resolve();
  readonly outputs = { length: 1 } as {
    length: number;
    changed: Signal<object, void>;
  };
  readonly model = { outputs: this.outputs };

  get asCell(): Notebook['widgets'][number] {
    return this as unknown as Notebook['widgets'][number];
  }

  setOutputs(count: number): void {
    this.outputs.length = count;
    this.outputs.changed.emit();
  }
}

let line: CellLine;
let opened: IErrorGroup[];

beforeEach(() => {
  opened = [];
  line = new CellLine({
    locale: 'en',
    open: group => opened.push(group),
    trans
  });
});

afterEach(() => line.dispose());

describe('CellLine', () => {
  it('stands above the footer until the output is cleared', async () => {
    const cell = new Cell();
    await line.attachTo(cell.asCell);
    expect(cell.widgets.indexOf(line)).toBe(1);
    cell.setOutputs(2);
    expect(line.isDisposed).toBe(false);
    cell.setOutputs(0);
    expect(line.isDisposed).toBe(true);
    expect(cell.widgets).toHaveLength(2);
  });

  it('is not put below a cell that was deleted meanwhile', async () => {
    const cell = new Cell();
    const attached = line.attachTo(cell.asCell);
    cell.dispose();
    await attached;
    expect(line.isDisposed).toBe(true);
  });

  it('is no note before there is something to say', () => {
    expect(line.node.hasAttribute('role')).toBe(false);
    line.fill(makeGroup());
    expect(line.node.getAttribute('role')).toBe('note');
  });

  it('says code as code and text as text', () => {
    const diagnosis = 'Did you mean `price`? <img src=x onerror=1>';
    line.fill(makeGroup({ diagnosis }));
    expect(line.node.querySelector('code')?.textContent).toBe('price');
    expect(line.node.querySelector('img')).toBeNull();
    expect(line.node.textContent).toContain('<img src=x onerror=1>');
  });

  it('opens the error it tells of', () => {
    const group = makeGroup();
    line.fill(makeGroup({ id: 'before' }));
    line.fill(group);
    const buttons = line.node.querySelectorAll('button');
    expect(buttons).toHaveLength(1);
    buttons[0]?.click();
    expect(opened).toEqual([group]);
  });
});

describe('oftenText', () => {
  it('says how often and since when', () => {
    const first_at = '2020-03-01T12:00:00Z';
    expect(oftenText({ count: 1, first_at }, 'en', trans)).toBe('first time');
    expect(oftenText({ count: 1200, first_at }, 'en', trans)).toMatch(
      /^1,200 times since Mar 1, 2020/
    );
  });
});
