import {
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatMoment,
  formatRelative,
  formatShortDuration,
  formatShortMoment
} from '../format';

/** Intl puts narrow spaces before units; what matters here is the words. */
function plain(text: string): string {
  return text.replace(/\s/g, ' ');
}

describe('formatDuration', () => {
  it.each([
    [0, '<1 ms'],
    [0.0004, '<1 ms'],
    [0.0005, '1 ms'],
    [0.3, '300 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [125, '2 min 5 s'],
    [3599.7, '1 h'],
    [3725, '1 h 2 min'],
    [90_000, '1 d 1 h']
  ])('writes %d s as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([NaN, Infinity, -1])('says nothing of %d', seconds => {
    expect(formatDuration(seconds)).toBe('');
  });
});

describe('formatShortDuration', () => {
  it.each([
    [0.3, '300 ms'],
    [2.5, '2.5 s'],
    [75, '75 s'],
    [99.6, '1.7 min'],
    [3700, '62 min'],
    [7200, '2.0 h'],
    [200_000, '2.3 d'],
    [NaN, '']
  ])('writes %d s as %s', (seconds, text) => {
    expect(formatShortDuration(seconds)).toBe(text);
  });
});

describe('formatElapsed', () => {
  it.each([
    [-3, '0:00'],
    [0.9, '0:00'],
    [65.9, '1:05'],
    [3725, '1:02:05'],
    [NaN, '']
  ])('writes %d s as %s', (seconds, text) => {
    expect(formatElapsed(seconds)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_500_000, '1.5 MB'],
    [32_000_000, '32 MB'],
    [999_600, '1.0 MB'],
    [2e18, '2000 PB'],
    [-1, '']
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatCount', () => {
  it('groups digits and shortens large numbers', () => {
    expect(formatCount(1234, 'en')).toBe('1,234');
    expect(formatCount(12_345, 'en')).toBe('12.3K');
    expect(formatCount(100_000, 'en')).toBe('100K');
  });

  it.each(['', 'no locale', 'xx_'])('takes %p for English', locale => {
    expect(formatCount(1234, locale)).toBe('1,234');
  });

  it("takes JupyterLab's way to write a locale", () => {
    expect(formatCount(1234, 'de_DE')).toBe('1.234');
  });
});

describe('moments', () => {
  const now = new Date(2026, 10, 22, 15, 0, 0);

  it.each([
    [new Date(2026, 10, 22, 9, 5), '09:05 AM', '09:05 AM'],
    [new Date(2026, 10, 21, 9, 5), 'Nov 21, 09:05 AM', 'Nov 21'],
    [new Date(2025, 10, 21, 9, 5), 'Nov 21, 2025', 'Nov 21, 2025'],
    [new Date(NaN), '', '']
  ])('shortens %s by how near it is', (at, text, short) => {
    expect(plain(formatMoment(at, now, 'en'))).toBe(text);
    expect(plain(formatShortMoment(at, now, 'en'))).toBe(short);
  });

  it.each([
    [0, 'now'],
    [59, 'now'],
    [-5, 'now'],
    [60, '1m ago'],
    [7200, '2h ago'],
    [86_400, 'yesterday'],
    [6 * 86_400, '6d ago'],
    [7 * 86_400, 'Nov 15, 03:00 PM']
  ])('says of %d s ago: %s', (seconds, text) => {
    const at = new Date(now.getTime() - seconds * 1000);
    expect(plain(formatRelative(at, now, 'en'))).toBe(text);
  });
});
