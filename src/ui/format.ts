/**
 * Numbers and moments as short text.
 *
 * Units are the international symbols, so only words (in relative times and
 * dates) depend on the locale.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Text for a duration in seconds, at most two units: `0.3 s`, `2 min 5 s`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) {
    return '';
  }
  if (seconds < 0.0005) {
    return '<1 ms';
  }
  if (seconds < 0.9995) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < MINUTE) {
    return `${whole} s`;
  }
  if (whole < HOUR) {
    return twoUnits(whole, MINUTE, 'min', 1, 's');
  }
  if (whole < DAY) {
    return twoUnits(whole, HOUR, 'h', MINUTE, 'min');
  }
  return twoUnits(whole, DAY, 'd', HOUR, 'h');
}

function twoUnits(
  seconds: number,
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string
): string {
  const count = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return rest === 0
    ? `${count} ${largeUnit}`
    : `${count} ${largeUnit} ${rest} ${smallUnit}`;
}

/** Text for a duration where room is scarce, one unit: `75 s`, `1.3 h`. */
export function formatShortDuration(seconds: number): string {
  if (!(seconds >= 99.5)) {
    return seconds >= MINUTE
      ? `${Math.round(seconds)} s`
      : formatDuration(seconds);
  }
  const [value, unit] =
    seconds < 99.5 * MINUTE
      ? [seconds / MINUTE, 'min']
      : seconds < 2 * DAY
        ? [seconds / HOUR, 'h']
        : [seconds / DAY, 'd'];
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${unit}`;
}

/** Text for how long something runs already, as a stopwatch shows it: `1:02:05`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (!Number.isFinite(whole)) {
    return '';
  }
  const pad = (value: number): string => String(value).padStart(2, '0');
  const minutes = `${Math.floor((whole % HOUR) / MINUTE)}`;
  const clock = `${pad(whole % MINUTE)}`;
  return whole < HOUR
    ? `${minutes}:${clock}`
    : `${Math.floor(whole / HOUR)}:${minutes.padStart(2, '0')}:${clock}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Text for a size in bytes with decimal units: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) {
    return '';
  }
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** Text for a count: `1,234`, and `12K` where digits would not help. */
export function formatCount(count: number, locale: string): string {
  const options =
    count < 10_000
      ? {}
      : ({
          notation: 'compact',
          maximumFractionDigits: count < 100_000 ? 1 : 0
        } as const);
  return cached(
    `count ${locale} ${JSON.stringify(options)}`,
    () => new Intl.NumberFormat(toTag(locale), options)
  ).format(count);
}

/** Text for a moment as a row shows it: the clock today, else the date as well. */
export function formatMoment(at: Date, now: Date, locale: string): string {
  if (Number.isNaN(at.getTime())) {
    return '';
  }
  const isToday = at.toDateString() === now.toDateString();
  const isThisYear = at.getFullYear() === now.getFullYear();
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const day = { day: 'numeric', month: 'short' } as const;
  return formatDate(
    at,
    locale,
    isToday
      ? clock
      : isThisYear
        ? { ...day, ...clock }
        : { ...day, year: 'numeric' }
  );
}

/** Text for a moment where room is scarce: the clock today, else the date alone. */
export function formatShortMoment(at: Date, now: Date, locale: string): string {
  const isThisYear = at.getFullYear() === now.getFullYear();
  if (
    Number.isNaN(at.getTime()) ||
    !isThisYear ||
    at.toDateString() === now.toDateString()
  ) {
    return formatMoment(at, now, locale);
  }
  return formatDate(at, locale, { day: 'numeric', month: 'short' });
}

/** Text for a moment in full, for tooltips and details. */
export function formatFullMoment(at: Date, locale: string): string {
  return Number.isNaN(at.getTime())
    ? ''
    : formatDate(at, locale, { dateStyle: 'medium', timeStyle: 'medium' });
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute']
];

/** Text for how long ago a moment was: `5m ago`; the date after a week. */
export function formatRelative(at: Date, now: Date, locale: string): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  if (Number.isNaN(seconds)) {
    return '';
  }
  if (seconds >= 7 * DAY) {
    return formatMoment(at, now, locale);
  }
  const format = cached(
    `relative ${locale}`,
    () =>
      new Intl.RelativeTimeFormat(toTag(locale), {
        numeric: 'auto',
        style: 'narrow'
      })
  );
  for (const [size, unit] of STEPS) {
    if (seconds >= size) {
      return format.format(-Math.floor(seconds / size), unit);
    }
  }
  return format.format(0, 'second');
}

/** Text for the parts of a moment that are asked for, in the words of a language. */
export function formatDate(
  at: Date,
  locale: string,
  options: Intl.DateTimeFormatOptions
): string {
  return cached(
    `date ${locale} ${JSON.stringify(options)}`,
    () => new Intl.DateTimeFormat(toTag(locale), options)
  ).format(at);
}

const CACHE = new Map<string, unknown>();

/** Making a formatter costs a hundred times what using it does. */
function cached<T>(key: string, make: () => T): T {
  const known = CACHE.get(key) as T | undefined;
  if (known !== undefined) {
    return known;
  }
  const made = make();
  CACHE.set(key, made);
  return made;
}

/** JupyterLab writes `de_DE`, browsers `de-DE`; what is neither is English. */
function toTag(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale.replace('_', '-'))[0] ?? 'en';
  } catch {
    return 'en';
  }
}
