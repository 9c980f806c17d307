import type { IErrorFilter } from '../filter';
import { OPEN_ERRORS, isSame, passes, readFilter, toQuery } from '../filter';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

describe('toQuery', () => {
  it.each<[string, Partial<IErrorFilter>, object]>([
    ['what is open at first', {}, { is_open: true }],
    ['everything', { state: 'all' }, {}],
    ['a state', { state: 'ignored' }, { state: 'ignored' }],
    [
      'words without the blanks around',
      { q: ' nan ' },
      { is_open: true, q: 'nan' }
    ],
    [
      'severity and category',
      { state: 'all', severity: 'critical', category: 'memory' },
      { severity: 'critical', category: 'memory' }
    ],
    [
      'a time before now',
      { state: 'all', period: 'hour' },
      { since: '2026-11-22T09:00:00.000Z' }
    ],
    [
      'the notebook in front',
      { state: 'all', isHere: true },
      { notebook_path: 'work/a.ipynb' }
    ]
  ])('asks for %s', (_, changes, query) => {
    const filter = { ...OPEN_ERRORS, ...changes };
    expect(toQuery(filter, 'work/a.ipynb', NOW)).toEqual(query);
  });
});

describe('readFilter', () => {
  it('brings back what was written', () => {
    const filter: IErrorFilter = {
      q: 'shape',
      state: 'regressed',
      severity: 'warning',
      category: 'value',
      period: 'week',
      isHere: true
    };
    expect(readFilter(JSON.parse(JSON.stringify(filter)))).toEqual(filter);
  });

  it.each([
    null,
    undefined,
    'open',
    7,
    {},
    { q: 3, state: 'lost', severity: 'bad', category: 1, period: '', isHere: 1 }
  ])('does not restrict where somebody wrote %p by hand', value => {
    expect(readFilter(value)).toEqual(OPEN_ERRORS);
  });
});

describe('passes', () => {
  it.each([
    ['new', 'open', true],
    ['regressed', 'open', true],
    ['resolved', 'open', false],
    ['ignored', 'open', false],
    ['ignored', 'all', true],
    ['ignored', 'ignored', true],
    ['new', 'ignored', false]
  ] as const)('says whether %s is among %s', (state, filter, expected) => {
    expect(passes(state, filter)).toBe(expected);
  });
});

describe('isSame', () => {
  it('looks at every part', () => {
    expect(isSame(OPEN_ERRORS, { ...OPEN_ERRORS })).toBe(true);
    expect(isSame(OPEN_ERRORS, { ...OPEN_ERRORS, isHere: true })).toBe(false);
    expect(isSame(OPEN_ERRORS, { ...OPEN_ERRORS, q: 'x' })).toBe(false);
  });
});
