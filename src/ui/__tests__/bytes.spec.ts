import { formatExactBytes } from '../bytes';

describe('formatExactBytes', () => {
  it.each([
    [8_000_000_000, '8 GB'],
    [8_589_934_592, '8 GiB'],
    [536_870_912, '512 MiB'],
    [1_500_000_000, '1.5 GB'],
    [1_234_567, '1234.567 kB'],
    [1_234_567_891, '1234567891 B'],
    [100, '100 B'],
    [1e15, '1 PB']
  ])('tells %i as %s', (bytes, text) => {
    expect(formatExactBytes(bytes)).toBe(text);
  });
});
