import type { IErrorGroup } from '../../../api/types';
import { ScriptedEvents } from '../../../experiments/run/__tests__/fixtures';
import type { IErrorQuery } from '../../../tokens';
import { makeGroup } from '../../__tests__/memoryErrors';
import type { ICellFinding } from '../model';
import { FailedCells, GIVE_UP_MS } from '../model';

const PATH = 'work/train.ipynb';
const CELL = { path: PATH, cellId: 'c1' };

let groups: IErrorGroup[];
let queries: IErrorQuery[];
let found: ICellFinding[];
let events: ScriptedEvents;
let cells: FailedCells;

/** Return a group whose newest error happens now. */
function now(changes: Partial<IErrorGroup> = {}): IErrorGroup {
  return makeGroup({ last_at: new Date().toISOString(), ...changes });
}

function tell(): void {
  events.errorsChanged.emit({
    groupIds: ['g1'],
    runIds: ['r1'],
    isComplete: true
  });
}

beforeEach(() => {
  jest.useFakeTimers();
  groups = [];
  queries = [];
  found = [];
  events = new ScriptedEvents();
  cells = new FailedCells({
    clockOffset: () => 0,
    errors: {
      errorGroups: (query = {}) => {
        queries.push(query);
        return Promise.resolve({ items: groups, next_cursor: null });
      }
    },
    events
  });
  cells.found.connect((_, finding) => found.push(finding));
});

afterEach(() => {
  cells.dispose();
  jest.useRealTimers();
});

describe('FailedCells', () => {
  it('asks for nothing while no cell runs', async () => {
    tell();
    await jest.advanceTimersByTimeAsync(1000);
    expect(queries).toEqual([]);
    expect(events.watchers).toBe(0);
  });

  it('asks once for cells that fail at once', async () => {
    const other = { path: PATH, cellId: 'c2' };
    groups = [
      now(),
      now({ id: 'g2', last_cell_id: 'c2', last_error_id: 'o2' })
    ];
    [CELL, other].forEach(cell => cells.begin(cell));
    [CELL, other].forEach(cell => cells.end(cell, true));
    tell();
    await jest.advanceTimersByTimeAsync(1000);

    expect(queries).toHaveLength(1);
    expect(queries[0]?.notebook_path).toBe(PATH);
    expect(found.map(({ cellId, group }) => [cellId, group?.id])).toEqual([
      ['c1', 'g1'],
      ['c2', 'g2']
    ]);
  });

  it('waits for an error that is recorded later', async () => {
    cells.begin(CELL);
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(500);
    expect(found).toEqual([]);
    groups = [now()];
    tell();
    await jest.advanceTimersByTimeAsync(500);

    expect(found.map(({ group }) => group?.id)).toEqual(['g1']);
  });

  it('gives up on what is not recorded', async () => {
    cells.begin(CELL);
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(GIVE_UP_MS + 1);

    expect(found).toEqual([{ ...CELL, group: null }]);
  });

  it('finds the death of a kernel, after which no cell ends', async () => {
    cells.begin(CELL);
    await jest.advanceTimersByTimeAsync(60_000);
    groups = [now({ kind: 'kernel_death' })];
    tell();
    await jest.advanceTimersByTimeAsync(500);

    expect(found.map(({ group }) => group?.kind)).toEqual(['kernel_death']);
  });

  it('is not taken in by warnings, other cells and earlier errors', async () => {
    groups = [
      now({ kind: 'warning' }),
      now({ last_cell_id: 'c2' }),
      makeGroup({ last_at: '2020-01-01T00:00:00Z' })
    ];
    cells.begin(CELL);
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(500);

    expect(found).toEqual([]);
  });

  it('does not take the error of the run before for that of this one', async () => {
    groups = [now()];
    cells.begin(CELL);
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(500);
    cells.begin(CELL);
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(500);
    expect(found).toHaveLength(1);

    groups = [now({ last_error_id: 'o2' })];
    tell();
    await jest.advanceTimersByTimeAsync(500);
    expect(found).toHaveLength(2);
  });

  it('puts right what it told of a run whose own error came late', async () => {
    // Run twice in a row: the second failed before its error was recorded.
    cells.begin(CELL);
    cells.end(CELL, true);
    cells.begin(CELL);
    cells.end(CELL, true);
    groups = [now({ count: 1 })];
    await jest.advanceTimersByTimeAsync(500);
    groups = [now({ count: 2, last_error_id: 'o2' })];
    tell();
    await jest.advanceTimersByTimeAsync(500);
    expect(found.map(({ group }) => group?.count)).toEqual([1, 2]);

    await jest.advanceTimersByTimeAsync(GIVE_UP_MS);
    expect(found).toHaveLength(2);
    const asked = queries.length;
    tell();
    await jest.advanceTimersByTimeAsync(500);
    expect(queries).toHaveLength(asked);
  });

  it('takes the newer of two answers that were on their way at once', async () => {
    const answers: (() => void)[] = [];
    const slow = new FailedCells({
      clockOffset: () => 0,
      errors: {
        errorGroups: () => {
          const items = groups;
          return new Promise(resolve => {
            answers.push(() => resolve({ items, next_cursor: null }));
          });
        }
      },
      events
    });
    slow.found.connect((_, finding) => found.push(finding));
    slow.begin(CELL);
    slow.end(CELL, true);
    groups = [now({ count: 1 })];
    await jest.advanceTimersByTimeAsync(200);
    groups = [now({ count: 2, last_error_id: 'o2' })];
    tell();
    await jest.advanceTimersByTimeAsync(200);
    answers.forEach(answer => answer());
    await jest.advanceTimersByTimeAsync(1);

    expect(found.map(({ group }) => group?.count)).toEqual([1, 2]);
    slow.dispose();
  });

  it('does not take an error for that of a run which has not ended', async () => {
    cells.begin(CELL);
    groups = [now({ count: 1 })];
    tell();
    await jest.advanceTimersByTimeAsync(500);
    expect(found).toEqual([]);
    groups = [now({ count: 2, last_error_id: 'o2' })];
    cells.end(CELL, true);
    await jest.advanceTimersByTimeAsync(500);

    expect(found.map(({ group }) => group?.count)).toEqual([2]);
  });

  it('forgets a cell that succeeds', async () => {
    groups = [now()];
    cells.begin(CELL);
    cells.end(CELL, false);
    tell();
    await jest.advanceTimersByTimeAsync(500);

    expect(queries).toEqual([]);
  });
});
