import type { IgnoreUntil } from '../api/types';

/** How many more times a group may happen while it is ignored, unless said otherwise. */
export const IGNORE_COUNT = 10;

/** Read how long to ignore from the arguments of a command. */
export function ignoreUntil(value: unknown): IgnoreUntil {
  return value === 'count' || value === 'escalating' ? value : 'forever';
}
