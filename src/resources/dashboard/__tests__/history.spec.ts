import type { ISampleWindow, ISnapshot } from '../../../api/types';
import { extended, historyOf, idsOf, mostOf } from '../history';

function windowOf(changes: Partial<ISampleWindow> = {}): ISampleWindow {
  return {
    seq: 3,
    step_s: 1,
    at_s: [100, 101, 102],
    series: { 'host.cpu_ratio': [0.1, null, 0.3] },
    kernel_names: {},
    ...changes
  };
}

/** Return a look at a second with one kernel. */
function lookAt(second: number, rss: number | null): ISnapshot {
  return {
    at: new Date(second * 1000).toISOString(),
    host: null,
    kernels: [
      {
        kernel_id: 'k1',
        cpu_ratio: 1,
        rss_bytes: rss,
        gpu_memory_bytes: null
      }
    ],
    gpus: []
  } as unknown as ISnapshot;
}

describe('historyOf', () => {
  it('keeps what was not read as a gap', () => {
    const history = historyOf(windowOf());

    expect(history.at).toEqual([100, 101, 102]);
    expect(history.series.get('host.cpu_ratio')).toEqual([0.1, null, 0.3]);
  });

  it('puts a gap where nobody looked', () => {
    const history = historyOf(windowOf({ at_s: [100, 101, 500] }));

    expect(history.at).toEqual([100, 101, 102, 500]);
    expect(history.series.get('host.cpu_ratio')).toEqual([
      0.1,
      null,
      null,
      0.3
    ]);
  });

  it('takes the pace of an idle machine for no gap', () => {
    expect(historyOf(windowOf({ at_s: [100, 110, 120] })).at).toHaveLength(3);
  });

  it('takes one missing minute of the store for a gap, at any step', () => {
    for (const stepS of [60, 120, 900]) {
      const at = [0, stepS, 3 * stepS];
      const history = historyOf(windowOf({ step_s: stepS, at_s: at }));

      expect(history.at).toEqual([0, stepS, 2 * stepS, 3 * stepS]);
      expect(history.series.get('host.cpu_ratio')).toEqual([
        0.1,
        null,
        null,
        0.3
      ]);
    }
  });

  it('takes a window with nothing in it', () => {
    const history = historyOf(windowOf({ at_s: [], series: {} }));

    expect(history.at).toEqual([]);
    expect(history.series.size).toBe(0);
  });
});

describe('extended', () => {
  it('adds a look, with gaps for what was not there before or is not now', () => {
    const history = extended(historyOf(windowOf()), lookAt(103, 5), 600);

    expect(history.at).toEqual([100, 101, 102, 103]);
    expect(history.series.get('host.cpu_ratio')).toEqual([
      0.1,
      null,
      0.3,
      null
    ]);
    expect(history.series.get('kernel.k1.rss_bytes')).toEqual([
      null,
      null,
      null,
      5
    ]);
    expect(history.series.has('kernel.k1.gpu_memory_bytes')).toBe(false);
  });

  it('passes over a look that is there already', () => {
    const history = historyOf(windowOf());

    expect(extended(history, lookAt(101.9, 5), 600)).toBe(history);
  });

  it('lets go of what is older than the window, and of what is gone with it', () => {
    const history = extended(historyOf(windowOf()), lookAt(112, 5), 10);

    expect(history.at).toEqual([112]);
    expect([...history.series.keys()]).toEqual([
      'kernel.k1.cpu_ratio',
      'kernel.k1.rss_bytes'
    ]);
  });

  it('keeps the most of each stretch where these are long', () => {
    const begun = historyOf(
      windowOf({
        step_s: 10,
        at_s: [100],
        series: { 'kernel.k1.rss_bytes': [7] }
      })
    );

    const same = extended(begun, lookAt(104, 5), 600);
    expect(same.at).toEqual([100]);
    expect(same.series.get('kernel.k1.rss_bytes')).toEqual([7]);

    const more = extended(same, lookAt(109, 9), 600);
    expect(more.series.get('kernel.k1.rss_bytes')).toEqual([9]);

    const next = extended(more, lookAt(111, null), 600);
    expect(next.at).toEqual([100, 110]);
    expect(next.series.get('kernel.k1.rss_bytes')).toEqual([9, null]);
  });

  it('still knows what kernels were called that are gone', () => {
    const names = { k9: 'gone.ipynb' };
    const history = historyOf(windowOf({ kernel_names: names }));

    expect(extended(history, lookAt(103, 5), 600).kernelNames.get('k9')).toBe(
      'gone.ipynb'
    );
  });

  it('shows as a gap that nobody looked for a while', () => {
    const history = extended(historyOf(windowOf()), lookAt(200, 5), 600);

    expect(history.at).toEqual([100, 101, 102, 103, 200]);
    expect(history.series.get('kernel.k1.rss_bytes')?.slice(-2)).toEqual([
      null,
      5
    ]);
  });
});

describe('series of a history', () => {
  it('are found by their kind, whatever is in an id', () => {
    const history = historyOf(
      windowOf({
        series: {
          'kernel.a.b.rss_bytes': [1, 9, null],
          'kernel.a.b.cpu_ratio': [1, 2, 3],
          'gpu.GPU-1.util_ratio': [null, null, null]
        }
      })
    );

    expect(idsOf(history, 'kernel', 'rss_bytes')).toEqual(['a.b']);
    expect(idsOf(history, 'gpu', 'util_ratio')).toEqual(['GPU-1']);
    expect(mostOf(history, 'kernel.a.b.rss_bytes')).toBe(9);
    expect(mostOf(history, 'gpu.GPU-1.util_ratio')).toBe(-Infinity);
  });
});
