import type { Locator } from '@playwright/test';

import {
  cellsOf,
  expect,
  openNotebook,
  type Page,
  Panel,
  runAll,
  test
} from './panel';

/** A GPU as the API tells of it, but for what is said otherwise. */
function gpu(changes: object): object {
  return {
    uuid: 'GPU-0',
    index: 0,
    name: 'NVIDIA H100 80GB HBM3',
    parent_uuid: null,
    util_ratio: 0.97,
    memory_used_bytes: 62e9,
    memory_total_bytes: 85e9,
    temperature_c: 84,
    power_w: 690,
    power_limit_w: 700,
    energy_j: null,
    owners: [],
    absent: {},
    age_s: 0.4,
    slowdown_c: 87,
    slowed_by: [],
    ...changes
  };
}

/** One that works and is slowed down, one that is divided, one that was lost. */
function gpus(kernelId: string): object[] {
  const owner = {
    kernel_id: kernelId,
    notebook_path: 'gpus.ipynb',
    memory_bytes: 41e9,
    process_count: 1,
    util_ratio: 0.9,
    is_by_file: false,
    memory_at_most_bytes: null
  };
  const others = {
    kernel_id: null,
    notebook_path: null,
    memory_bytes: 20e9,
    process_count: 3,
    util_ratio: null,
    is_by_file: false,
    memory_at_most_bytes: null
  };
  const divided = { parent_uuid: 'GPU-1', util_ratio: null, power_w: null };
  return [
    gpu({ owners: [owner, others], slowed_by: ['hot', 'power_cap'] }),
    gpu({ uuid: 'GPU-1', index: 1, util_ratio: null, memory_used_bytes: 9e9 }),
    gpu({
      ...divided,
      uuid: 'MIG-1',
      index: 0,
      name: 'NVIDIA H100 MIG 3g.40gb',
      memory_used_bytes: 8e9,
      memory_total_bytes: 42e9,
      temperature_c: null,
      power_limit_w: null,
      absent: { util_ratio: 'The driver tells it of whole GPUs only.' },
      owners: [{ ...owner, memory_bytes: 7e9, util_ratio: null }]
    }),
    gpu({
      uuid: 'GPU-2',
      index: 2,
      util_ratio: null,
      memory_used_bytes: null,
      memory_total_bytes: null,
      temperature_c: null,
      power_w: null,
      power_limit_w: null,
      slowed_by: null,
      age_s: 95,
      absent: {
        device:
          'The driver has lost this GPU (GPU_IS_LOST). It comes back when the machine is started again.'
      }
    })
  ];
}

/** Let the machine have GPUs: what is read of everything else is as it is. */
async function giveGpus(page: Page, notebook: string): Promise<void> {
  await page.routeWebSocket(/dsinfra\/api\/events/, socket => socket.close());
  await page.route(/dsinfra\/api\/samples\/latest/, async route => {
    const response = await route.fetch();
    const snapshot = await response.json();
    const kernel = snapshot.kernels?.find(
      ({ name }: { name: string }) => name === notebook
    );
    const read = { gpus: gpus(kernel?.kernel_id ?? ''), absent: {} };
    await route.fulfill({ response, json: { ...snapshot, ...read } });
  });
  await page.reload();
  await page.evaluate(() => window.jupyterapp.restored);
}

test('GPUs show who holds them, what slows them and which was lost', async ({
  page,
  tmpPath
}) => {
  await giveGpus(page, 'gpus.ipynb');
  await openNotebook(page, tmpPath, 'gpus.ipynb', cellsOf('1'));
  await runAll(page);
  await new Panel(page, 'gpus.ipynb').open();
  const root = page.getByRole('region', { name: 'Infrastructure' });
  for (const name of ['Experiments', 'Errors']) {
    await root.getByRole('heading', { name }).click();
  }
  const card = (label: string): Locator =>
    root.getByRole('group', { name: new RegExp(`^${label}:`) });

  const whole = card('GPU 0');
  await expect(
    whole.getByRole('list', { name: 'Who holds its memory' })
  ).toHaveText(/gpus\.ipynb.*90 %.*41 GB.*3 other processes.*20 GB/);
  await expect(whole.getByRole('meter', { name: 'In use' })).toHaveAttribute(
    'aria-valuetext',
    '97 %'
  );
  await expect(whole).toContainText(
    'Slowed down: it would become too hot, it draws as much power as it may'
  );
  await expect(whole).toContainText('84 °C · 690 of 700 W');
  await expect(card('Instance 0')).toContainText('gpus.ipynb');
  await expect(card('Instance 0')).toContainText('8.0 of 42 GB');
  await expect(card('GPU 2')).toContainText('The driver has lost this GPU');
  await expect(card('GPU 2')).toContainText('read 1 min ago');
  await expect(card('GPU 2').getByRole('meter')).toHaveCount(0);
});
