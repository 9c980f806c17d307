import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { ErrorsModel } from '../model';
import { groupDetails, splitTitle, trendText } from '../rowView';
import type { IErrorsActions } from '../view';
import { ErrorsView } from '../view';
import { MemoryErrors, makeGroup } from './memoryErrors';

const trans = nullTranslator.load('dsinfra_jlab');

beforeAll(() => {
  // jsdom lays nothing out, so the list is told how high it is.
  for (const [name, value] of [
    ['clientHeight', 440],
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

describe('ErrorsView', () => {
  let api: MemoryApi;
  let client: MemoryErrors;
  let model: ErrorsModel;
  let actions: { [name in keyof IErrorsActions]: jest.Mock };

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryErrors();
    model = new ErrorsModel({ api, client });
    actions = {
      open: jest.fn(),
      resolve: jest.fn(),
      showMenu: jest.fn(),
      showSaved: jest.fn()
    };
  });

  afterEach(() => {
    model.dispose();
  });

  function Section(): JSX.Element {
    const [, setCount] = React.useState(0);
    React.useEffect(() => {
      const update = (): void => setCount(count => count + 1);
      model.stateChanged.connect(update);
      return () => void model.stateChanged.disconnect(update);
    }, []);
    return (
      <ErrorsView model={model} actions={actions} trans={trans} locale="en" />
    );
  }

  async function show(): Promise<void> {
    render(<Section />);
    await act(async () => {
      model.isActive = true;
      await settle();
    });
  }

  async function choose(label: string, value: string): Promise<void> {
    await act(async () => {
      fireEvent.change(screen.getByLabelText(label), { target: { value } });
      await settle();
    });
  }

  const lines = (): HTMLElement[] => screen.getAllByRole('option');
  const list = (): HTMLElement => screen.getByRole('listbox');
  const press = (key: string, more = {}): boolean =>
    fireEvent.keyDown(list(), { key, ...more });

  /** The lines of groups: the choices of a select are options too. */
  const groups = (): HTMLElement[] =>
    lines().filter(line => line.closest('[role=listbox]') !== null);
  const selected = (): string | undefined =>
    groups().find(line => line.getAttribute('aria-selected') === 'true')?.id;

  function fill(): void {
    client.groupList = [
      makeGroup({
        id: 'g1',
        title: "KeyError: 'price'",
        state: 'new',
        count: 12,
        notebooks: ['a/one.ipynb', 'two.ipynb'],
        notebook_count: 2
      }),
      makeGroup({
        id: 'g2',
        title: 'MemoryError',
        ename: 'MemoryError',
        severity: 'critical',
        category: 'memory'
      }),
      makeGroup({ id: 'g3', state: 'resolved' })
    ];
  }

  it('shows lines on their way, then that nothing failed', async () => {
    render(<Section />);
    expect(screen.getByLabelText('Loading errors')).not.toBeNull();
    await act(async () => {
      model.isActive = true;
      await settle();
    });
    expect(screen.getByText('No errors')).not.toBeNull();

    fireEvent.click(screen.getByText('Show resolved and ignored'));
    await act(settle);
    expect(model.filter.state).toBe('all');
    expect(screen.getByText('No errors yet')).not.toBeNull();
  });

  it('tells of a group what it is, how it stands, where and how often', async () => {
    fill();
    await show();
    const [first, second] = groups();
    expect(groups()).toHaveLength(2);
    expect(first!.textContent).toContain("KeyError 'price'");
    expect(first!.textContent).toContain('New');
    expect(first!.textContent).toContain('one.ipynb and 1 other');
    expect(first!.querySelector('[aria-label="12 times"]')).not.toBeNull();
    expect(first!.querySelector('[aria-label="Error"]')).not.toBeNull();
    expect(second!.querySelector('[aria-label="Critical"]')).not.toBeNull();
    // What is ongoing and happened once needs no mark.
    expect(second!.textContent).not.toContain('Ongoing');
    expect(second!.textContent).not.toContain('×');
  });

  it('shows text of a kernel as text', async () => {
    client.groupList = [makeGroup({ title: 'E: <img src=x>', ename: 'E' })];
    await show();
    expect(document.querySelector('img')).toBeNull();
    expect(groups()[0]!.textContent).toContain('<img src=x>');
  });

  it('is walked by keyboard, and opens with Enter', async () => {
    fill();
    await show();
    act(() => list().focus());
    expect(selected()).toBe(groups()[0]!.id);
    expect(list().getAttribute('aria-activedescendant')).toBe(selected());

    press('ArrowDown');
    press('ArrowDown');
    expect(selected()).toBe(groups()[1]!.id);
    press('Enter');
    expect(actions.open).toHaveBeenCalledWith(model.find('g2'));
    press('Home');
    press('Delete');
    expect(actions.resolve).toHaveBeenCalledWith(model.find('g1'));
    press('End');
    expect(selected()).toBe(groups()[1]!.id);
  });

  it('leaves keys alone that mean nothing here', async () => {
    fill();
    await show();
    act(() => list().focus());
    expect(press('x')).toBe(true);
    expect(press('ArrowDown', { ctrlKey: true })).toBe(true);
    expect(press('ArrowDown')).toBe(false);
  });

  it('shows its menu by pointer, by button and by keyboard', async () => {
    fill();
    await show();
    fireEvent.contextMenu(groups()[1]!, { clientX: 5, clientY: 7 });
    expect(actions.showMenu).toHaveBeenLastCalledWith(model.find('g2'), 5, 7);
    expect(model.selectedId).toBe('g2');

    fireEvent.click(screen.getAllByLabelText('More actions')[0]!);
    expect(actions.showMenu).toHaveBeenCalledTimes(2);
    expect(model.selectedId).toBe('g1');

    press('F10', { shiftKey: true });
    press('ContextMenu');
    press('F10');
    expect(actions.showMenu).toHaveBeenCalledTimes(4);
  });

  it('opens a group with a double click', async () => {
    fill();
    await show();
    fireEvent.doubleClick(groups()[0]!);
    expect(actions.open).toHaveBeenCalledWith(model.find('g1'));
  });

  it('restricts by each choice, and takes all back at once', async () => {
    fill();
    await show();
    expect(screen.queryByText('Clear')).toBeNull();
    await choose('State', 'all');
    expect(groups()).toHaveLength(3);
    await choose('Severity', 'critical');
    expect(groups()).toHaveLength(1);
    await choose('Category', 'shape');
    expect(screen.getByText('No error matches')).not.toBeNull();
    await choose('Last seen', 'hour');
    expect(model.filter).toMatchObject({
      state: 'all',
      severity: 'critical',
      category: 'shape',
      period: 'hour'
    });

    fireEvent.click(screen.getByText('Clear'));
    await act(settle);
    expect(groups()).toHaveLength(2);
    await choose('Severity', 'critical');
    await choose('Severity', '');
    expect(model.filter.severity).toBeNull();
  });

  it('searches with Enter, and goes on to the list with the arrow down', async () => {
    fill();
    await show();
    const box = screen.getByLabelText('Search errors');
    fireEvent.change(box, { target: { value: 'Memory' } });
    fireEvent.keyDown(box, { key: 'Enter' });
    await act(settle);
    expect(groups()).toHaveLength(1);
    act(() => void fireEvent.keyDown(box, { key: 'ArrowDown' }));
    expect(document.activeElement).toBe(list());
  });

  it('says that there is no notebook in front', async () => {
    fill();
    await show();
    fireEvent.click(screen.getByText('This notebook'));
    await act(settle);
    expect(screen.getByText('No notebook is open')).not.toBeNull();
    fireEvent.click(screen.getByText('Show all notebooks'));
    await act(settle);
    expect(groups()).toHaveLength(2);
  });

  it('says why nothing could be loaded, and tries again', async () => {
    client.failure = new ApiError('The disk is full.', 'unavailable', 503);
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'The disk is full.'
    );
    client.failure = null;
    fireEvent.click(screen.getByText('Retry'));
    await act(settle);
    expect(screen.getByText('No errors')).not.toBeNull();
  });

  it('says that what it shows is out of date', async () => {
    fill();
    await show();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await act(async () => {
      await model.refresh();
    });
    expect(screen.getByRole('alert').textContent).toContain(
      'Out of date: Away.'
    );
    expect(groups()).toHaveLength(2);
  });

  it('names the command that enables the server extension', async () => {
    api.state = 'missing';
    client.failure = new ApiError('Not there.', 'missing', 404);
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'jupyter server extension enable dsinfra_jlab'
    );
  });

  it('draws only what is seen of very many', async () => {
    client.groupList = Array.from({ length: 1200 }, (_, index) =>
      makeGroup({ id: `g${index}` })
    );
    await show();
    expect(groups().length).toBeLessThan(60);
    expect(model.hasMore).toBe(true);
  });

  it('shows the saved views beside their button', async () => {
    await show();
    fireEvent.click(screen.getByLabelText('Saved views'));
    expect(actions.showSaved).toHaveBeenCalledTimes(1);
  });
});

describe('splitTitle', () => {
  it.each([
    ['KeyError', "KeyError: 'a'", ['KeyError', "'a'"]],
    ['KeyError', 'KeyError', ['KeyError', '']],
    ['', 'Kernel killed', ['', 'Kernel killed']],
    ['Error', 'ErrorGroup: x', ['', 'ErrorGroup: x']],
    ['ValueError', 'worker: ValueError', ['', 'worker: ValueError']]
  ])('tells %p from the message of %p', (ename, title, parts) => {
    expect(splitTitle({ ename, title })).toEqual(parts);
  });
});

describe('trendText', () => {
  it.each([
    [[0, 0, 5, 1], 3600, '6 times in the last 4 hours'],
    [[0, 1], 3600, 'once in the last 2 hours'],
    [[2, 2, 2], 86_400, '6 times in the last 3 days']
  ])('says %j of %d seconds in words', (trend, bucket, text) => {
    expect(trendText({ trend, trend_bucket_s: bucket }, trans)).toBe(text);
  });
});

describe('groupDetails', () => {
  it('tells what the line has no room for', () => {
    const text = groupDetails(
      makeGroup({ diagnosis: 'Run cell 3 first.', state: 'regressed' }),
      { trans, locale: 'en' }
    );
    expect(text).toContain('Run cell 3 first.');
    expect(text).toContain('Key or index · Regressed');
    expect(text).toContain('work/train.ipynb');
    expect(text).toMatch(/First seen: .*2026/);
  });
});
