import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';

import { ApiError } from '../../api/failures';
import { MemoryApi, settle } from '../../experiments/__tests__/memoryApi';
import { AlertBook } from '../alerts';
import { SampleFeed } from '../feed';
import { ResourcesModel } from '../model';
import type { IResourcesActions } from '../view';
import { ResourcesView } from '../view';
import {
  AT,
  MemoryResources,
  makeKernelMemory,
  makeAlert,
  makeAlertDetails,
  makeGpu,
  makeHost,
  makeKernel,
  makeSnapshot
} from './memoryResources';

const trans = nullTranslator.load('dsinfra_jlab');

describe('ResourcesView', () => {
  let api: MemoryApi;
  let client: MemoryResources;
  let feed: SampleFeed;
  let model: ResourcesModel;
  let actions: { [name in keyof IResourcesActions]: jest.Mock };

  beforeEach(() => {
    Element.prototype.scrollIntoView = jest.fn();
    api = new MemoryApi();
    client = new MemoryResources();
    actions = {
      open: jest.fn(),
      showMenu: jest.fn(),
      interrupt: jest.fn(),
      snooze: jest.fn(),
      details: jest.fn(({ id }) => client.alertDetails(id)),
      wake: jest.fn(),
      mute: jest.fn()
    };
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  function Section(): JSX.Element {
    const [, setCount] = React.useState(0);
    React.useEffect(() => {
      const update = (): void => setCount(count => count + 1);
      model.stateChanged.connect(update);
      return () => void model.stateChanged.disconnect(update);
    }, []);
    return (
      <ResourcesView
        model={model}
        actions={actions}
        trans={trans}
        locale="en"
      />
    );
  }

  async function show(): Promise<void> {
    feed = new SampleFeed({ api, client });
    const alerts = new AlertBook({ api, client });
    model = new ResourcesModel({ api, alerts, client, feed });
    render(<Section />);
    expect(screen.getByLabelText('Loading resources')).not.toBeNull();
    await act(async () => {
      model.isActive = true;
      await settle();
    });
  }

  const lines = (): HTMLElement[] =>
    screen.getAllByRole('row').filter(row => row.dataset['kernel']);
  const meter = (name: string): HTMLElement =>
    screen.getByRole('meter', { name });

  it('says what is in use of what may be used, and who set the limit', async () => {
    await show();
    expect(meter('CPU').getAttribute('aria-valuetext')).toBe('1.0 of 2 CPUs');
    const memory = meter('Memory');
    expect(memory.getAttribute('aria-valuetext')).toBe('3.1 of 8.0 GB');
    expect(memory.getAttribute('aria-valuenow')).toBe('39');
    expect(memory.closest('[title]')?.getAttribute('title')).toContain(
      '/sys/fs/cgroup/user.slice'
    );
    expect(screen.getByText('40 of 100 GB')).not.toBeNull();
    expect(screen.getByText(/of one CPU/).textContent).toBe(
      'Read every 1.0 s · 0.11 % of one CPU · a look 0.4 ms, p95 1.0 ms'
    );
    expect(
      screen.getByText('Lag of the server <0.1 ms, p95 12 ms')
    ).not.toBeNull();
  });

  it('warns of memory that is nearly full, and of nothing that may be full', async () => {
    client.snapshot = makeSnapshot({
      host: makeHost({
        cpu_ratio: 1,
        memory_used_bytes: 7.8e9,
        disk_used_bytes: 90e9,
        throttled_ratio: 0.3
      }),
      memory_full_in_s: 95
    });
    await show();
    expect(meter('CPU').dataset['level']).toBe('normal');
    expect(meter('Memory').dataset['level']).toBe('critical');
    expect(meter('Disk').dataset['level']).toBe('high');
    expect(screen.getByText(/memory is full in 1 min/)).not.toBeNull();
    expect(screen.getByText(/holds processes back 30 %/)).not.toBeNull();
  });

  it('shows nothing for what is not known', async () => {
    client.snapshot = makeSnapshot({
      host: makeHost({ cpu_ratio: null, memory_used_bytes: null }),
      kernels: [
        makeKernel({
          cpu_ratio: null,
          rss_bytes: null,
          absent: 'It runs on another machine.'
        })
      ]
    });
    await show();
    expect(meter('CPU').hasAttribute('aria-valuenow')).toBe(false);
    expect(meter('Memory').dataset['unknown']).toBe('true');
    const cells = within(lines()[0]!).getAllByRole('gridcell');
    expect(cells[1]?.textContent).toBe('–');
    expect(cells[2]?.textContent).toBe('–');
    expect(lines()[0]?.textContent).toContain('It runs on another machine.');
  });

  it('says in a quiet line why there is no GPU, and shows no card', async () => {
    await show();
    expect(screen.getByText('No NVIDIA driver is installed.')).not.toBeNull();
    expect(screen.queryByRole('group', { name: /^GPU/ })).toBeNull();
    expect(screen.queryByText('GPU')).toBeNull();
  });

  it('keeps lines in their places while a pointer is on them', async () => {
    await show();
    const grid = screen.getByRole('treegrid', { name: 'Kernels' });
    fireEvent.pointerEnter(grid);
    expect(model.isHeld).toBe(true);
    fireEvent.pointerLeave(grid);
    expect(model.isHeld).toBe(false);
    fireEvent.pointerEnter(grid);
    client.snapshot = makeSnapshot({ kernels: [] });
    await act(async () => {
      model.refresh();
      await settle();
    });
    expect(screen.queryByRole('treegrid', { name: 'Kernels' })).toBeNull();
    expect(model.isHeld).toBe(false);
  });

  it('says what looking at GPUs costs where there are any', async () => {
    const { cost } = makeSnapshot();
    client.snapshot = makeSnapshot({ cost: { ...cost, gpu_p95_s: 0.003 } });
    await show();
    expect(screen.queryByText(/at GPUs/)).toBeNull();
    client.snapshot = { ...client.snapshot, gpus: [makeGpu()] };
    await act(async () => {
      model.refresh();
      await settle();
    });
    expect(screen.getByText(/ · at GPUs p95 3\.0 ms$/)).not.toBeNull();
  });

  it('tells what an hour costs with the digits of the language', async () => {
    client.snapshot = makeSnapshot({
      hourly_expense: {
        currency: 'EUR',
        total: 1217.5,
        kernels: {},
        idle: 0.4
      }
    });
    await show();
    expect(
      screen.getByText(
        'An hour costs 1,217.50 EUR, of it 0.40 EUR for what no kernel holds.'
      )
    ).not.toBeNull();
  });

  it('says what each kernel does', async () => {
    const at = Date.now();
    const ago = (seconds: number): string =>
      new Date(at - seconds * 1000).toISOString();
    client.snapshot = makeSnapshot({
      at: ago(0),
      kernels: [
        makeKernel({
          kernel_id: 'a',
          state: 'busy',
          running: {
            run_id: 'r1',
            cell_id: 'c1',
            execution_count: 7,
            started_at: ago(42)
          },
          cpu_ratio: 2.3,
          rss_bytes: 4e9
        }),
        makeKernel({
          kernel_id: 'b',
          rss_bytes: 3e9,
          last_activity_at: ago(720)
        }),
        makeKernel({ kernel_id: 'c', rss_bytes: 2e9, state: 'dead' }),
        makeKernel({ kernel_id: 'd', rss_bytes: 1e9, state: 'starting' })
      ]
    });
    await show();
    const texts = lines().map(line => line.textContent ?? '');
    expect(texts[0]).toContain('Runs [7] · 0:42');
    expect(texts[0]).toContain('230 %');
    expect(texts[1]).toContain('Idle for 12 min');
    expect(texts[2]).toContain('Dead');
    expect(texts[3]).toContain('Starting');
  });

  it('sorts by a column, and by the same one the other way round', async () => {
    client.snapshot = makeSnapshot({
      kernels: [
        makeKernel({ kernel_id: 'a', name: 'a', rss_bytes: 1, cpu_ratio: 0.9 }),
        makeKernel({ kernel_id: 'b', name: 'b', rss_bytes: 2, cpu_ratio: 0.1 })
      ]
    });
    await show();
    const ids = (): (string | undefined)[] =>
      lines().map(line => line.dataset['kernel']);
    expect(ids()).toEqual(['b', 'a']);
    fireEvent.click(screen.getByRole('button', { name: 'CPU' }));
    expect(ids()).toEqual(['a', 'b']);
    const heading = screen.getByRole('columnheader', { name: 'CPU' });
    expect(heading.getAttribute('aria-sort')).toBe('descending');
    fireEvent.click(screen.getByRole('button', { name: 'CPU' }));
    expect(ids()).toEqual(['b', 'a']);
    expect(heading.getAttribute('aria-sort')).toBe('ascending');
  });

  it('is walked by keyboard with one stop for the tab key', async () => {
    client.snapshot = makeSnapshot({
      kernels: Array.from({ length: 50 }, (_, index) =>
        makeKernel({ kernel_id: `k${index}`, rss_bytes: 1e9 - index })
      )
    });
    await show();
    expect(lines()).toHaveLength(50);
    expect(lines().filter(line => line.tabIndex === 0)).toHaveLength(1);
    act(() => lines()[0]?.focus());
    fireEvent.keyDown(lines()[0]!, { key: 'ArrowDown' });
    expect(document.activeElement).toBe(lines()[1]);
    fireEvent.keyDown(lines()[1]!, { key: 'End' });
    expect(document.activeElement).toBe(lines()[49]);
    fireEvent.keyDown(lines()[49]!, { key: 'Enter' });
    expect(actions.open.mock.calls[0][0].kernel_id).toBe('k49');
    fireEvent.keyDown(lines()[49]!, { key: 'F10', shiftKey: true });
    expect(actions.showMenu.mock.calls[0][0].kernel_id).toBe('k49');
    expect(model.selectedId).toBe('k49');
  });

  it('says that there are no kernels', async () => {
    client.snapshot = makeSnapshot({ kernels: [] });
    await show();
    expect(screen.getByText(/^No kernels/)).not.toBeNull();
    expect(screen.queryByRole('treegrid')).toBeNull();
  });

  it('shows whose the memory of a GPU is: own notebooks by name, others without', async () => {
    client.snapshot = makeSnapshot({
      kernels: [makeKernel({ gpu_memory_bytes: 20e9 })],
      gpus: [makeGpu()],
      absent: {}
    });
    await show();
    const card = screen.getByRole('group', { name: 'GPU 0: NVIDIA A100' });
    const owners = within(card).getByRole('list', {
      name: 'Who holds its memory'
    });
    expect(
      within(owners)
        .getAllByRole('listitem')
        .map(item => item.textContent)
    ).toEqual(['train.ipynb60 %20 GB', '2 other processes9.0 GB']);
    expect(card.textContent).toContain('61 °C · 212 of 300 W');
    expect(card.textContent).toContain('30 of 80 GB');
    expect(lines()[0]?.textContent).toContain('20 GB');
  });

  it('says who has a GPU open where the driver does not name processes', async () => {
    const bound = 'Of the kernels only this one has the GPU open.';
    client.snapshot = makeSnapshot({
      kernels: [
        makeKernel({ gpu_memory_at_most_bytes: 30e9, gpu_memory_absent: bound })
      ],
      gpus: [
        makeGpu({
          owners: [
            {
              kernel_id: 'k1',
              notebook_path: 'work/train.ipynb',
              memory_bytes: null,
              process_count: 1,
              util_ratio: null,
              is_by_file: true,
              memory_at_most_bytes: 30e9
            }
          ],
          absent: { owners: bound }
        })
      ],
      absent: {}
    });
    await show();
    const card = screen.getByRole('group', { name: 'GPU 0: NVIDIA A100' });
    const owners = within(card).getByRole('list').textContent;
    expect(owners).toContain('train.ipynb≤ 30 GB');
    within(card).getByText(bound);
    expect(lines()[0]?.textContent).toContain('≤ 30 GB');
    expect(lines()[0]?.title).toContain(bound);
  });

  it('says why a GPU is slowed down, and nothing of one that is not or does not tell', async () => {
    client.snapshot = makeSnapshot({
      gpus: [
        makeGpu({ slowed_by: ['hot', 'power_cap'] }),
        makeGpu({ uuid: 'GPU-2', index: 1, slowed_by: [] }),
        makeGpu({ uuid: 'GPU-3', index: 2, slowed_by: null })
      ]
    });
    await show();
    const cards = screen.getAllByRole('group', { name: /^GPU \d/ });
    expect(cards[0]?.textContent).toContain(
      'Slowed down: it would become too hot, it draws as much power as it may'
    );
    expect(cards[1]?.textContent).not.toContain('Slowed down');
    expect(cards[2]?.textContent).not.toContain('Slowed down');
  });

  it('shows instances below their GPU, old readings grey, and why one is absent', async () => {
    client.snapshot = makeSnapshot({
      gpus: [
        makeGpu({
          util_ratio: null,
          temperature_c: null,
          power_w: null,
          owners: [],
          absent: {
            util_ratio: 'A divided GPU has no reading of its own.',
            temperature_c: 'Not supported by this GPU.'
          }
        }),
        makeGpu({
          uuid: 'MIG-1',
          index: 1,
          parent_uuid: 'GPU-1',
          name: 'MIG 1g.10gb',
          age_s: 130,
          owners: []
        }),
        makeGpu({
          uuid: 'GPU-2',
          index: 1,
          absent: { device: 'This GPU is lost; the driver must be reset.' }
        })
      ]
    });
    await show();
    const instance = screen.getByRole('group', {
      name: 'Instance 1: MIG 1g.10gb'
    });
    expect(instance.closest('.jp-DsinfraGpu-instance')).not.toBeNull();
    expect(instance.dataset['stale']).toBe('true');
    expect(instance.textContent).toContain('read 2 min ago');
    const parent = screen.getByRole('group', { name: 'GPU 0: NVIDIA A100' });
    expect(
      within(parent).getByTitle('A divided GPU has no reading of its own.')
        .textContent
    ).toContain('–');
    const lost = screen.getByRole('group', { name: /^GPU 1/ });
    expect(lost.textContent).toContain('This GPU is lost');
    expect(within(lost).queryByRole('meter')).toBeNull();
  });

  const press = (key: string): void => {
    fireEvent.keyDown(lines()[0] as HTMLElement, { key });
  };
  const details = (): HTMLElement => {
    const grid = screen.getByRole('treegrid', { name: 'Kernels' });
    return grid.querySelector('.jp-DsinfraMemory') as HTMLElement;
  };

  it('reads what the memory of a kernel is made of when the user opens it', async () => {
    await show();
    expect(lines()[0]?.getAttribute('aria-expanded')).toBe('false');
    await act(async () => {
      press('ArrowRight');
    });
    expect(lines()[0]?.getAttribute('aria-expanded')).toBe('true');
    expect(details().textContent).toContain('Own80 MB');
    expect(details().textContent).toContain('With its part of shared120 MB');
    expect(details().textContent).toContain('Resident200 MB');
    expect(details().textContent).toContain('Swapped out–');
    expect(details().textContent).toContain('2 processes · 1 more not read');
    const asked = (): string[] =>
      client.requests.filter(request => request.startsWith('memory'));
    expect(asked()).toEqual(['memory k1']);
    expect(Element.prototype.scrollIntoView).toHaveBeenCalled();

    client.snapshot = makeSnapshot({ seq: 2 });
    await act(async () => {
      feed.refresh();
      await settle();
    });
    expect(asked()).toEqual(['memory k1']);
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Read again' }));
    });
    expect(asked()).toEqual(['memory k1', 'memory k1']);
    fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(details()).toBeNull();
    expect(document.activeElement).toBe(lines()[0]);
  });

  it('says why there are no details, and closes with the kernel', async () => {
    await show();
    client.memory = makeKernelMemory({
      resident_bytes: null,
      own_bytes: null,
      absent: 'Its process does not run on this machine.'
    });
    await act(async () => {
      press('ArrowRight');
    });
    expect(details().querySelector('dl')).toBeNull();
    expect(details().textContent).toBe(
      'Its process does not run on this machine.'
    );
    press('ArrowLeft');
    expect(details()).toBeNull();

    client.memoryFailure = new ApiError('Ask again.', 'unavailable', 503);
    await act(async () => {
      press('ArrowRight');
    });
    expect(details().textContent).toBe('Ask again.');

    client.snapshot = makeSnapshot({ seq: 2, kernels: [] });
    await act(async () => {
      feed.refresh();
      await settle();
    });
    expect(model.memory.kernelId).toBeNull();
  });

  it('greys old readings and says how old they are', async () => {
    client.snapshot = makeSnapshot({
      at: new Date(Date.now() - 130_000).toISOString()
    });
    await show();
    expect(screen.getByText(/Read 2 min ago/)).not.toBeNull();
    expect(
      meter('CPU').closest('[data-stale]')?.getAttribute('data-stale')
    ).toBe('true');
  });

  it('says what failed, and tries again', async () => {
    client.failure = new ApiError('The Jupyter server is away.', 'x', 0);
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'The Jupyter server is away.'
    );
    client.failure = null;
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
      await settle();
    });
    expect(meter('CPU')).not.toBeNull();
  });

  it('lists alerts on top, the snoozed ones quietly', async () => {
    client.alertList = [
      makeAlert({ is_critical: true }),
      makeAlert({
        id: 'disk',
        text: 'The disk fills up.',
        kernel_id: null,
        run_id: null,
        snoozed_until: new Date(Date.now() + 60_000).toISOString()
      })
    ];
    await show();
    const [first, second] = within(
      screen.getByRole('list', { name: 'Alerts' })
    ).getAllByRole('listitem') as [HTMLElement, HTMLElement];
    fireEvent.click(within(first).getByRole('button', { name: 'Interrupt' }));
    expect(actions.interrupt).toHaveBeenCalledTimes(1);
    fireEvent.click(within(first).getByRole('button', { name: 'Snooze 1 h' }));
    expect(actions.snooze).toHaveBeenCalledTimes(1);
    expect(second.dataset['snoozed']).toBe('true');
    expect(
      within(second).queryByRole('button', { name: 'Interrupt' })
    ).toBeNull();
    fireEvent.click(
      within(second).getByRole('button', { name: 'Remind me again' })
    );
    expect(actions.wake.mock.calls[0][0].id).toBe('disk');
    fireEvent.click(
      within(second).getByRole('button', { name: 'Never again' })
    );
    expect(actions.mute.mock.calls[0][0].id).toBe('disk');
  });

  it('shows the processes behind an alert, and none of one it knows no more of', async () => {
    client.alertList = [
      makeAlert({ kind: 'process_leak' }),
      makeAlert({ id: 'hot', kind: 'gpu_hot' })
    ];
    client.alertDetail = makeAlertDetails({
      processes: [
        { pid: 12, name: 'python', cpu_ratio: 0.93, rss_bytes: 5e8 },
        { pid: 13, name: 'worker', cpu_ratio: null, rss_bytes: 1e8 }
      ],
      is_complete: false
    });
    await show();
    const button = screen.getByRole('button', { name: 'Show Processes' });
    expect(button.getAttribute('aria-expanded')).toBe('false');
    await act(async () => void fireEvent.click(button));
    expect(
      screen
        .getAllByRole('row')
        .flatMap(row => (row.dataset['kernel'] ? [] : [row.textContent]))
    ).toEqual(expect.arrayContaining(['python93 %500 MB', 'worker–100 MB']));
    screen.getByText(/There is more than could be looked at/);
    expect(button.textContent).toBe('Hide');
    await act(async () => void fireEvent.click(button));
    expect(screen.queryByText('worker')).toBeNull();
  });

  it('shows the new files behind an alert, or why there are none', async () => {
    client.alertList = [makeAlert({ kind: 'disk_filling', kernel_id: null })];
    client.alertDetail = makeAlertDetails({
      files: [
        {
          folder: '/home/me/work',
          path: 'runs/model.ckpt',
          bytes: 4e9,
          modified_at: AT,
          kernel_ids: ['k1']
        }
      ]
    });
    await show();
    const button = (): HTMLElement =>
      screen.getByRole('button', { name: /Show New Files|Hide/ });
    await act(async () => void fireEvent.click(button()));
    screen.getByTitle('/home/me/work/runs/model.ckpt');
    screen.getByText('4.0 GB');
    await act(async () => void fireEvent.click(button()));
    client.alertDetail = makeAlertDetails({ absent: 'No kernel works there.' });
    await act(async () => void fireEvent.click(button()));
    screen.getByText('No kernel works there.');
    await act(async () => void fireEvent.click(button()));
    client.alertDetail = null;
    await act(async () => void fireEvent.click(button()));
    screen.getByText('The search takes too long.');
  });

  it('says what the machine costs once somebody set a price', async () => {
    client.snapshot = makeSnapshot({
      hourly_expense: { currency: 'EUR', total: 2.4, kernels: {}, idle: 0.6 }
    });
    await show();
    expect(screen.getByText(/2.40 EUR/).textContent).toContain('0.60 EUR');
  });
});
