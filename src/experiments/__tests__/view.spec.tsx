import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../api/failures';
import { ExperimentsModel } from '../model';
import type { IExperimentsActions } from '../view';
import { ExperimentsView } from '../view';
import {
  MemoryApi,
  makeExperiment,
  makeHealth,
  makeRun,
  settle
} from './memoryApi';

const trans = nullTranslator.load('dsinfra_jlab');

/** jsdom lays nothing out, so the list is told how high it is. */
const HEIGHT = 240;

beforeAll(() => {
  for (const [name, value] of [
    ['clientHeight', HEIGHT],
    ['clientWidth', 300]
  ] as const) {
    Object.defineProperty(Element.prototype, name, {
      configurable: true,
      value
    });
  }
  // jsdom has no scrolling; the list only has to be able to ask for it.
  Element.prototype.scrollTo = () => undefined;
});

describe('ExperimentsView', () => {
  let api: MemoryApi;
  let model: ExperimentsModel;
  let actions: { [name in keyof IExperimentsActions]: jest.Mock };

  beforeEach(() => {
    api = new MemoryApi();
    model = new ExperimentsModel({ api });
    actions = {
      open: jest.fn(),
      rename: jest.fn(),
      remove: jest.fn(),
      star: jest.fn(),
      showMenu: jest.fn(),
      showSaved: jest.fn(),
      showHelp: jest.fn(),
      startRecording: jest.fn()
    };
  });

  afterEach(() => {
    model.dispose();
  });

  function Panel(): JSX.Element {
    const [, setCount] = React.useState(0);
    React.useEffect(() => {
      const update = (): void => setCount(count => count + 1);
      model.stateChanged.connect(update);
      return () => void model.stateChanged.disconnect(update);
    }, []);
    return (
      <ExperimentsView
        model={model}
        actions={actions}
        trans={trans}
        locale="en"
        kernelTitle={name => `Kernel ${name}`}
      />
    );
  }

  async function show(): Promise<void> {
    render(<Panel />);
    await act(async () => {
      model.isActive = true;
      await settle();
    });
  }

  function fill(cells: number): void {
    api.client.experimentList = [makeExperiment()];
    api.client.runList = [
      makeRun({
        id: 's1',
        kind: 'session',
        status: 'running',
        parent_id: null,
        child_count: cells
      }),
      ...Array.from({ length: cells }, (_, index) =>
        makeRun({ id: `r${index}`, code_line: `step_${index}()` })
      )
    ];
  }

  function lines(): HTMLElement[] {
    return screen.getAllByRole('treeitem');
  }

  function selected(): string | null {
    const line = lines().find(
      item => item.getAttribute('aria-selected') === 'true'
    );
    return line?.textContent ?? null;
  }

  function press(key: string): void {
    fireEvent.keyDown(screen.getByRole('tree'), { key });
  }

  it('shows lines on their way, then says what to do if there are none', async () => {
    render(<Panel />);
    expect(screen.getByLabelText('Loading runs')).not.toBeNull();

    await act(async () => {
      model.isActive = true;
      await settle();
    });

    expect(screen.getByText('No runs yet')).not.toBeNull();
    expect(screen.getByText(/Run a cell/)).not.toBeNull();
  });

  it('says why runs could not be loaded, and tries again', async () => {
    api.client.failure = new ApiError('The disk is gone.', 'unavailable', 503);
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'The disk is gone.'
    );

    fill(1);
    api.client.failure = null;
    await act(async () => {
      fireEvent.click(screen.getByText('Retry'));
      await settle();
    });

    expect(screen.getByText('step_0()')).not.toBeNull();
  });

  it('says how to enable a server extension that is missing', async () => {
    api.state = 'missing';
    api.client.failure = new ApiError('Nothing there.', 'missing', 404);
    await show();

    expect(
      screen.getByText('jupyter server extension enable dsinfra_jlab')
    ).not.toBeNull();
  });

  it('shows runs under a degraded server, with the reasons', async () => {
    fill(1);
    api.client.healthValue = makeHealth({
      status: 'degraded',
      reasons: ['The disk is full.']
    });
    await show();

    expect(screen.getByText('The disk is full.')).not.toBeNull();
    expect(screen.getByText('step_0()')).not.toBeNull();
  });

  it('describes the tree to those who hear it', async () => {
    fill(2);
    await show();

    const [experiment, session, run] = lines();
    expect(experiment!.getAttribute('aria-level')).toBe('1');
    expect(experiment!.getAttribute('aria-expanded')).toBe('true');
    expect(session!.textContent).toContain('Kernel python3');
    expect(run!.getAttribute('aria-level')).toBe('3');
    expect(run!.hasAttribute('aria-expanded')).toBe(false);
    expect(screen.getAllByLabelText('Succeeded')).toHaveLength(2);
  });

  it.each([
    ['queued', 'Queued'],
    ['running', 'Running'],
    ['error', 'Failed'],
    ['aborted', 'Not run'],
    ['interrupted', 'Interrupted'],
    ['kernel_died', 'Kernel died'],
    ['lost', 'Lost']
  ] as const)('names the status %s: %s', async (status, label) => {
    fill(1);
    api.client.runList[1] = makeRun({ status });
    await show();

    // A chip is called Running as well, but it is no image.
    expect(screen.getByRole('img', { name: label })).not.toBeNull();
  });

  it('keeps but the visible lines in the document', async () => {
    fill(499);
    await show();

    expect(model.rows).toHaveLength(501);
    expect(lines().length).toBeLessThan(60);
  });

  it('is walked by keyboard', async () => {
    fill(3);
    await show();
    fireEvent.focus(screen.getByRole('tree'));
    expect(selected()).toContain('train.ipynb');

    press('ArrowDown');
    press('ArrowRight');
    expect(selected()).toContain('step_0()');
    press('End');
    expect(selected()).toContain('step_2()');
    press('ArrowDown');
    expect(selected()).toContain('step_2()');
    press('ArrowLeft');
    expect(selected()).toContain('Kernel python3');
    press('ArrowLeft');
    expect(lines()).toHaveLength(2);
    press('Home');
    expect(selected()).toContain('train.ipynb');

    const active = screen
      .getByRole('tree')
      .getAttribute('aria-activedescendant');
    expect(document.getElementById(active ?? '')?.textContent).toContain(
      'train.ipynb'
    );
  });

  it.each([
    ['Enter', 'open'],
    ['F2', 'rename'],
    ['Delete', 'remove'],
    ['ContextMenu', 'showMenu']
  ] as const)('does with %s what it stands for: %s', async (key, action) => {
    fill(1);
    await show();
    await act(async () => {
      model.selectedKey = 'r0';
      await settle();
    });

    press(key);

    expect(actions[action]).toHaveBeenCalledTimes(1);
    expect(actions[action].mock.calls[0][0]).toMatchObject({
      run: { id: 'r0' }
    });
  });

  it('opens a run with a double click, and closes an experiment with one', async () => {
    fill(1);
    await show();

    fireEvent.doubleClick(screen.getByText('step_0()'));
    expect(actions.open).toHaveBeenCalledTimes(1);

    fireEvent.click(screen.getByText('train.ipynb'), { detail: 1 });
    expect(lines()).toHaveLength(1);
  });

  it('stars a run without opening or selecting another', async () => {
    fill(1);
    await show();

    const [, star] = screen.getAllByLabelText('Star');
    act(() => void fireEvent.click(star!));

    expect(actions.star).toHaveBeenCalledWith('r0', true);
    expect(model.selectedKey).toBeNull();
  });

  it('shows text of a kernel as text', async () => {
    fill(1);
    api.client.runList[1] = makeRun({
      code_line: '<img src=x onerror=alert(1)>'
    });
    await show();

    expect(screen.getByText('<img src=x onerror=alert(1)>')).not.toBeNull();
    expect(document.querySelector('.jp-DsinfraTree img')).toBeNull();
  });

  it('searches when typing pauses, and at once with Enter', async () => {
    fill(1);
    await show();
    jest.useFakeTimers();
    const input = screen.getByLabelText('Search runs');

    fireEvent.change(input, { target: { value: 'st' } });
    fireEvent.change(input, { target: { value: 'step' } });
    expect(model.query).toBe('');
    act(() => void jest.advanceTimersByTime(400));
    expect(model.query).toBe('step');

    fireEvent.change(input, { target: { value: 'step_0' } });
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(model.query).toBe('step_0');

    fireEvent.keyDown(input, { key: 'Escape' });
    expect(model.query).toBe('');
    jest.useRealTimers();
    await act(settle);
  });

  it('marks the place of a wrong query', async () => {
    fill(1);
    await show();

    await act(async () => {
      model.query = 'fit stauts:error';
      await settle();
    });

    expect(screen.getByRole('alert').textContent).toContain(
      'stauts is no field.'
    );
    expect(document.querySelector('mark')?.textContent).toBe('s');
    expect(
      screen.getByLabelText('Search runs').getAttribute('aria-invalid')
    ).toBe('true');
  });

  it('offers a way out of a search without result', async () => {
    fill(1);
    await show();
    await act(async () => {
      fireEvent.click(screen.getByText('Starred'));
      await settle();
    });
    expect(screen.getByText('No run matches')).not.toBeNull();
    expect(screen.getByText('Starred').getAttribute('aria-pressed')).toBe(
      'true'
    );

    await act(async () => {
      fireEvent.click(screen.getByText('Show all runs'));
      await settle();
    });

    expect(screen.getByText('step_0()')).not.toBeNull();
  });
});
