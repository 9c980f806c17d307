import { nullTranslator } from '@jupyterlab/translation';

import { makeGpu, makeSnapshot } from '../../__tests__/memoryResources';
import { gpusOf } from '../lines';

const trans = nullTranslator.load('');

describe('gpusOf', () => {
  it('puts instances below the GPU they are a part of, and names it', () => {
    const part = (index: number): ReturnType<typeof makeGpu> =>
      makeGpu({ uuid: `MIG-${index}`, index, name: '3g', parent_uuid: 'G1' });
    const gpus = [
      part(1),
      makeGpu({ uuid: 'G2', index: 2, name: 'C' }),
      part(0),
      makeGpu({ uuid: 'G1', index: 1, name: 'B' }),
      makeGpu({ uuid: 'G0', index: 0, name: 'A' })
    ];
    const series = new Map(
      [...gpus.map(gpu => gpu.uuid), 'GONE'].map(uuid => [
        `gpu.${uuid}.memory_used_bytes`,
        [1]
      ])
    );
    const history = { stepS: 1, at: [1], series, kernelNames: new Map() };
    const found = gpusOf(history, makeSnapshot({ gpus }), trans);
    expect(found.map(({ label }) => label)).toEqual([
      '0 · A',
      '1 · B',
      '1, instance 0 · 3g',
      '1, instance 1 · 3g',
      '2 · C',
      'GONE'
    ]);
  });

  it('takes an instance alone, where only that is given to a container', () => {
    const gpus = [makeGpu({ uuid: 'M', index: 0, parent_uuid: 'away' })];
    const series = new Map([['gpu.M.util_ratio', [1]]]);
    const history = { stepS: 1, at: [1], series, kernelNames: new Map() };
    expect(gpusOf(history, makeSnapshot({ gpus }), trans)).toEqual([
      { id: 'M', label: '0 · NVIDIA A100' }
    ]);
  });
});
