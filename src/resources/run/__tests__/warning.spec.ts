import type { ICellPeak } from '../../../api/types';
import { FitWarning } from '../warning';

/** A client whose answers come when the test says so. */
class Client {
  readonly asked: string[] = [];
  answers: ((warning: string) => void)[] = [];
  failures: (() => void)[] = [];

  cellPeak(cellId: string): Promise<ICellPeak> {
    this.asked.push(cellId);
    return new Promise((resolve, reject) => {
      this.answers.push(warning => resolve({ warning } as ICellPeak));
      this.failures.push(() => reject(new Error('away')));
    });
  }
}

const settle = (): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, 20));

describe('FitWarning', () => {
  let client: Client;
  let cell: { id: string; path: string } | null;
  let warning: FitWarning;

  beforeEach(() => {
    client = new Client();
    cell = { id: 'c1', path: 'a.ipynb' };
    warning = new FitWarning({ client, cell: () => cell, pause: 1 });
  });

  afterEach(() => warning.dispose());

  it('asks once about the cell where the user stops', async () => {
    warning.update();
    cell = { id: 'c2', path: 'a.ipynb' };
    warning.update();
    await settle();

    expect(client.asked).toEqual(['c2']);
    const changes = jest.fn();
    warning.changed.connect(changes);
    client.answers[0]?.('It may not fit.');
    await settle();
    expect(warning.text).toBe('It may not fit.');
    expect(changes).toHaveBeenCalledTimes(1);
  });

  it('passes over an answer about a cell that was left', async () => {
    warning.update();
    await settle();
    cell = { id: 'c2', path: 'a.ipynb' };
    client.answers[0]?.('It may not fit.');
    await settle();

    expect(warning.text).toBe('');
  });

  it('is silent when nobody answers, and when no cell is looked at', async () => {
    warning.update();
    await settle();
    client.answers[0]?.('It may not fit.');
    await settle();
    warning.update();
    await settle();
    client.failures[1]?.();
    await settle();
    expect(warning.text).toBe('');

    cell = null;
    warning.update();
    await settle();
    expect(client.asked).toEqual(['c1', 'c1']);
  });

  it('asks nothing after its end', async () => {
    warning.update();
    warning.dispose();
    warning.update();
    await settle();

    expect(client.asked).toEqual([]);
  });
});
