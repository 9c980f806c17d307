import { Pace } from '../pace';

const INTERVAL = 250;

describe('Pace', () => {
  let begun: number[];
  let pace: Pace;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    begun = [];
    pace = new Pace(() => begun.push(Date.now() - 1_000_000), INTERVAL);
  });

  afterEach(() => {
    pace.dispose();
    jest.useRealTimers();
  });

  it('begins at once after a pause', () => {
    pace.ask();
    jest.advanceTimersByTime(0);
    expect(begun).toEqual([0]);
  });

  it('does once what is asked for several times, and not too often', () => {
    for (let at = 0; at < 1000; at += 50) {
      pace.ask();
      jest.advanceTimersByTime(50);
    }
    expect(begun).toEqual([0, 250, 500, 750, 1000]);
  });

  it('counts what was begun by others', () => {
    pace.ask();
    pace.begin();
    jest.advanceTimersByTime(INTERVAL);
    expect(begun).toEqual([]);
    pace.begin();
    jest.advanceTimersByTime(100);
    pace.ask();
    jest.advanceTimersByTime(INTERVAL);
    expect(begun).toEqual([2 * INTERVAL]);
  });

  it('does nothing once it is disposed of', () => {
    pace.ask();
    pace.dispose();
    pace.ask();
    jest.advanceTimersByTime(2 * INTERVAL);
    expect(begun).toEqual([]);
    expect(pace.isDisposed).toBe(true);
  });
});
