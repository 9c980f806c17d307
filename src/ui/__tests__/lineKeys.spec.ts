import { lineOfKey } from '../lineKeys';

describe('lineOfKey', () => {
  it.each([
    ['ArrowDown', 3, 4],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 3, 2],
    ['ArrowUp', 0, 0],
    ['PageDown', 3, 8],
    ['PageUp', 3, 0],
    ['Home', 3, 0],
    ['End', 3, 9],
    ['ArrowDown', -1, 0]
  ])('%s leads from line %i to line %i', (key, from, to) => {
    expect(lineOfKey(key, 10, from, 5)).toBe(to);
  });

  it('leaves other keys alone', () => {
    expect(lineOfKey('Enter', 10, 3, 5)).toBeNull();
    expect(lineOfKey('PageDown', 10, 3, 0)).toBeNull();
  });
});
