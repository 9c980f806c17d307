/** Values as short text. */

/** Text for a value, five digits at most: `0.91234`, `1.2e-7`, `12,500`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) {
    return value.toExponential(3).replace(/\.?0+e/, 'e');
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString('en');
  }
  if (size >= 1000) {
    return value.toLocaleString('en', { maximumFractionDigits: 1 });
  }
  const short = Number(value.toPrecision(5));
  // An accuracy of 0.999999 is not 1.
  return String(Number.isInteger(short) ? Number(value.toPrecision(9)) : short);
}

/** Text for any value that was recorded, as Python or JSON would show it. */
export function formatValue(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return formatNumber(value);
    case 'string':
      return value;
    case 'undefined':
      return '–';
    default:
      return value === null ? '–' : JSON.stringify(value);
  }
}
