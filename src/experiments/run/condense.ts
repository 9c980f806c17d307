/** Characters of one text that are rendered at once: about 4,000 lines. */
export const SHOWN_MAX_CHARS = 400_000;

/** Outputs that can be put on screen without waiting. */
export interface ICondensed {
  items: Record<string, unknown>[];
  /** Characters left out of the middle of long texts. */
  hiddenChars: number;
}

/**
 * Cut the middle out of long streams: the browser stands still for seconds
 * while it lays out megabytes of text. Whole lines are kept where possible.
 */
export function condense(
  items: readonly Record<string, unknown>[],
  describeGap: (hiddenChars: number) => string,
  limit: number = SHOWN_MAX_CHARS
): ICondensed {
  let hiddenChars = 0;
  const condensed = items.map(item => {
    if (item['output_type'] !== 'stream') {
      return item;
    }
    const text = textOf(item['text']);
    if (text.length <= limit) {
      return item;
    }
    const { head, tail } = ends(text, limit);
    const hidden = text.length - head.length - tail.length;
    hiddenChars += hidden;
    return { ...item, text: `${head}\n${describeGap(hidden)}\n${tail}` };
  });
  return { items: condensed, hiddenChars };
}

/** Return the first and the last half of a text, cut at line ends. */
function ends(text: string, limit: number): { head: string; tail: string } {
  const half = Math.floor(limit / 2);
  const lastEnd = text.lastIndexOf('\n', half);
  const head = text.slice(0, lastEnd > half / 2 ? lastEnd : half);
  const from = text.length - half;
  const nextEnd = text.indexOf('\n', from);
  const tail = text.slice(
    nextEnd >= 0 && nextEnd < from + half / 2 ? nextEnd + 1 : from
  );
  return { head, tail };
}

/** Return a text that nbformat may write as a list of lines. */
function textOf(text: unknown): string {
  if (Array.isArray(text)) {
    return text.join('');
  }
  return typeof text === 'string' ? text : '';
}
