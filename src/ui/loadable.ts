/** Something fetched: what is there, what went wrong, whether more is on its way. */
export interface ILoadable<T> {
  readonly value: T | null;
  readonly failure: string | null;
  readonly isLoading: boolean;
}

/** What was not asked for yet. */
export const NOTHING = {
  value: null,
  failure: null,
  isLoading: false
} as const;
