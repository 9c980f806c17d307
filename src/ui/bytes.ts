/** Most digits behind the point, and largest number, before another unit is tried. */
const DIGITS_MAX = 3;
const NUMBER_MAX = 10_000;

/** Return a size that is read again as the same number of bytes: `8 GB`, `512 MiB`, `1234567891 B`. */
export function formatExactBytes(bytes: number): string {
  for (let power = 5; power > 0; power--) {
    for (const [base, suffix] of BASES) {
      const size = base ** power;
      const text = (bytes / size).toFixed(DIGITS_MAX);
      const isShort = bytes >= size && bytes < NUMBER_MAX * size;
      if (isShort && Number(text) * size === bytes) {
        return `${Number(text)} ${LETTERS[power]}${suffix}`;
      }
    }
  }
  return `${bytes} B`;
}

const BASES = [
  [1000, 'B'],
  [1024, 'iB']
] as const;
const LETTERS = ' kMGTP';
