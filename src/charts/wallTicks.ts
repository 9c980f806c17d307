import { formatDate } from '../ui/format';

/** Between ticks of this and more only days are named, in seconds. */
const DAY_S = 86_400;

/** Between ticks of less seconds count. */
const MINUTE_S = 60;

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;
const TO_THE_SECOND = { ...CLOCK, second: '2-digit' } as const;

/**
 * Return what stands at moments of an axis: the time, with the day below where it changes.
 *
 * @param splits - Unix seconds, rising.
 * @param step - Seconds between two of them.
 */
export function wallTexts(
  splits: readonly number[],
  step: number,
  locale: string
): string[] {
  const clock = step < MINUTE_S ? TO_THE_SECOND : CLOCK;
  let before = '';
  return splits.map(split => {
    const at = new Date(split * 1000);
    const day = formatDate(at, locale, { day: 'numeric', month: 'short' });
    if (step >= DAY_S) {
      return day;
    }
    const isNew = day !== before;
    before = day;
    const time = formatDate(at, locale, clock);
    return isNew ? `${time}\n${day}` : time;
  });
}
