import { nullTranslator } from '@jupyterlab/translation';

import type { ICellPeak } from '../../../api/types';
import { beforeText, fitReason, peakText } from '../words';

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

describe('fitReason', () => {
  const fit = {
    session_count: 5,
    max_bytes: 3.1e9,
    is_bound: true,
    fits_bytes: 4e9,
    side_by_side: null,
    text: ''
  };

  it('says what is to spare', () => {
    expect(fitReason(fit, trans)).toBe('With a fifth to spare.');
  });

  it('says that a peak may have been missed', () => {
    const loose = { ...fit, is_bound: false, fits_bytes: null };
    expect(fitReason(loose, trans)).toMatch(/^It was read now and then/);
  });

  it('says nothing of what is sure and fits nowhere', () => {
    expect(fitReason({ ...fit, fits_bytes: null }, trans)).toBe('');
  });
});
