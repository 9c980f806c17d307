/** An answer of the server that is not the one asked for. */
export class ApiError extends Error {
  /**
   * @param message - What is wrong and what to do, for a person.
   * @param code - The contract's word for it; `missing` if the route does not
   * exist, `unreachable` if nobody answered, `malformed` if the answer was not ours.
   * @param status - The HTTP status; 0 if there was none.
   * @param details - Facts for a program, such as the place of a syntax error.
   */
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly details: Readonly<Record<string, unknown>> = {}
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Whether the server says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not_found';
}

/** What went wrong, for a person. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
