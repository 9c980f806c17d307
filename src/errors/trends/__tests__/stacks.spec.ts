import { makeTrend } from '../../__tests__/memoryErrors';
import { countTicks, layersOf, markedBuckets, totals } from '../stacks';

describe('layersOf', () => {
  it('puts the most frequent at the bottom and leaves out what never was', () => {
    const layers = layersOf(
      makeTrend({
        categories: { syntax: [0, 2, 0], lookup: [1, 0, 4], name: [0, 0, 0] }
      })
    );
    expect(layers).toEqual([
      { category: 'lookup', counts: [1, 0, 4], total: 5, index: 0 },
      { category: 'syntax', counts: [0, 2, 0], total: 2, index: 1 }
    ]);
    expect(totals(layers, 3)).toEqual([1, 2, 4]);
  });

  it('draws the rarest of many together, and loses none', () => {
    const names = [
      'syntax',
      'name',
      'attribute',
      'type',
      'value',
      'shape',
      'lookup',
      'memory'
    ] as const;
    const categories = Object.fromEntries(
      names.map((name, index) => [name, [100 - index, 1, 0]])
    );
    const layers = layersOf(makeTrend({ categories }));
    expect(layers).toHaveLength(7);
    expect(layers.at(-1)).toEqual({
      category: null,
      counts: [94 + 93, 2, 0],
      total: 94 + 93 + 2,
      index: 7
    });
    expect(totals(layers, 3)).toEqual([
      names.reduce((sum, _, index) => sum + 100 - index, 0),
      8,
      0
    ]);
  });

  it('gives each of seven a colour of its own', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const categories = Object.fromEntries(names.map(name => [name, [1, 0, 0]]));
    const layers = layersOf(makeTrend({ categories }));
    expect(new Set(layers.map(layer => layer.index)).size).toBe(7);
    expect(layers.every(layer => layer.category !== null)).toBe(true);
  });
});

describe('countTicks', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [40, [0, 10, 20, 30, 40]],
    [41, [0, 20, 40, 60]],
    [1_000_000, [0, 500_000, 1_000_000]]
  ])('marks whole numbers up to %d', (most, ticks) => {
    expect(countTicks(most)).toEqual(ticks);
  });

  it('never marks more than five, nor ends below the highest', () => {
    for (let most = 1; most < 3000; most++) {
      const ticks = countTicks(most);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.every(Number.isInteger)).toBe(true);
    }
  });
});

describe('markedBuckets', () => {
  it('marks the newest and as many as have room', () => {
    expect(markedBuckets(24, 12)).toHaveLength(12);
    expect(markedBuckets(24, 12).at(-1)).toBe(23);
    expect(markedBuckets(30, 30)).toHaveLength(30);
    expect(markedBuckets(1, 3)).toEqual([0]);
    expect(markedBuckets(0, 3)).toEqual([]);
    expect(markedBuckets(720, 4).length).toBeLessThanOrEqual(5);
  });
});
