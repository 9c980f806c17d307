import { nullTranslator } from '@jupyterlab/translation';
import {
  fireEvent,
  render,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import * as React from 'react';

import type { IErrorGroupPatch } from '../../../api/types';
import { makeRun } from '../../../experiments/run/__tests__/fixtures';
import { makeGroup } from '../../__tests__/memoryErrors';
import type { ErrorState } from '../model';
import { foldLabel } from '../tracebackView';
import type { IErrorViewProps } from '../view';
import { ErrorView } from '../view';
import {
  libraryFrame,
  makeFrame,
  makeHistory,
  makeRecord,
  noteActions
} from './fixtures';

const trans = nullTranslator.load('dsinfra_jlab');
const NOTHING = { value: null, failure: null, isLoading: false };
const READY: ErrorState = { kind: 'ready', group: makeGroup(), failure: null };

function show(props: Partial<IErrorViewProps> = {}) {
  const actions = noteActions();
  const patches: IErrorGroupPatch[] = [];
  const steps: number[] = [];
  const retry = jest.fn();
  render(
    <ErrorView
      actions={actions}
      current={makeRecord()}
      history={NOTHING}
      index={0}
      isLoading={false}
      locale="en"
      occurrencesFailure={null}
      patch={patch => {
        patches.push(patch);
        return Promise.resolve();
      }}
      retry={retry}
      retryHistory={retry}
      run={NOTHING}
      selectTab={() => undefined}
      state={READY}
      step={by => steps.push(by)}
      tab="traceback"
      total={1}
      trans={trans}
      viewId="v"
      {...props}
    />
  );
  return { actions, patches, retry, steps };
}

describe('ErrorView', () => {
  it('says that it loads, that it is gone, and why it failed', () => {
    show({ state: { kind: 'loading' } });
    expect(screen.getByRole('status', { name: /Loading/ })).not.toBeNull();
    show({ state: { kind: 'missing' } });
    expect(screen.getByText('No such error')).not.toBeNull();
    const { retry } = show({
      state: { kind: 'failed', failure: 'Disk full.' }
    });
    expect(screen.getByText('Disk full.')).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
    expect(retry).toHaveBeenCalled();
  });

  it('says why an error weighs another level, and nothing where it does not', () => {
    show();
    expect(screen.queryByText(/Weighs/)).toBeNull();
    const severity_reasons = ['remote', 'regressed'] as const;
    show({ current: makeRecord({ severity_reasons: [...severity_reasons] }) });
    expect(
      screen.getByText(
        'Weighs more: it ran away from the notebook. Weighs more: it had been resolved.'
      )
    ).not.toBeNull();
  });

  it('says that no occurrence is kept', () => {
    show({ current: null });
    expect(screen.getByText('No occurrence is kept')).not.toBeNull();
    show({ current: null, occurrencesFailure: 'The store is away.' });
    expect(screen.getByText('The store is away.')).not.toBeNull();
  });

  it('shows text of a kernel as text', () => {
    const evalue = '<img src=x onerror=1>';
    show({ current: makeRecord({ evalue, notes: [evalue] }) });
    expect(screen.getAllByText(evalue)).toHaveLength(2);
    expect(document.querySelector('img')).toBeNull();
  });

  it('folds a long message, and shows it whole when asked', () => {
    const evalue = `begin ${'x'.repeat(10_000)} end`;
    const { actions } = show({
      current: makeRecord({ evalue, evalue_chars: 5_000_000 })
    });
    expect(screen.queryByText(/ end$/)).toBeNull();
    expect(screen.getByText(/The message had 5,000,000/)).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: /Show whole/ }));
    expect(screen.getByText(/ end$/)).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Copy message' }));
    expect(actions.done).toEqual([['copy', `KeyError: ${evalue}`]]);
  });

  it('offers what advice says can be done, and nothing where it says nothing', () => {
    const record = makeRecord({
      diagnosis: 'Run the cell.',
      advice: [
        {
          text: 'Run the cell.',
          evidence: 'It was not run.',
          action: 'run_cell:c9'
        },
        { text: 'Look it up.', evidence: '', action: null },
        { text: 'Later.', evidence: '', action: 'fly_to:moon' }
      ]
    });
    const { actions } = show({ current: record });
    const diagnosis = screen.getByRole('region', { name: 'Diagnosis' });
    expect(within(diagnosis).getAllByText('Run the cell.')).toHaveLength(1);
    expect(within(diagnosis).getAllByRole('button')).toHaveLength(1);
    fireEvent.click(within(diagnosis).getByRole('button'));
    expect(actions.done).toEqual([
      ['advice', { kind: 'run_cell', cellId: 'c9' }, record]
    ]);
  });

  it('opens frames, and shows the variables of the selected one', () => {
    const variable = (name: string) => ({ name, type: 'int', summary: 'one' });
    const outer = makeFrame({ variables: [variable('first')] });
    const inner = makeFrame({
      kind: 'user',
      file: '/home/ana/helpers.py',
      function: 'load',
      line: 12,
      variables: [variable('second')]
    });
    const record = makeRecord({
      frames: [
        outer,
        inner,
        libraryFrame('pandas/a.py'),
        libraryFrame('pandas/b.py')
      ]
    });
    const { actions } = show({ current: record });
    expect(screen.getByRole('rowheader').textContent).toBe('second');
    const [first] = screen.getAllByRole('button', { name: '1 variable' });
    fireEvent.click(first!);
    expect(screen.getByRole('rowheader').textContent).toBe('first');

    expect(screen.queryByText(/pandas\/a.py/)).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: '2 frames in pandas' }));
    expect(screen.getByText('pandas/a.py, line 1')).not.toBeNull();
    fireEvent.click(
      screen.getByRole('button', { name: 'ana/helpers.py, line 12' })
    );
    expect(actions.done).toEqual([['openFrame', inner, record]]);
  });

  it('shows both ends of a very deep stack first', () => {
    const frames = Array.from({ length: 100 }, (_, index) =>
      makeFrame({ kind: 'user', file: '/a/b.py', line: index + 1 })
    );
    show({ current: makeRecord({ frames, frames_omitted: 1900 }) });
    const list = screen.getByRole('list', { name: /^Calls/ });
    expect(within(list).getAllByRole('listitem')).toHaveLength(21);
    expect(screen.getByText(/1900 calls in the middle/)).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Show 80 more calls' }));
    expect(within(list).getAllByRole('listitem')).toHaveLength(100);
  });

  it('says why there are no calls', () => {
    show({ current: makeRecord({ kind: 'kernel_death', frames: [] }) });
    expect(screen.getByText(/ended at once/)).not.toBeNull();
    show({ current: makeRecord({ frames: [] }) });
    expect(screen.getByText(/are not known/)).not.toBeNull();
  });

  it('tells how exceptions belong together', () => {
    const link = {
      relation: 'cause' as const,
      ename: 'OSError',
      evalue: 'disk',
      frames: [makeFrame({ source: 'open(path)' })],
      parent: null,
      notes: []
    };
    const inner = {
      ...link,
      relation: 'context' as const,
      ename: 'EOFError',
      parent: 0
    };
    show({ current: makeRecord({ chain: [link, inner] }) });
    expect(screen.getByText('Caused by')).not.toBeNull();
    expect(screen.getByText('While handling')).not.toBeNull();
    expect(screen.getByText('EOFError')).not.toBeNull();
  });

  it('steps, and not beyond the ends', () => {
    const { steps } = show({ total: 3, index: 0 });
    const newer = screen.getByRole('button', { name: 'Newer occurrence' });
    const older = screen.getByRole('button', { name: 'Older occurrence' });
    expect((newer as HTMLButtonElement).disabled).toBe(true);
    fireEvent.click(older);
    expect(steps).toEqual([1]);
    expect(screen.getByText('1 of 3')).not.toBeNull();
  });

  it('lets go of memory, for the newest occurrence only', async () => {
    const memory = { memory_held_bytes: 1_200_000_000 };
    show({ current: makeRecord({ ...memory, id: 'older' }) });
    expect(screen.queryByText(/Memory held/)).toBeNull();
    const { actions } = show({ current: makeRecord(memory) });
    expect(screen.getByText(/1.2 GB/)).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Release' }));
    await waitFor(() => screen.getByText(/Released/));
    expect(actions.done).toEqual([['release']]);
    expect(screen.queryByRole('button', { name: 'Release' })).toBeNull();
  });

  it('shows what stood around the error', () => {
    const { actions } = show({
      tab: 'context',
      current: makeRecord({
        operations: [
          {
            run_id: 'r0',
            cell_id: 'c0',
            execution_count: 2,
            names: ['frame'],
            code_line: 'frame = load()'
          }
        ],
        resources: {
          rss_bytes: 5e9,
          memory_used_bytes: 15e9,
          memory_limit_bytes: 16e9,
          memory_limit_source: 'machine',
          oom_kills: 1,
          trail: [
            { before_s: 60, rss_bytes: 1e9 },
            { before_s: 0, rss_bytes: 5e9 }
          ]
        }
      }),
      history: {
        ...NOTHING,
        value: makeHistory({
          changes: ['lr: 0.1 → 0.2'],
          last_success_run_id: 'ok',
          failed_run_id: 'r1'
        })
      },
      run: { ...NOTHING, value: makeRun({ params: { lr: 0.2 } }) }
    });
    fireEvent.click(screen.getByRole('button', { name: /frame = load/ }));
    fireEvent.click(screen.getByRole('button', { name: /^Compare/ }));
    expect(actions.done).toEqual([
      ['openRun', 'r0'],
      ['compare', ['ok', 'r1']]
    ]);
    expect(screen.getByText('15 GB of 16 GB (94 %)')).not.toBeNull();
    expect(
      screen.getByRole('img', { name: /last 60 s, at most 5/ })
    ).not.toBeNull();
    expect(screen.getByText('0.2')).not.toBeNull();
  });

  it('shows where a group was seen, and its family', () => {
    const { actions } = show({
      tab: 'history',
      history: {
        ...NOTHING,
        value: makeHistory({
          began_after: ['pandas 2.2 → 3.0'],
          notebooks: [
            {
              notebook_path: 'a.ipynb',
              count: 3,
              last_at: '2026-11-22T10:00:00Z'
            }
          ],
          params: { lr: Array.from({ length: 20 }, (_, index) => index) },
          family: [makeGroup({ id: 'g2', title: 'KeyError: other' })]
        })
      }
    });
    expect(screen.getByText('pandas 2.2 → 3.0')).not.toBeNull();
    expect(screen.getByText(/^0, 1, 2.*, …$/)).not.toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'a.ipynb' }));
    fireEvent.click(screen.getByRole('button', { name: /KeyError: other/ }));
    expect(actions.done).toEqual([
      ['openNotebook', 'a.ipynb'],
      ['openGroup', 'g2']
    ]);
  });

  it('keeps a runbook that could not be saved, and says why', async () => {
    show({
      tab: 'notes',
      patch: () => Promise.reject(new Error('The store is away.'))
    });
    fireEvent.click(screen.getByRole('button', { name: 'Edit: Runbook' }));
    const area = screen.getByRole('textbox', { name: 'Runbook' });
    fireEvent.change(area, { target: { value: '# Call Ana' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect((await screen.findByRole('alert')).textContent).toBe(
      'The store is away.'
    );
    expect((area as HTMLTextAreaElement).value).toBe('# Call Ana');
  });

  it('assigns with the keyboard', async () => {
    const { patches } = show({ tab: 'notes' });
    const input = screen.getByRole('textbox', { name: 'Assignee' });
    fireEvent.change(input, { target: { value: ' ana ' } });
    fireEvent.keyDown(input, { key: 'Enter' });
    await waitFor(() => expect(patches).toEqual([{ assignee: 'ana' }]));
  });
});

describe('foldLabel', () => {
  it.each([
    [1, [], '1 frame in libraries'],
    [2, ['pandas'], '2 frames in pandas'],
    [5, ['pandas', 'numpy'], '5 frames in pandas and numpy'],
    [9, ['a', 'b', 'c'], '9 frames in a and 2 more']
  ])('of %s frames in %j', (count, packages, text) => {
    expect(foldLabel(count, packages, trans)).toBe(text);
  });
});
