import { nullTranslator } from '@jupyterlab/translation';

import type { ICellPeak } from '../../../api/types';
import { beforeText, peakText } from '../words';

const trans = nullTranslator.load('dsinfra_jlab');

function peakOf(changes: Partial<ICellPeak>): ICellPeak {
  return {
    cell_id: 'c1',
    run_count: 1,
    last_rss_bytes: null,
    max_rss_bytes: null,
    p95_rss_bytes: null,
    last_gpu_memory_bytes: null,
    free_memory_bytes: null,
    free_gpu_memory_bytes: null,
    warning: '',
    ...changes
  };
}

describe('peakText', () => {
  it('says how sure a peak is', () => {
    expect(peakText({ bytes: 1.2e9, kind: 'exact' }, trans)).toBe('1.2 GB');
    expect(peakText({ bytes: 1.2e9, kind: 'at_least' }, trans)).toBe(
      'at least 1.2 GB'
    );
    expect(peakText({ bytes: 1.2e9, kind: 'at_most' }, trans)).toBe(
      'at most 1.2 GB'
    );
  });
});

describe('beforeText', () => {
  it('holds what the cell took against what is free', () => {
    expect(
      beforeText(
        peakOf({ last_rss_bytes: 11.2e9, free_memory_bytes: 9e9 }),
        trans
      )
    ).toBe('Last peak of this cell 11 GB, free now 9.0 GB.');
  });

  it('says no more than is known', () => {
    expect(beforeText(peakOf({}), trans)).toBe('');
    expect(beforeText(peakOf({ free_memory_bytes: 9e9 }), trans)).toBe('');
    expect(beforeText(peakOf({ last_rss_bytes: 2e9 }), trans)).toBe(
      'Last peak of this cell 2.0 GB.'
    );
  });

  it('speaks of GPUs only where the cell used one', () => {
    expect(
      beforeText(
        peakOf({ last_gpu_memory_bytes: 0, free_gpu_memory_bytes: 5e9 }),
        trans
      )
    ).toBe('');
    expect(
      beforeText(
        peakOf({ last_gpu_memory_bytes: 4e9, free_gpu_memory_bytes: 5e9 }),
        trans
      )
    ).toBe('GPU memory: last peak 4.0 GB, free now 5.0 GB.');
  });
});
