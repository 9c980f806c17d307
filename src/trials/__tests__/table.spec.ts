import { axisOf, placesOf, positionOf, rangeBetween, ticksOf } from '../axes';
import type { IAxis } from '../axes';
import { columnsOf, valueOf, versionsOf } from '../columns';
import {
  differs,
  guessLessIsBetter,
  isInRange,
  sortTrials,
  statsOf
} from '../table';
import { makeTrial } from './makeTrial';

const NO_VERSIONS = new Map<string, number>();

function trialsWith(name: string, values: unknown[]) {
  return values.map((value, index) =>
    makeTrial({
      run_id: `r${index}`,
      params: value === undefined ? {} : { [name]: value }
    })
  );
}

describe('columns', () => {
  it('has names in alphabetical order, numbers as numbers', () => {
    const trials = [
      makeTrial({ params: { p10: 1, p9: 2 }, metrics: { b: 1, a: 2 } })
    ];
    expect(columnsOf(trials).map(({ key }) => key)).toEqual([
      'run',
      'param.p9',
      'param.p10',
      'metric.a',
      'metric.b',
      'duration',
      'code'
    ]);
  });

  it('has tags, errors, warnings and notes where a run has one', () => {
    const trials = [
      makeTrial(),
      makeTrial({
        tags: { a: '' },
        note: 'n',
        error_name: 'E',
        flags: [
          { kind: 'out_of_order', name: 'x', run_id: null, cell_id: null }
        ]
      })
    ];
    expect(columnsOf(trials).map(({ kind }) => kind)).toEqual([
      'run',
      'duration',
      'code',
      'tags',
      'error',
      'flags',
      'note'
    ]);
  });

  it('numbers versions of the code by their first appearance', () => {
    const codes = ['c', 'a', 'b', 'a'];
    const versions = versionsOf(
      codes.map(code_sha256 => makeTrial({ code_sha256 }))
    );
    expect([...versions]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3]
    ]);
  });
});

describe('sorting', () => {
  it.each([
    [false, ['r2', 'r0', 'r3', 'r4', 'r1', 'r5']],
    [true, ['r4', 'r3', 'r0', 'r2', 'r1', 'r5']]
  ])('puts empty cells last, descending %s', (isDescending, ids) => {
    const trials = trialsWith('x', [10, undefined, 9, 'v2', 'v10', null]);
    const sorted = sortTrials(
      trials,
      { key: 'param.x', isDescending },
      columnsOf(trials),
      NO_VERSIONS
    );
    expect(sorted.map(trial => trial.run_id)).toEqual(ids);
  });

  it('leaves trials as they are where the column is gone', () => {
    const trials = trialsWith('x', [2, 1]);
    const sort = { key: 'param.gone', isDescending: false };
    expect(sortTrials(trials, sort, columnsOf(trials), NO_VERSIONS)).toBe(
      trials
    );
  });
});

describe('what is known of a column', () => {
  const column = { key: 'param.x', kind: 'param', name: 'x' } as const;

  it.each([
    [[1, 1, 1], false],
    [[1, 1, undefined], true],
    [[1, '1'], true],
    [[], false]
  ])('%j differs: %s', (values, expected) => {
    expect(differs(column, trialsWith('x', values), NO_VERSIONS)).toBe(
      expected
    );
  });

  it('ranks values from worst to best', () => {
    const trials = trialsWith('x', [0.1, 0.3, 0.2, 0.3, 'none']);
    const more = statsOf(column, trials, NO_VERSIONS, false);
    expect(more.best).toBe(0.3);
    expect([...more.ranks]).toEqual([
      [0.1, 0],
      [0.2, 0.5],
      [0.3, 1]
    ]);
    expect(statsOf(column, trials, NO_VERSIONS, true).best).toBe(0.1);
  });

  it('calls nothing the best of one value', () => {
    const trials = trialsWith('x', [1, 1]);
    expect(statsOf(column, trials, NO_VERSIONS, false).best).toBeNull();
  });

  it.each([
    ['loss', true],
    ['val_loss', true],
    ['valLoss', true],
    ['rmse', true],
    ['test_error', true],
    ['acc', false],
    ['auc', false],
    ['times_right', false],
    ['terror', true]
  ])('guesses whether less of %s is better: %s', (name, expected) => {
    expect(guessLessIsBetter(name)).toBe(expected);
  });
});

describe('axes', () => {
  function axisWith(values: unknown[]): IAxis {
    const trials = trialsWith('x', values);
    const column = { key: 'param.x', kind: 'param', name: 'x' } as const;
    return axisOf(column, trials, (item, trial) =>
      valueOf(item, trial, NO_VERSIONS)
    );
  }

  it('has numbers where there are only numbers', () => {
    const axis = axisWith([1, 5, 3, undefined]);
    expect(axis).toMatchObject({
      low: 1,
      high: 5,
      categories: null,
      isLog: false,
      hasMissing: true
    });
    expect(positionOf(axis, 3)).toBe(0.5);
    expect(positionOf(axis, null)).toBeNull();
    expect(ticksOf(axis, 4).map(({ label }) => label)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5'
    ]);
  });

  it('is logarithmic where numbers span decades', () => {
    const axis = axisWith([1e-4, 1e-2, 1]);
    expect(axis.isLog).toBe(true);
    expect(positionOf(axis, 1e-2)).toBeCloseTo(0.5);
    expect(ticksOf(axis, 5).map(({ label }) => label)).toEqual([
      '0.0001',
      '0.001',
      '0.01',
      '0.1',
      '1'
    ]);
    const range = rangeBetween(axis, 0.4, 0.6);
    expect(isInRange(1e-2, range!)).toBe(true);
    expect(isInRange(1e-4, range!)).toBe(false);
  });

  it('has texts and truth values in their order', () => {
    const axis = axisWith(['sgd', 'adam', true, 3]);
    expect(axis.categories).toEqual([3, 'adam', 'sgd', 'true']);
    expect(positionOf(axis, 'sgd')).toBeCloseTo(2 / 3);
    expect(positionOf(axis, true)).toBe(1);
    expect(rangeBetween(axis, 0.3, 0.7)).toEqual({ low: 'adam', high: 'sgd' });
    expect(rangeBetween(axis, 0.4, 0.5)).toBeNull();
  });

  it('keeps what lies at its ends when all of it is chosen', () => {
    const axis = axisWith([0.1234567, 0.7654321]);
    const range = rangeBetween(axis, 1.2, -0.1)!;
    expect(isInRange(0.1234567, range)).toBe(true);
    expect(isInRange(0.7654321, range)).toBe(true);
    expect(placesOf(axis, range)).toEqual([0, 1]);
  });

  it('rounds outwards, so that what was drawn around is in', () => {
    const axis = axisWith([0, 1000]);
    const { low, high } = rangeBetween(axis, 0.33333, 0.66666)!;
    expect(low).toBeLessThanOrEqual(333.33);
    expect(low).toBeGreaterThan(320);
    expect(high).toBeGreaterThanOrEqual(666.66);
    expect(high).toBeLessThan(680);
  });

  it('stands in the middle where all values are equal', () => {
    const axis = axisWith([7, 7]);
    expect(positionOf(axis, 7)).toBe(0.5);
    expect(ticksOf(axis, 5)).toEqual([{ position: 0.5, label: '7' }]);
  });
});
