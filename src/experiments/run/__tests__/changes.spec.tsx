import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import type { IRunChanges, IRunDifference } from '../../../api/types';
import { ChangesSection, FlagMarks, StaleMark } from '../changesView';
import { differs, summariseDifference } from '../differences';
import { makeRun } from './fixtures';

const trans = nullTranslator.load('dsinfra_jlab');

function differenceOf(changes: Partial<IRunDifference> = {}): IRunDifference {
  return {
    run_id: 'before',
    code_diff: '',
    params: [],
    metrics: [],
    data: [],
    packages: [],
    upstream: [],
    python: null,
    git: null,
    is_code_only_seen: false,
    ...changes
  };
}

function show(changes: Partial<IRunChanges>, failure: string | null = null) {
  const opened: string[] = [];
  const retry = jest.fn();
  const { container } = render(
    <ChangesSection
      changes={{
        value:
          failure === null
            ? { since_good: null, since_last: null, stale: [], ...changes }
            : null,
        failure,
        isLoading: false
      }}
      open={id => opened.push(id)}
      retry={retry}
      trans={trans}
    />
  );
  return { container, opened, retry };
}

describe('summariseDifference', () => {
  it('names few values and counts the rest', () => {
    const params = ['a', 'b', 'c', 'd', 'e'].map(key => ({
      key,
      before: 1,
      after: null
    }));

    expect(
      summariseDifference(
        differenceOf({
          code_diff: '--- a\n+++ b\n@@ -1 +1,2 @@\n-x\n+y\n+z\n',
          params
        }),
        trans
      )
    ).toEqual([
      'code +2 −1',
      'a 1 → –',
      'b 1 → –',
      'c 1 → –',
      '2 more parameters'
    ]);
  });

  it('shortens long values', () => {
    const [text] = summariseDifference(
      differenceOf({
        params: [{ key: 'path', before: 'x'.repeat(500), after: 1 }]
      }),
      trans
    );

    expect(text.length).toBeLessThan(50);
  });

  it('sees each kind of difference', () => {
    const change = { key: 'k', before: 1, after: 2 };
    expect(differs(differenceOf())).toBe(false);
    expect(differs(differenceOf({ git: change }))).toBe(true);
    expect(differs(differenceOf({ data: [change] }))).toBe(true);
  });
});

describe('ChangesSection', () => {
  it('says that a run is the first', () => {
    show({});
    expect(screen.getByText('First run of this cell.')).not.toBeNull();
  });

  it('says in a line that nothing has changed', () => {
    const { container } = show({ since_last: differenceOf() });

    expect(screen.getByText('nothing has changed.')).not.toBeNull();
    expect(container.querySelector('details')).toBeNull();
  });

  it('leads to the earlier run without opening the details', () => {
    const { container, opened } = show({
      since_last: differenceOf({
        params: [{ key: 'lr', before: 0.1, after: 0.2 }]
      })
    });
    fireEvent.click(screen.getByRole('button', { name: 'Since the last run' }));

    expect(opened).toEqual(['before']);
    expect(container.querySelector('details')?.open).toBe(false);
    expect(screen.getByText('lr 0.1 → 0.2')).not.toBeNull();
  });

  it('says that only code could be compared', () => {
    show({ since_last: differenceOf({ is_code_only_seen: true }) });
    expect(screen.getByText('(only code could be compared)')).not.toBeNull();
  });

  it('says what failed', () => {
    const { retry } = show({}, 'The store is away.');
    expect(screen.getByRole('alert').textContent).toContain('away');
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalled();
  });
});

describe('StaleMark', () => {
  it('shows reasons as text, and leads to the newer run', () => {
    const opened: string[] = [];
    render(
      <StaleMark
        open={id => opened.push(id)}
        reasons={[
          {
            kind: 'upstream',
            detail: '<img src=x onerror=1> was run again.',
            run_id: 'newer',
            cell_id: null,
            name: null
          }
        ]}
        trans={trans}
      />
    );
    fireEvent.click(screen.getByRole('button', { name: 'Open the newer run' }));

    expect(opened).toEqual(['newer']);
    expect(document.querySelector('img')).toBeNull();
  });

  it('says nothing while the result stands', () => {
    const { container } = render(
      <StaleMark open={() => undefined} reasons={[]} trans={trans} />
    );
    expect(container.textContent).toBe('');
  });
});

describe('FlagMarks', () => {
  it('says in words why a run may not repeat', () => {
    render(
      <FlagMarks
        open={() => undefined}
        run={makeRun({
          flags: [
            { kind: 'deleted_cell', name: 'df', run_id: null, cell_id: null }
          ]
        })}
        trans={trans}
      />
    );
    expect(
      screen.getByText(/“df” was written by a cell that is no longer/)
    ).not.toBeNull();
  });
});
