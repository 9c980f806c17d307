/**
 * Whether an address may be opened: what a target says of itself can come from the code
 * of a notebook, and some addresses are code.
 */
export function isDashboardSafe(url: string): boolean {
  try {
    const { protocol } = new URL(url, window.location.href);
    return protocol === 'http:' || protocol === 'https:';
  } catch {
    return false;
  }
}
