import { nullTranslator } from '@jupyterlab/translation';

import type { IComparison } from '../../api/types';
import { makeRun } from '../../experiments/run/__tests__/fixtures';
import { pairsOf } from '../pairs';
import { deltasOf, sectionsOf } from '../sections';

const trans = nullTranslator.load('dsinfra_jlab');

function makeComparison(changes: Partial<IComparison> = {}): IComparison {
  return {
    runs: [makeRun({ id: 'a' }), makeRun({ id: 'b', status: 'error' })],
    params: {},
    metrics: {},
    code_diff: [],
    environment_diff: { python: [], platform: [], git: [], packages: {} },
    ...changes
  };
}

function lines(comparison: IComparison, key: string) {
  return sectionsOf(comparison, trans, 'en').find(
    section => section.key === key
  )!.lines;
}

describe('sections of a comparison', () => {
  it('puts what differs first', () => {
    const params = { seed: [1, 1], lr: [0.1, 0.2], opt: ['adam', null] };
    expect(
      lines(makeComparison({ params }), 'params').map(
        ({ key, differs, values }) => [key, differs, values]
      )
    ).toEqual([
      ['lr', true, ['0.1', '0.2']],
      ['opt', true, ['adam', '–']],
      ['seed', false, ['1', '1']]
    ]);
  });

  it('tells numbers apart that look the same', () => {
    const metrics = { acc: [0.1234567, 0.1234568] };
    expect(lines(makeComparison({ metrics }), 'metrics')[0]?.differs).toBe(
      true
    );
  });

  it('shows facts that some run has', () => {
    const facts = lines(
      makeComparison({
        runs: [makeRun({ tags: { team: 'nlp' } }), makeRun({ id: 'b' })]
      }),
      'facts'
    );
    const find = (key: string) => facts.find(line => line.key === key);
    expect(find('tag.team')?.values).toEqual(['nlp', '–']);
    expect(find('tag.team')?.differs).toBe(true);
    expect(find('status')?.differs).toBe(false);
    expect(find('gpu')).toBeUndefined();
  });

  it('shows what differs between environments, commits shortened', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const found = lines(
      makeComparison({
        environment_diff: {
          python: ['3.10.1', '3.12.0'],
          platform: [],
          git: [commit, `${commit}+`],
          packages: { numpy: ['1.0', null] }
        }
      }),
      'environment'
    );
    expect(found.map(({ key, values }) => [key, values])).toEqual([
      ['python', ['3.10.1', '3.12.0']],
      ['git', ['0123456789', '0123456789+']],
      ['package.numpy', ['1.0', '–']]
    ]);
  });

  it.each([
    [
      [1, 3, 0.5],
      ['', '+2', '−0.5']
    ],
    [
      [1, 1, 'x'],
      ['', '', '']
    ],
    [
      [null, 2],
      ['', '']
    ],
    [
      [0.1, 0.3],
      ['', '+0.2']
    ]
  ])('%j differ by %j', (values, deltas) => {
    expect(deltasOf(values)).toEqual(deltas);
  });
});

describe('a difference side by side', () => {
  it('lays what was taken out beside what was put in', () => {
    const diff =
      '--- a\n+++ b\n@@ -1,4 +1,4 @@\n same\n-old 1\n-old 2\n+new 1\n rest\n+-- more\n';
    expect(pairsOf(diff)).toEqual([
      { left: '@@ -1,4 +1,4 @@', right: '@@ -1,4 +1,4 @@', kind: 'place' },
      { left: 'same', right: 'same', kind: 'same' },
      { left: 'old 1', right: 'new 1', kind: 'changed' },
      { left: 'old 2', right: null, kind: 'changed' },
      { left: 'rest', right: 'rest', kind: 'same' },
      { left: null, right: '-- more', kind: 'changed' }
    ]);
  });
});
