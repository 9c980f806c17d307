import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { Widget } from '@lumino/widgets';

import { ApiError } from '../../../api/failures';
import type { IEngineInfo, ITarget } from '../../../api/types';
import { MemoryCompute, makeTarget } from '../../__tests__/memoryCompute';
import { TargetForm } from '../dialog';

const trans = nullTranslator.load('dsinfra_jlab');

const DASK: IEngineInfo = {
  name: 'dask',
  label: 'Dask cluster',
  is_available: true,
  detail: '',
  capabilities: [],
  options_schema: {
    type: 'object',
    required: ['address'],
    properties: {
      address: { type: 'string', title: 'Address' },
      workers: { type: 'integer', title: 'Workers', default: 2, minimum: 0 },
      memory_bytes: {
        type: ['integer', 'null'],
        format: 'bytes',
        title: 'Memory',
        default: null,
        minimum: 1e8
      }
    }
  }
};
const RAY: IEngineInfo = {
  ...DASK,
  name: 'ray',
  label: 'Ray',
  is_available: false,
  detail: 'Install dsinfra-jlab[ray].'
};

describe('TargetForm', () => {
  let client: MemoryCompute;
  let form: TargetForm;

  async function show(target: ITarget | null = null): Promise<void> {
    client = new MemoryCompute();
    client.targetList = target === null ? [] : [target];
    form = new TargetForm({
      client,
      engines: [DASK, RAY],
      names: ['local'],
      target,
      trans
    });
    await act(async () => {
      Widget.attach(form, document.body);
      await form.renderPromise;
    });
  }

  afterEach(() => act(() => form.dispose()));

  function fill(label: string, value: string): void {
    fireEvent.change(field(label), { target: { value } });
  }

  function field(label: string): HTMLInputElement {
    return screen.getByLabelText(new RegExp(`^${label}`));
  }

  async function save(): Promise<boolean> {
    let isSaved = false;
    await act(async () => {
      isSaved = await form.save();
    });
    return isSaved;
  }

  it('is made from the schema of the engine, with its defaults', async () => {
    await show();
    await waitFor(() => expect(field('Workers').value).toBe('2'));
    expect(screen.getByText('Options of Dask cluster')).toBeTruthy();
    expect(screen.getByText(/Ray is not available: Install/)).toBeTruthy();
  });

  it('says at each field what is wrong, and sends nothing', async () => {
    await show();
    fill('Name', 'local');
    expect(await save()).toBe(false);
    await waitFor(() =>
      expect(screen.getByText('There is a target of this name.')).toBeTruthy()
    );
    expect(screen.getByText('This is needed.')).toBeTruthy();
    expect(client.requests).toEqual([]);
  });

  it('sends what was filled in, without what was left empty', async () => {
    await show();
    fill('Name', ' gpu-box ');
    fill('Address', 'tls://10.0.0.5:8786');
    fill('Price', '2.5');
    fill('Currency', 'EUR');
    expect(await save()).toBe(true);
    const [request] = client.requests;
    expect(JSON.parse((request ?? '').slice('add '.length))).toEqual({
      name: 'gpu-box',
      engine: 'dask',
      options: { address: 'tls://10.0.0.5:8786', workers: 2 },
      price_per_hour: 2.5,
      currency: 'EUR'
    });
    expect(form.saved?.name).toBe('gpu-box');
  });

  it('takes a size as people write it, and shows it so again', async () => {
    await show();
    fill('Name', 'gpu-box');
    fill('Address', 'x');
    fill('Memory', '8 GB');
    expect(await save()).toBe(true);
    expect(client.requests[0]).toContain('"memory_bytes":"8 GB"');
    act(() => form.dispose());
    await show(
      makeTarget({ options: { address: 'x', memory_bytes: 8 * 2 ** 30 } })
    );
    await waitFor(() => expect(field('Memory').value).toBe('8 GiB'));
    fill('Memory', '');
    expect(await save()).toBe(true);
    expect(client.requests[0]).not.toContain('memory_bytes');
  });

  it('leads to the first field that is wrong, and calls it so', async () => {
    await show();
    expect(await save()).toBe(false);
    await waitFor(() => expect(document.activeElement).toBe(field('Name')));
    await waitFor(() =>
      expect(field('Name').getAttribute('aria-invalid')).toBe('true')
    );
    expect(field('Currency').getAttribute('aria-invalid')).toBe('false');
    fill('Name', 'gpu-box');
    expect(await save()).toBe(false);
    await waitFor(() => expect(document.activeElement).toBe(field('Address')));
  });

  it('puts a refusal of the server at the field that it names', async () => {
    await show();
    fill('Name', 'gpu-box');
    fill('Address', 'x');
    client.failure = new ApiError('Nobody answers there.', 'bad_input', 400, {
      field: 'options.address'
    });
    expect(await save()).toBe(false);
    const text = await screen.findByText('Nobody answers there.');
    expect(
      text.closest('.jp-FormGroup-content')?.contains(field('Address'))
    ).toBe(true);
    expect(form.saved).toBeNull();
  });

  it('says above the form what is wrong with no field', async () => {
    await show();
    fill('Name', 'gpu-box');
    fill('Address', 'x');
    client.failure = new ApiError('The store is away.', 'unavailable', 503);
    expect(await save()).toBe(false);
    expect((await screen.findByRole('alert')).textContent).toBe(
      'The store is away.'
    );
  });

  it('changes a target, whose name and engine stay', async () => {
    await show(
      makeTarget({ name: 'old', options: { address: 'a', workers: 3 } })
    );
    expect(screen.queryByLabelText(/^Name/)).toBeNull();
    expect(screen.queryByLabelText(/^Engine/)).toBeNull();
    fill('Workers', '5');
    expect(await save()).toBe(true);
    expect(client.requests[0]).toBe(
      'patch old {"options":{"address":"a","workers":5},"price_per_hour":null,"currency":null}'
    );
  });
});
