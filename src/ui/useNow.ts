import React from 'react';

/**
 * The time in milliseconds, anew every so often while it is looked at.
 *
 * @param interval - Milliseconds between two renderings.
 */
export function useNow(isTicking: boolean, interval: number): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    if (!isTicking) {
      return;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [isTicking, interval]);
  return now;
}
