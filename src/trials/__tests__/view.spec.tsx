import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';

import type { ITrial } from '../../api/types';
import type { IDsinfraApi } from '../../tokens';
import { Layouts } from '../layouts';
import { TrialsModel } from '../model';
import type { ITrialsActions } from '../view';
import { TrialsView } from '../view';
import { makeTrial } from './makeTrial';

const trans = nullTranslator.load('dsinfra_jlab');

/** jsdom lays nothing out, so the table is told how large it is. */
beforeAll(() => {
  for (const [name, value] of [
    ['clientHeight', 400],
    ['clientWidth', 1200],
    ['offsetHeight', 400],
    ['offsetWidth', 1200]
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      value
    });
  }
  Element.prototype.scrollTo = () => undefined;
});

const SIGNAL = { connect: () => true, disconnect: () => true };

function apiOf(trials: ITrial[], failure: Error | null): IDsinfraApi {
  return {
    client: {
      clockOffset: 0,
      run: async () => ({ experiment_id: 'e1' }),
      trials: async () => {
        if (failure !== null) {
          throw failure;
        }
        return { columns: {}, items: trials, next_cursor: null };
      }
    },
    events: {
      runsChanged: SIGNAL,
      missed: SIGNAL,
      connectionChanged: SIGNAL,
      watch: () => ({ isDisposed: false, dispose: () => undefined })
    }
  } as unknown as IDsinfraApi;
}

const TRIALS = [3, 2, 1].map(count =>
  makeTrial({
    run_id: `r${count}`,
    execution_count: count,
    params: { lr: count / 10 },
    metrics: { acc: 1 - count / 10 },
    status: count === 2 ? 'error' : 'ok',
    error_name: count === 2 ? 'ValueError' : null
  })
);

describe('TrialsView', () => {
  let model: TrialsModel;
  let actions: { [name in keyof ITrialsActions]: jest.Mock };

  async function show(
    trials: ITrial[],
    failure: Error | null = null
  ): Promise<void> {
    model = new TrialsModel({
      api: apiOf(trials, failure),
      cellId: 'c1',
      layouts: new Layouts(null),
      notebookPath: 'a.ipynb'
    });
    actions = {
      open: jest.fn(),
      star: jest.fn(),
      showMenu: jest.fn(),
      compare: jest.fn(),
      exportCsv: jest.fn(),
      copy: jest.fn()
    };
    render(<Panel />);
    await act(async () => {
      model.isActive = true;
    });
  }

  afterEach(() => {
    model.dispose();
  });

  function Panel(): JSX.Element {
    const [, redraw] = React.useReducer((count: number) => count + 1, 0);
    React.useEffect(() => {
      model.stateChanged.connect(redraw);
      return () => void model.stateChanged.disconnect(redraw);
    }, []);
    return (
      <TrialsView
        model={model}
        actions={actions}
        loadCharts={async () => {
          throw new Error('no network');
        }}
        trans={trans}
        locale="en"
      />
    );
  }

  const grid = (): HTMLElement => screen.getByRole('grid', { name: 'Trials' });
  const press = (key: string, options: object = {}): void => {
    fireEvent.keyDown(grid(), { key, ...options });
  };
  const rows = (): HTMLElement[] => within(grid()).getAllByRole('row').slice(1);

  it('says that a cell was never run', async () => {
    await show([]);
    expect(screen.getByText('This cell has not been run yet')).toBeTruthy();
  });

  it('says why nothing can be shown, and tries again', async () => {
    await show([], new Error('store away'));
    expect(screen.getByRole('alert').textContent).toContain('store away');
    expect(screen.getByRole('button', { name: 'Retry' })).toBeTruthy();
  });

  it('says that nothing was read of the runs', async () => {
    await show([makeTrial()]);
    expect(
      screen.getByText(/^No parameters or metrics: only code, outputs/)
    ).toBeTruthy();
  });

  it('has a line for each run and a heading for each value', async () => {
    await show(TRIALS);
    expect(grid().getAttribute('aria-rowcount')).toBe('4');
    expect(
      screen.getAllByRole('columnheader').map(({ title }) => title)
    ).toEqual([
      'Run',
      'lr · parameter',
      'acc · metric · more is better',
      'Duration',
      'Code',
      'Error'
    ]);
    const [newest, failed] = rows();
    expect(within(newest!).getByText('0.3')).toBeTruthy();
    expect(within(failed!).getByText('ValueError')).toBeTruthy();
    const best = screen.getByRole('img', { name: 'best' }).parentElement;
    expect(best?.textContent).toBe('0.9');
  });

  it('is walked, sorted and opened by keyboard', async () => {
    await show(TRIALS);
    press('ArrowRight');
    press('ArrowUp');
    press('Enter');
    const lr = screen.getByRole('columnheader', { name: /lr/ });
    expect(lr.getAttribute('aria-sort')).toBe('ascending');
    expect(grid().getAttribute('aria-activedescendant')).toBe(lr.id);
    press('ArrowDown');
    press('Enter');
    expect(actions.open).toHaveBeenLastCalledWith('r1');
    press('s');
    expect(actions.star).toHaveBeenLastCalledWith('r1', true);
    press('F10', { shiftKey: true });
    expect(actions.showMenu.mock.calls[0]?.[0].run_id).toBe('r1');
  });

  it('selects by keyboard, and compares what is selected', async () => {
    await show(TRIALS);
    const compare = screen.getByRole<HTMLButtonElement>('button', {
      name: /^Compare/
    });
    expect(compare.disabled).toBe(true);
    press(' ');
    expect(rows()[0]?.getAttribute('aria-selected')).toBe('true');
    expect(compare.disabled).toBe(true);
    press('ArrowDown', { shiftKey: true });
    expect(compare.textContent).toBe('Compare (2)');
    fireEvent.click(compare);
    expect(actions.compare).toHaveBeenCalledWith(['r3', 'r2']);
    press('Escape');
    expect(model.selection.ids.size).toBe(0);
    press('a', { ctrlKey: true });
    expect(model.selection.ids.size).toBe(3);
  });

  it('says what is wrong with a filter, and what is left by a right one', async () => {
    await show(TRIALS);
    const box = screen.getByRole('searchbox', { name: 'Filter trials' });
    fireEvent.change(box, { target: { value: 'lrr<1' } });
    expect(screen.getByRole('alert').textContent).toBe(
      'No column is called “lrr”.'
    );
    expect(box.getAttribute('aria-invalid')).toBe('true');
    fireEvent.change(box, { target: { value: 'lr<0.25' } });
    expect(rows()).toHaveLength(2);
    expect(screen.getByText('2 of 3 runs')).toBeTruthy();
    fireEvent.change(box, { target: { value: 'lr>5' } });
    fireEvent.click(screen.getByRole('button', { name: 'Show all trials' }));
    expect(rows()).toHaveLength(3);
  });

  it('hides columns that are not wanted', async () => {
    await show(TRIALS);
    fireEvent.click(screen.getByRole('button', { name: 'Columns' }));
    const dialog = screen.getByRole('dialog', { name: 'Choose columns' });
    fireEvent.click(within(dialog).getByRole('checkbox', { name: /^lr/ }));
    expect(screen.queryByRole('columnheader', { name: /lr/ })).toBeNull();
    fireEvent.click(within(dialog).getByRole('button', { name: 'more ↑' }));
    expect(model.layout.lessIsBetter).toEqual({ acc: true });
    fireEvent.keyDown(dialog, { key: 'Escape' });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('says so when a chart cannot be loaded', async () => {
    await show(TRIALS);
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Parallel' }));
    });
    expect(screen.getByRole('alert').textContent).toContain('no network');
  });
});
