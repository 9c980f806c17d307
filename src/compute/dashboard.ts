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

/**
 * Return where this browser reaches a page; null if it cannot.
 *
 * A page of the server's own machine that listens there alone is reached through
 * jupyter-server-proxy, which asks who comes, or by a browser on that machine.
 *
 * @param baseUrl - Where the Jupyter server is.
 */
export async function reachable(
  url: string,
  baseUrl: string
): Promise<string | null> {
  const page = new URL(url, window.location.href);
  if (!isLoopback(page.hostname)) {
    return page.href;
  }
  const base = new URL(baseUrl, window.location.href);
  const path = `${page.pathname}${page.search}`;
  const proxied = new URL(`${base.pathname}proxy/${page.port}${path}`, base);
  try {
    const answer = await fetch(proxied.href, { credentials: 'same-origin' });
    if (answer.ok) {
      return proxied.href;
    }
  } catch {
    // No proxy, or nothing behind it.
  }
  return isLoopback(window.location.hostname) ? page.href : null;
}

/** Whether a name is that of the machine itself, whichever it is. */
function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\./.test(name);
}
