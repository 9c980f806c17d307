import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../api/failures';
import type { IJob } from '../../api/types';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { GroupBook } from '../groups';
import { JobBook } from '../jobs';
import { ComputeModel } from '../model';
import { TargetBook } from '../targets';
import type { IComputeActions } from '../view';
import { ComputeView } from '../view';
import {
  MemoryCompute,
  makeEnded,
  makeGroup,
  makeJob,
  makePreflight,
  makeTarget
} from './memoryCompute';

const trans = nullTranslator.load('dsinfra_jlab');

beforeAll(() => {
  // A list draws the lines that it has room for, of which there is none in a test.
  for (const name of ['clientHeight', 'offsetHeight'] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => 440
    });
  }
  Element.prototype.scrollTo = () => undefined;
});

describe('ComputeView', () => {
  let api: MemoryApi;
  let client: MemoryCompute;
  let groups: GroupBook;
  let jobs: JobBook;
  let model: ComputeModel;
  let actions: { [name in keyof IComputeActions]: jest.Mock };

  beforeEach(() => {
    api = new MemoryApi();
    client = new MemoryCompute();
    actions = {
      start: jest.fn(),
      stop: jest.fn(),
      scale: jest.fn(),
      edit: jest.fn(),
      openDashboard: jest.fn(),
      showTargetMenu: jest.fn(),
      open: jest.fn(),
      cancel: jest.fn(),
      retry: jest.fn(),
      review: jest.fn(),
      forget: jest.fn(),
      showJobMenu: jest.fn(),
      cancelGroup: jest.fn(),
      retryGroup: jest.fn(),
      showGroupMenu: jest.fn()
    };
    jobs = new JobBook({ api, client });
    groups = new GroupBook({ api, client, isSingle: () => false, interval: 0 });
    model = new ComputeModel({
      api,
      groups,
      jobs,
      targets: new TargetBook({ api, client })
    });
  });

  afterEach(() => model.dispose());

  function Section(): JSX.Element {
    const [, setCount] = React.useState(0);
    React.useEffect(() => {
      const update = (): void => setCount(count => count + 1);
      model.stateChanged.connect(update);
      return () => void model.stateChanged.disconnect(update);
    }, []);
    return (
      <ComputeView model={model} actions={actions} trans={trans} locale="en" />
    );
  }

  async function show(list: IJob[] = []): Promise<void> {
    client.jobList = list;
    await act(async () => {
      render(<Section />);
      model.isActive = true;
      await settle();
    });
  }

  it('shows lines in place of what is on its way', () => {
    render(<Section />);
    expect(
      screen.getByRole('status', { name: 'Loading targets and jobs' })
    ).toBeTruthy();
  });

  it('explains how to send a cell while there are no jobs', async () => {
    await show();
    expect(screen.getByText('No jobs yet')).toBeTruthy();
    expect(screen.getByText(/choose “Run on”/)).toBeTruthy();
    expect(screen.queryByRole('tree')).toBeNull();
  });

  it('says what failed and asks again', async () => {
    client.failure = new ApiError('The store is away.', 'unavailable', 503);
    await show();
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain('The store is away.');
    client.failure = null;
    await act(async () => {
      fireEvent.click(within(alert).getByRole('button', { name: 'Retry' }));
      await settle();
    });
    expect(screen.getByText('No jobs yet')).toBeTruthy();
  });

  it('says what to do where the server extension is missing', async () => {
    api.state = 'missing';
    client.failure = new ApiError('It does not answer.', 'missing', 404);
    await show();
    expect(
      screen.getByText('jupyter server extension enable dsinfra_jlab')
    ).toBeTruthy();
  });

  it('leaves what it knows standing when the server goes away', async () => {
    await show([makeJob()]);
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await act(() => model.refresh());
    expect(screen.getByText('Out of date: Away.')).toBeTruthy();
    expect(screen.getByRole('treeitem')).toBeTruthy();
  });

  it('shows what is free of a target', async () => {
    client.targetList = [
      makeTarget({
        capacity: {
          workers: 4,
          cpus: 64,
          memory_bytes: 512e9,
          gpus: 4,
          free_workers: 1,
          free_cpus: 30,
          free_memory_bytes: 300e9,
          free_gpus: 1,
          queued_jobs: 0,
          running_jobs: 3,
          session_kernels: 2,
          group_kernels: 1
        }
      })
    ];
    await show();
    const target = screen.getByRole('listitem', { name: 'local' });
    const text = (name: string): string | null =>
      within(target)
        .getByRole('meter', { name })
        .getAttribute('aria-valuetext');
    expect(text('Workers')).toBe('3 of 4 busy');
    expect(text('CPU')).toBe('30 of 64 free');
    expect(text('Memory')).toBe('300 of 512 GB free');
    expect(text('GPU')).toBe('1 of 4 free');
    expect(target.textContent).toContain('2 for notebooks, 1 for maps');
    fireEvent.click(within(target).getByRole('button', { name: 'Stop local' }));
    expect(actions.stop).toHaveBeenCalledWith(client.targetList[0]);
  });

  it('offers of a target only what its engine can do', async () => {
    client.targetList = [
      makeTarget({ capabilities: [], dashboard_url: '/proxy/8787' }),
      makeTarget({ name: 'off', state: 'stopped', capacity: null })
    ];
    await show();
    const [first, second] = screen.getAllByRole('listitem');
    const names = (place: HTMLElement | undefined): (string | null)[] =>
      within(place as HTMLElement)
        .getAllByRole('button')
        .map(button => button.getAttribute('aria-label'));
    expect(names(first)).toEqual([
      'Open the dashboard of local',
      'More actions for local'
    ]);
    expect(names(second)).toEqual(['Start off', 'More actions for off']);
  });

  it('says why a target failed, and what can be done', async () => {
    client.targetList = [
      makeTarget({
        state: 'failed',
        capacity: null,
        detail: 'tls://10.0.4.2:8786 does not answer.'
      })
    ];
    await show();
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain('does not answer');
    fireEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    fireEvent.click(within(alert).getByRole('button', { name: 'Edit…' }));
    expect(actions.start).toHaveBeenCalledTimes(1);
    expect(actions.edit).toHaveBeenCalledTimes(1);
  });

  it('scales once for clicks in a row', async () => {
    jest.useFakeTimers();
    try {
      await show();
      const stepper = screen.getByRole('group', { name: 'Workers of local' });
      const more = within(stepper).getByRole('button', { name: 'One more' });
      fireEvent.click(more);
      fireEvent.click(more);
      fireEvent.click(more);
      expect(within(stepper).getByRole('spinbutton')).toHaveProperty(
        'value',
        '5'
      );
      expect(actions.scale).not.toHaveBeenCalled();
      act(() => void jest.advanceTimersByTime(1000));
      expect(actions.scale).toHaveBeenCalledTimes(1);
      expect(actions.scale).toHaveBeenCalledWith(client.targetList[0], 5);
    } finally {
      jest.useRealTimers();
    }
  });

  it('groups jobs, and says of each where it runs and how far it came', async () => {
    await show([
      makeJob({ progress_ratio: 0.42, progress_text: 'epoch 9' }),
      makeJob({
        id: 'next',
        state: 'queued',
        started_at: null,
        queue_place: 0
      }),
      makeEnded({ id: 'ok', name: 'baseline', cost: 0.042, currency: 'EUR' }),
      makeEnded({ id: 'bad', state: 'error', detail: 'KeyError: price.' })
    ]);
    expect(screen.getByText('Open (2)')).toBeTruthy();
    expect(screen.getByText('Ended')).toBeTruthy();
    const [running, next, ok] = screen.getAllByRole('treeitem');
    expect(
      within(running as HTMLElement)
        .getByRole('progressbar')
        .getAttribute('aria-valuenow')
    ).toBe('42');
    expect(running?.textContent).toContain('train.ipynb on local');
    expect(next?.textContent).toContain('Next in queue');
    const named = ok?.textContent ?? '';
    expect(named).toContain('1 min');
    expect(screen.getByText('baseline')).toBeTruthy();
    expect(screen.getByText('0.042 EUR')).toBeTruthy();
    expect(screen.getByRole('img', { name: 'Failed' })).toBeTruthy();
    expect(screen.getByText('KeyError: price')).toBeTruthy();
  });

  it('is walked, opened and cancelled by keyboard', async () => {
    const list = [makeJob(), makeEnded({ id: 'j2' })];
    await show(list);
    const box = screen.getByRole('tree', { name: 'Jobs' });
    fireEvent.focus(box);
    expect(model.selectedId).toBe('j1');
    fireEvent.keyDown(box, { key: 'Delete' });
    expect(actions.cancel).toHaveBeenCalledWith(list[0]);
    fireEvent.keyDown(box, { key: 'ArrowDown' });
    expect(model.selectedId).toBe('j2');
    expect(box.getAttribute('aria-activedescendant')).toBe(
      screen.getAllByRole('treeitem')[1]?.id
    );
    fireEvent.keyDown(box, { key: 'Enter' });
    expect(actions.open).toHaveBeenCalledWith(list[1]);
    fireEvent.keyDown(box, { key: 'Delete' });
    expect(actions.forget).toHaveBeenCalledWith(list[1]);
    fireEvent.keyDown(box, { key: 'F10', shiftKey: true });
    expect(actions.showJobMenu).toHaveBeenCalledTimes(1);
    fireEvent.keyDown(box, { key: 'Home' });
    expect(model.selectedId).toBe('j1');
  });

  it('lets a job that waits for a word be reviewed', async () => {
    const job = makeJob({
      state: 'queued',
      started_at: null,
      preflight: makePreflight()
    });
    await show([job]);
    fireEvent.click(screen.getByRole('button', { name: 'Review…' }));
    expect(actions.review).toHaveBeenCalledWith(job);
  });

  it('tells those who do not see it when a job ends', async () => {
    await show([makeJob({ name: 'baseline' })]);
    client.jobList = [makeEnded({ name: 'baseline' })];
    await act(async () => {
      api.events.received.emit({
        type: 'job',
        job_ids: ['j1'],
        is_complete: true,
        seq: 1
      });
      await settle();
    });
    expect(screen.getByText('baseline: Succeeded')).toBeTruthy();
  });

  it('shows a map as one line that opens to its items', async () => {
    client.groupList = [
      makeGroup({
        counts: { ok: 41, error: 1, running: 2, queued: 16 },
        cost: 0.02,
        currency: 'EUR'
      })
    ];
    client.itemList = [
      makeEnded({
        id: 'i1',
        group_id: 'g1',
        name: 'train(7)',
        state: 'error',
        detail: 'ValueError: 7.'
      }),
      makeJob({ id: 'i2', group_id: 'g1', name: 'train(8)' })
    ];
    await show([makeJob()]);
    expect(screen.getByText('Open (19)')).toBeTruthy();
    const group = screen.getByRole('treeitem', { expanded: false });
    expect(group.textContent).toContain('sweep.ipynb on local');
    expect(group.textContent).toContain('42 of 60 · 1 failed · 0.02 EUR');
    const bar = within(group).getByRole('progressbar');
    expect(bar.getAttribute('aria-valuenow')).toBe('42');
    expect(bar.getAttribute('aria-valuetext')).toBe(
      'Failed: 1, Running: 2, Queued: 16, Succeeded: 41'
    );
    await act(async () => {
      fireEvent.click(group);
      await settle();
    });
    expect(group.getAttribute('aria-expanded')).toBe('true');
    const names = screen
      .getAllByRole('treeitem')
      .filter(line => line.getAttribute('aria-level') === '2')
      .map(line => line.querySelector('.jp-DsinfraJobs-title')?.textContent);
    expect(names).toEqual(['train(7)', 'train(8)']);
    fireEvent.click(
      within(group).getByRole('button', {
        name: 'Cancel all that have not ended'
      })
    );
    expect(actions.cancelGroup).toHaveBeenCalledWith(client.groupList[0]);
    fireEvent.click(
      within(group).getByRole('button', { name: 'Run the failed ones again' })
    );
    expect(actions.retryGroup).toHaveBeenCalledWith(client.groupList[0]);
    // Buttons of its line do not close it.
    expect(group.getAttribute('aria-expanded')).toBe('true');
  });

  it('walks into and out of a group by keyboard', async () => {
    client.groupList = [makeGroup()];
    client.itemList = [makeJob({ id: 'i1', group_id: 'g1' })];
    await show([]);
    const tree = screen.getByRole('tree', { name: 'Jobs' });
    const press = (key: string): Promise<void> =>
      act(async () => {
        fireEvent.keyDown(tree, { key });
        await settle();
      });
    fireEvent.focus(tree);
    expect([model.selectedGroupId, model.selectedJobId]).toEqual(['g1', null]);
    await press('ArrowRight');
    expect(screen.getAllByRole('treeitem')).toHaveLength(2);
    await press('ArrowRight');
    expect([model.selectedGroupId, model.selectedJobId]).toEqual([null, 'i1']);
    await press('Enter');
    expect(actions.open).toHaveBeenCalledWith(client.itemList[0]);
    await press('ArrowLeft');
    expect(model.selectedId).toBe('g1');
    await press('Delete');
    expect(actions.cancelGroup).toHaveBeenCalledTimes(1);
    await press('ContextMenu');
    expect(actions.showGroupMenu).toHaveBeenCalledTimes(1);
    await press('ArrowLeft');
    expect(screen.getAllByRole('treeitem')).toHaveLength(1);
  });

  it('draws a screenful of a map of ten thousand, and reads its items in pages', async () => {
    client.groupList = [makeGroup({ counts: { queued: 10_000 } })];
    client.itemList = Array.from({ length: 10_000 }, (_, index) =>
      makeJob({ id: `i${index}`, group_id: 'g1', state: 'queued' })
    );
    await show([]);
    await act(async () => {
      fireEvent.click(screen.getByRole('treeitem'));
      await settle();
    });
    const count = screen.getAllByRole('treeitem').length;
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(60);
    const read = client.requests.filter(asked => asked.startsWith('items'));
    expect(read.length).toBeLessThan(4);
    expect(screen.getByText('Open (10,000)')).toBeTruthy();
  });

  it('tells those who do not see it how a map ended', async () => {
    client.groupList = [makeGroup()];
    await show([]);
    client.groupList = [makeGroup({ counts: { ok: 2, error: 1 } })];
    await act(() => groups.refresh());
    expect(screen.getByText('train: Failed: 1, Succeeded: 2')).toBeTruthy();
  });

  it('draws a screenful of a thousand jobs', async () => {
    await show(
      Array.from({ length: 1000 }, (_, index) => makeJob({ id: `j${index}` }))
    );
    const count = screen.getAllByRole('treeitem').length;
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(60);
    expect(screen.getByText('Open (1,000)')).toBeTruthy();
  });
});
