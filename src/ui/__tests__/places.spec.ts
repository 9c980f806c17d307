import { Places } from '../places';

/** Numbers that look random, the same ones each time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
}

describe('Places', () => {
  it('puts lines one after another', () => {
    const places = new Places(3, index => [10, 20, 5][index] ?? 0, 40);
    expect(places.at(1)).toEqual({ index: 1, start: 50, size: 20 });
    expect(places.end).toBe(75);
  });

  it('tells the lines of which a pixel is seen, as one looks at each', () => {
    for (let seed = 1; seed < 300; seed++) {
      const next = numbers(seed);
      const sizes = Array.from({ length: next(12) }, () => 1 + next(30));
      const places = new Places(sizes.length, i => sizes[i] ?? 0, next(40));
      const from = next(250);
      const to = from + next(120);
      const seen = sizes
        .map((_, index) => places.at(index))
        .filter(({ start, size }) => start < to && start + size > from)
        .map(({ index }) => index);
      const [first, end] = places.range(from, to);
      const told = Array.from({ length: end - first }, (_, i) => first + i);
      expect({ seed, told }).toEqual({ seed, told: to > from ? seen : [] });
    }
  });

  it('scrolls no further than a line needs to be seen whole', () => {
    const places = new Places(100, () => 20, 30);
    expect(places.offsetFor(10, 150, 200, 30)).toBe(150);
    expect(places.offsetFor(2, 150, 200, 30)).toBe(40);
    expect(places.offsetFor(0, 150, 200, 30)).toBe(0);
    expect(places.offsetFor(20, 150, 200, 30)).toBe(250);
  });
});
