import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../../api/failures';
import { MemoryApi, settle } from '../../../experiments/__tests__/memoryApi';
import {
  MemoryErrors,
  makeGroup,
  makeTrend
} from '../../__tests__/memoryErrors';
import { TrendsModel } from '../model';
import type { ITrendsActions } from '../view';
import { TrendsView, bucketLabels } from '../view';

const trans = nullTranslator.load('dsinfra_jlab');

beforeAll(() => {
  // jsdom lays nothing out, so the charts are told how wide they are.
  Object.defineProperty(Element.prototype, 'clientWidth', {
    configurable: true,
    value: 600
  });
  window.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  };
});

describe('TrendsView', () => {
  let client: MemoryErrors;
  let model: TrendsModel;
  let actions: { [name in keyof ITrendsActions]: jest.Mock };

  beforeEach(() => {
    client = new MemoryErrors();
    client.groupList = [makeGroup({ id: 'g1', count: 7, state: 'escalating' })];
    model = new TrendsModel({ api: new MemoryApi(), client });
    actions = { open: jest.fn(), showState: jest.fn() };
  });

  afterEach(() => {
    model.dispose();
  });

  function Page(): JSX.Element {
    const [, setCount] = React.useState(0);
    React.useEffect(() => {
      const update = (): void => setCount(count => count + 1);
      model.stateChanged.connect(update);
      return () => void model.stateChanged.disconnect(update);
    }, []);
    return (
      <TrendsView model={model} actions={actions} trans={trans} locale="en" />
    );
  }

  async function show(): Promise<void> {
    render(<Page />);
    await act(async () => {
      model.isActive = true;
      await settle();
    });
  }

  const chart = (name: string): HTMLElement =>
    within(screen.getByRole('region', { name })).getByRole('group');

  it('draws a bar for each count, as high as it is', async () => {
    await show();
    const bars = [
      ...chart('Occurrences').querySelectorAll('.jp-DsinfraBars-bar')
    ];
    expect(bars).toHaveLength(3);
    const heights = bars.map(bar => Number(bar.getAttribute('height')));
    // lookup 1, syntax 2, lookup 4
    expect(heights[1]! / heights[0]!).toBeCloseTo(2);
    expect(heights[2]! / heights[0]!).toBeCloseTo(4);
    const legend = screen.getByLabelText('Occurrences by category');
    expect(legend.textContent).toBe('Key or index5Syntax2');
  });

  it('reads its bars by keyboard', async () => {
    await show();
    const canvas = chart('Occurrences');
    const reading = (): string =>
      canvas.parentElement!.querySelector('[role=status]')!.textContent!;
    fireEvent.keyDown(canvas, { key: 'ArrowLeft' });
    expect(reading()).toMatch(/: Key or index 4$/);
    fireEvent.keyDown(canvas, { key: 'Home' });
    fireEvent.keyDown(canvas, { key: 'ArrowRight' });
    expect(reading()).toMatch(/: Syntax 2$/);
    fireEvent.keyDown(canvas, { key: 'Escape' });
    expect(reading().trim()).toBe('');

    const groups = chart('New groups');
    fireEvent.keyDown(groups, { key: 'End' });
    expect(
      groups.parentElement!.querySelector('[role=status]')!.textContent
    ).toMatch(/: 0$/);
  });

  it('has the same numbers as a table, the newest first', async () => {
    await show();
    fireEvent.click(screen.getByText('Table'));
    const table = within(
      screen.getByRole('region', { name: 'Errors over time as a table' })
    );
    const rows = table
      .getAllByRole('row')
      .map(row =>
        [...row.querySelectorAll('td')].map(cell => cell.textContent)
      );
    expect(rows).toEqual([
      [],
      ['4', '4', '0', '0'],
      ['2', '0', '2', '1'],
      ['1', '1', '0', '1']
    ]);
  });

  it('leads from a state to its groups, and from a group to its view', async () => {
    await show();
    const states = within(screen.getByLabelText('Groups by state'));
    expect(states.getAllByRole('button')[0]!.textContent).toBe('2New');
    fireEvent.click(states.getAllByRole('button')[0]!);
    expect(actions.showState).toHaveBeenCalledWith('new');

    const top = within(screen.getByRole('region', { name: 'Most frequent' }));
    expect(top.getByText('Escalating')).not.toBeNull();
    fireEvent.click(top.getByRole('button', { name: /KeyError/ }));
    expect(actions.open).toHaveBeenCalledWith(model.content!.top[0]);
  });

  it('counts by day where that is wanted', async () => {
    await show();
    fireEvent.click(screen.getByText('By day'));
    await act(settle);
    expect(client.requests).toContain('trend?bucket=day');
    expect(screen.getByText('By day').getAttribute('aria-pressed')).toBe(
      'true'
    );
  });

  it('says that nothing has failed yet', async () => {
    client.trendValue = makeTrend({ categories: {}, state_counts: {} });
    await show();
    expect(screen.getByText('No errors yet')).not.toBeNull();
  });

  it('says why it has nothing, and tries again', async () => {
    client.failure = new ApiError('The disk is full.', 'unavailable', 503);
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'The disk is full.'
    );
    client.failure = null;
    fireEvent.click(screen.getByText('Retry'));
    await act(settle);
    expect(chart('Occurrences')).not.toBeNull();
  });
});

describe('bucketLabels', () => {
  it('names hours by the clock and days by the date of the server', () => {
    const day = '2026-11-22T00:00:00.000Z';
    expect(bucketLabels([day], 86_400, 'en')[0]).toEqual(['Nov 22']);
    expect(bucketLabels([day], 86_400, 'de_DE')[0]).toEqual(['22. Nov.']);
    expect(bucketLabels([day], 3600, '…')[0]![0]).toMatch(/^\d+ [AP]M$/);
  });
});
