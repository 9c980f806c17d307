import type { ILine, Point } from '../series';
import {
  BASE_POINTS,
  POINTS_MAX,
  align,
  pointsFor,
  positive,
  smooth,
  summarise,
  toCsv
} from '../series';

/** Return a line with a point each second. */
function lineOf(...points: [number, number | null][]): ILine {
  return {
    startedAt: '2026-11-22T10:00:00.000Z',
    points: points.map(([step, value], index): Point => {
      const second = String(index).padStart(2, '0');
      return [step, `2026-11-22T10:00:${second}.000Z`, value];
    })
  };
}

describe('align', () => {
  it('tells a gap from a place where only another line has a point', () => {
    const columns = align(
      [lineOf([0, 1], [2, null]), lineOf([1, 5], [2, 6])],
      'step'
    );

    expect(columns.x).toEqual([0, 1, 2]);
    expect(columns.lines).toEqual([
      [1, undefined, null],
      [undefined, 5, 6]
    ]);
  });

  it('keeps all points of a step that was logged twice', () => {
    const columns = align(
      [lineOf([0, 1], [1, 2], [0, 3]), lineOf([0, 9])],
      'step'
    );

    expect(columns.x).toEqual([0, 0, 1]);
    expect(columns.lines).toEqual([
      [1, 3, 2],
      [9, undefined, undefined]
    ]);
  });

  it('counts relative times from the start of each run', () => {
    const late = { ...lineOf([0, 1]), startedAt: '2026-11-22T09:59:58.000Z' };

    expect(align([lineOf([0, 1], [1, 2]), late], 'relative').x).toEqual([
      0, 1, 2
    ]);
  });

  it('counts from the first point where the start is unknown or later', () => {
    const unknown = { ...lineOf([0, 1], [1, 2]), startedAt: null };
    const later = { ...unknown, startedAt: '2026-11-22T11:00:00.000Z' };

    expect(align([unknown], 'relative').x).toEqual([0, 1]);
    expect(align([later], 'relative').x).toEqual([0, 1]);
  });

  it('lays 20 runs of 5,000 points side by side without waiting', () => {
    const runs = Array.from({ length: 20 }, () =>
      lineOf(
        ...Array.from({ length: 5000 }, (_, i): [number, number] => [i, i])
      )
    );
    const begin = performance.now();
    const columns = align(runs, 'step');

    expect(columns.x).toHaveLength(5000);
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  it('has nothing to show of nothing', () => {
    expect(align([lineOf()], 'wall')).toEqual({ x: [], lines: [[]] });
  });
});

describe('smooth', () => {
  it('starts at the first value, not at zero', () => {
    expect(smooth([10, 10, 10], 0.9)).toEqual([10, 10, 10]);
  });

  it('leaves gaps where they are and goes on behind them', () => {
    const [first, gap, absent, last] = smooth([0, null, undefined, 1], 0.5);

    expect([first, gap, absent]).toEqual([0, null, undefined]);
    expect(last).toBeCloseTo(2 / 3);
  });

  it('changes nothing without weight', () => {
    expect(smooth([1, 5, -2], 0)).toEqual([1, 5, -2]);
  });
});

describe('positive', () => {
  it('makes gaps of what has no logarithm, and counts it', () => {
    expect(positive([[0, 2, -1, null, undefined]])).toEqual({
      lines: [[null, 2, null, null, undefined]],
      hiddenCount: 2,
      hasAny: true
    });
  });

  it('says when nothing is left', () => {
    expect(positive([[0, -1]]).hasAny).toBe(false);
  });
});

describe('summarise', () => {
  it('passes over values that are no numbers', () => {
    const { points } = lineOf([0, null], [1, 3], [2, 1], [3, null]);

    expect(summarise(points)).toEqual({ first: 3, last: 1, min: 1, max: 3 });
    expect(summarise([]).last).toBeNull();
  });
});

describe('pointsFor', () => {
  it('asks for more of what is zoomed into, up to what the server sends', () => {
    expect(pointsFor(1)).toBe(BASE_POINTS);
    expect(pointsFor(0.5)).toBe(2 * BASE_POINTS);
    expect(pointsFor(1e-9)).toBe(POINTS_MAX);
  });
});

describe('toCsv', () => {
  it('quotes what needs it and keeps formulas texts', () => {
    const { points } = lineOf([0, -0.5], [1, null]);

    expect(toCsv([{ label: '=1+1, "x"', points }], 'loss')).toBe(
      'run,step,at,loss\r\n' +
        `"'=1+1, ""x""",0,2026-11-22T10:00:00.000Z,-0.5\r\n` +
        `"'=1+1, ""x""",1,2026-11-22T10:00:01.000Z,`
    );
  });
});
