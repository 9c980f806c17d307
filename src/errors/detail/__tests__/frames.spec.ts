import {
  exceptionTree,
  firstFrame,
  folded,
  groupFrames,
  packageOf,
  shortPath,
  sourceLines
} from '../frames';
import { libraryFrame, makeFrame, makeRecord } from './fixtures';

/** Return the source with marks as brackets. */
function marked(changes: Parameters<typeof makeFrame>[0]): string[] {
  return sourceLines(makeFrame(changes)).map(({ mark, number, text }) =>
    mark === null
      ? `${number ?? '-'} ${text}`
      : `${number ?? '-'} ${text.slice(0, mark[0])}[${text.slice(...mark)}]${text.slice(mark[1])}`
  );
}

describe('groupFrames', () => {
  it('folds neighbours of libraries only', () => {
    const own = makeFrame();
    const groups = groupFrames([
      own,
      libraryFrame('pandas/core/frame.py'),
      libraryFrame('numpy/core.py'),
      own,
      libraryFrame('pandas/io.py')
    ]);

    expect(
      groups.map(group =>
        group.kind === 'own'
          ? group.index
          : [group.index, group.frames.length, ...group.packages]
      )
    ).toEqual([0, [1, 2, 'pandas', 'numpy'], 3, [4, 1, 'pandas']]);
  });

  it('makes one group of a stack of library code', () => {
    const frames = Array.from({ length: 100 }, () => libraryFrame('x/y.py'));
    expect(groupFrames(frames)).toHaveLength(1);
  });
});

describe('packageOf', () => {
  it.each([
    ['/a/site-packages/pandas/core/frame.py', '', 'pandas'],
    ['C:\\a\\Lib\\site-packages\\six.py', '', 'six'],
    ['/usr/lib/python3.11/json/decoder.py', 'json.decoder', 'json'],
    ['<frozen importlib>', '', '']
  ])('reads %s', (file, module, name) => {
    expect(packageOf(makeFrame({ file, module }))).toBe(name);
  });
});

describe('shortPath', () => {
  it.each([
    ['/home/ana/project/src/helpers.py', 'src/helpers.py'],
    ['/a/site-packages/pandas/core/frame.py', 'pandas/core/frame.py'],
    ['helpers.py', 'helpers.py']
  ])('shortens %s', (file, short) => {
    expect(shortPath(file)).toBe(short);
  });
});

describe('sourceLines', () => {
  it('marks what was running in a line', () => {
    const source = '    return table[name].sum()';
    expect(
      marked({ source, line: 12, column: 11, end_line: 12, end_column: 22 })
    ).toEqual(['12     return [table[name]].sum()']);
  });

  it('marks nothing where all of it was running', () => {
    const place = { line: 1, column: 0, end_line: 1, end_column: 5 };
    expect(marked({ source: 'f(x)\n', ...place, end_column: 4 })).toEqual([
      '1 f(x)'
    ]);
    expect(marked({ source: 'f(x)' })).toEqual(['3 f(x)']);
  });

  it('finds the line within a statement by the columns', () => {
    const source = 'total = sum(\n    prices,\n    start=offset(1))';
    expect(
      marked({ source, line: 7, column: 10, end_line: 7, end_column: 19 })
    ).toEqual(['5 total = sum(', '6     prices,', '7     start=[offset(1)])']);
  });

  it('marks an expression over several lines', () => {
    const source = 'a = f(\n    b,\n)';
    expect(
      marked({ source, line: 2, column: 4, end_line: 4, end_column: 1 })
    ).toEqual(['2 a = [f(]', '3     [b,]', '4 [)]']);
  });

  it('marks nothing and numbers nothing where two lines fit', () => {
    const source = 'f(\n    g(1),\n    h(2),\n)';
    expect(
      marked({ source, line: 2, column: 4, end_line: 2, end_column: 8 })
    ).toEqual(['- f(', '-     g(1),', '-     h(2),', '- )']);
  });

  it('marks nothing in libraries, whose lines are kept without their spaces', () => {
    const source = 'raise KeyError(key) from err';
    expect(
      marked({
        kind: 'library',
        source,
        column: 12,
        end_line: 3,
        end_column: 20
      })
    ).toEqual(['3 raise KeyError(key) from err']);
  });

  it('says nothing of a frame without source', () => {
    expect(sourceLines(makeFrame())).toEqual([]);
  });
});

describe('exceptionTree', () => {
  const link = (ename: string, parent: number | null) => ({
    relation: 'group' as const,
    ename,
    evalue: '',
    frames: [],
    parent,
    notes: []
  });

  it('hangs each exception below the one it belongs to', () => {
    const tree = exceptionTree(
      makeRecord({ chain: [link('A', null), link('B', 0), link('C', null)] })
    );
    expect(tree.children.map(({ ename }) => ename)).toEqual(['A', 'C']);
    expect(tree.children[0]?.children.map(({ ename }) => ename)).toEqual(['B']);
  });

  it('ends where exceptions name one another', () => {
    const tree = exceptionTree(
      makeRecord({ chain: [link('A', 1), link('B', 0), link('C', null)] })
    );
    expect(tree.children.map(({ ename }) => ename)).toEqual(['C']);
  });
});

describe('firstFrame', () => {
  it('is the innermost one of the user', () => {
    const library = libraryFrame('pandas/x.py');
    expect(firstFrame([makeFrame(), makeFrame(), library])).toBe(1);
    expect(firstFrame([library, library])).toBe(1);
    expect(firstFrame([])).toBe(-1);
  });
});

describe('folded', () => {
  it('cuts by characters and by lines', () => {
    expect(folded('short', 10, 2)).toBe('short');
    expect(folded('x'.repeat(20), 10, 2)).toBe(`${'x'.repeat(10)}…`);
    expect(folded('a\nb\nc', 10, 2)).toBe('a\nb…');
  });
});
