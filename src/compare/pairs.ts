import { diffLines } from '../ui/diff';

/** A line of each side; null where a side has none. */
export interface IPair {
  readonly left: string | null;
  readonly right: string | null;
  readonly kind: 'same' | 'changed' | 'place';
}

/** Lay the two sides of a unified diff side by side. */
export function pairsOf(diff: string): IPair[] {
  const pairs: IPair[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      pairs.push({
        left: removed[at] ?? null,
        right: added[at] ?? null,
        kind: 'changed'
      });
    }
    removed = [];
    added = [];
  };
  for (const line of diffLines(diff)) {
    const text = line.slice(1);
    if (line.startsWith('-')) {
      if (added.length > 0) {
        flush();
      }
      removed.push(text);
    } else if (line.startsWith('+')) {
      added.push(text);
    } else {
      flush();
      pairs.push(
        line.startsWith(' ')
          ? { left: text, right: text, kind: 'same' }
          : { left: line, right: line, kind: 'place' }
      );
    }
  }
  flush();
  return pairs;
}
