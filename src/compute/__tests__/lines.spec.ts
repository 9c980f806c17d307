import { nullTranslator } from '@jupyterlab/translation';

import type { IListed } from '../lines';
import { linesOf } from '../lines';
import { makeEnded, makeGroup, makeJob } from './memoryCompute';

const trans = nullTranslator.load('dsinfra_jlab');

const NOTHING: IListed = {
  open: [],
  ended: [],
  hasMoreOpen: false,
  hasMoreEnded: false,
  openGroups: [],
  endedGroups: [],
  hasMoreEndedGroups: false,
  itemsOf: () => null
};

function keysOf(listed: Partial<IListed>): string[] {
  return linesOf({ ...NOTHING, ...listed }, trans).map(({ key }) => key);
}

/** A moment, so many seconds after others. */
function at(second: number): string {
  return new Date(1e12 + second * 1000).toISOString();
}

describe('linesOf', () => {
  it('has no line for nothing', () => {
    expect(keysOf({})).toEqual([]);
  });

  it('puts groups at work before those that wait, and both among the jobs', () => {
    const keys = keysOf({
      open: [
        makeJob({ id: 'runs' }),
        makeJob({ id: 'waits', state: 'queued' })
      ],
      openGroups: [
        makeGroup({ id: 'group waits', counts: { queued: 5 } }),
        makeGroup({ id: 'group runs', counts: { running: 1, queued: 5 } })
      ]
    });
    expect(keys).toEqual([
      'open',
      'runs',
      'group runs',
      'group waits',
      'waits'
    ]);
  });

  it('mixes what ended by time', () => {
    const keys = keysOf({
      ended: [
        makeEnded({ id: 'new', submitted_at: at(9) }),
        makeEnded({ id: 'old', submitted_at: at(1) })
      ],
      endedGroups: [makeGroup({ id: 'g', submitted_at: at(5) })]
    });
    expect(keys).toEqual(['ended', 'new', 'g', 'old']);
  });

  it('shows nothing beyond what was read of both', () => {
    const listed = {
      ended: [
        makeEnded({ id: 'new', submitted_at: at(9) }),
        makeEnded({ id: 'old', submitted_at: at(1) })
      ],
      endedGroups: [
        makeGroup({ id: 'g9', submitted_at: at(8) }),
        makeGroup({ id: 'g5', submitted_at: at(5) })
      ],
      hasMoreEnded: true
    };
    // Older groups may follow the last that was read, and would be above the old job.
    expect(keysOf({ ...listed, hasMoreEndedGroups: true })).toEqual([
      'ended',
      'new',
      'g9',
      'g5',
      'more ended'
    ]);
    expect(keysOf(listed)).toEqual([
      'ended',
      'new',
      'g9',
      'g5',
      'old',
      'more ended'
    ]);
  });

  it('puts the items of an opened group below it', () => {
    const items = [makeJob({ id: 'a' }), makeJob({ id: 'b' })];
    const listed = { openGroups: [makeGroup()] };
    const withItems = (hasMore: boolean, isLoaded: boolean): string[] =>
      keysOf({
        ...listed,
        itemsOf: () => ({ items: isLoaded ? items : [], hasMore, isLoaded })
      });
    expect(withItems(false, true)).toEqual(['open', 'g1', 'a', 'b']);
    expect(withItems(true, true)).toEqual(['open', 'g1', 'a', 'b', 'more g1']);
    expect(withItems(false, false)).toEqual(['open', 'g1', 'more g1']);
  });
});
