import { nullTranslator } from '@jupyterlab/translation';

import { actionLabel, parseAction } from '../detail/advice';
import { contentsPath } from '../detail/goto';
import { lineNow } from '../line';
import {
  PROFILERS,
  profilerLabel,
  profilingCells,
  versionOf
} from '../profiling';

const trans = nullTranslator.load('dsinfra_jlab');

describe('lineNow', () => {
  const before = 'import a\nx = a.b()\nprint(x)\nprint(x)';

  it.each([
    ['as it was', before, 2, 2],
    ['moved down', `# new\n${before}`, 2, 3],
    ['indented', 'if ok:\n    x = a.b()', 2, 2],
    ['gone', 'import a', 2, null],
    ['twice', `# new\n${before}`, 3, null],
    ['beyond the end', before, 9, null]
  ])('finds a line that is %s', (_, now, line, expected) => {
    expect(lineNow(before, now, line)).toBe(expected);
  });
});

describe('contentsPath', () => {
  it.each([
    ['/home/ana/work/src/a.py', '/home/ana/work', 'src/a.py'],
    ['/home/ana/work/src/a.py', '~/work', 'src/a.py'],
    ['/root/a.py', '~', 'a.py'],
    ['C:\\Users\\ana\\work\\a.py', 'C:\\Users\\ana\\work', 'a.py'],
    ['/home/ana/workshop/a.py', '/home/ana/work', null],
    ['/usr/lib/python3/json.py', '~/work', null],
    ['<string>', '/home/ana', null],
    ['/a.py', '', null]
  ])('of %s below %s', (file, root, path) => {
    expect(contentsPath(file, root)).toBe(path);
  });
});

describe('parseAction', () => {
  it.each([
    [null, null],
    ['run_above', { kind: 'run_above' }],
    ['show_cell:c1', { kind: 'show_cell', cellId: 'c1' }],
    ['insert_code:d["a:b"]', { kind: 'insert_code', code: 'd["a:b"]' }],
    ['run_cell:', null],
    ['something_new:1', null]
  ])('reads %j', (text, action) => {
    expect(parseAction(text)).toEqual(action);
  });

  it('shows short code on the button', () => {
    const label = (code: string) =>
      actionLabel({ kind: 'insert_code', code }, trans);
    expect(label('%pip install x')).toBe('Insert “%pip install x” below');
    expect(label('a\nb')).toBe('Insert the code below');
  });
});

describe('profiling', () => {
  it('puts the magic into the first line of a cell of its own', () => {
    expect(profilingCells(PROFILERS.time, '\n\nfit()')).toEqual([
      '%load_ext pyinstrument',
      '%%pyinstrument\nfit()'
    ]);
  });

  it('says how to install what is missing', () => {
    expect(versionOf('memray', { Memray: '1.2' })).toBe('1.2');
    expect(versionOf('memray', {})).toBeNull();
    expect(profilerLabel('memory', false, trans)).toContain(
      '%pip install memray'
    );
  });
});
