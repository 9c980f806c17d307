import { condense } from '../condense';

const gap = (hidden: number): string => `<${hidden}>`;

function stream(text: string | string[]): Record<string, unknown> {
  return { output_type: 'stream', name: 'stdout', text };
}

describe('condense', () => {
  it('leaves what is short, and what is no stream, as it is', () => {
    const items = [
      stream('short'),
      { output_type: 'display_data', data: { 'text/html': 'x'.repeat(1000) } }
    ];

    const { hiddenChars, items: shown } = condense(items, gap, 100);

    expect(shown).toEqual(items);
    expect(hiddenChars).toBe(0);
  });

  it('keeps whole lines of head and tail and counts what is between', () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`);
    const text = lines.join('');

    const { hiddenChars, items } = condense([stream(lines)], gap, 200);

    const shown = String(items[0]!['text']);
    const [head, tail] = shown.split(`<${hiddenChars}>`) as [string, string];
    expect(text.startsWith(head.trimEnd())).toBe(true);
    expect(text.endsWith(tail.trimStart())).toBe(true);
    expect(head).toMatch(/^line 0\n[^]*line \d+\n$/);
    expect(tail).toMatch(/^\nline \d+\n[^]*line 999\n$/);
    expect(head.length + tail.length - 2 + hiddenChars).toBe(text.length);
    expect(shown.length).toBeLessThan(250);
  });

  it('cuts inside a line that has no end', () => {
    const { hiddenChars, items } = condense(
      [stream('x'.repeat(1000))],
      gap,
      100
    );

    expect(hiddenChars).toBe(900);
    expect(items[0]!['text']).toBe(
      `${'x'.repeat(50)}\n<900>\n${'x'.repeat(50)}`
    );
  });
});
