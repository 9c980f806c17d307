import {
  RenderMimeRegistry,
  standardRendererFactories
} from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { SimplifiedOutputArea } from '@jupyterlab/outputarea';

import { createOutputArea, updateOutputs } from '../outputs';

type Item = Record<string, unknown>;

function stream(text: string, name = 'stdout'): Item {
  return { output_type: 'stream', name, text };
}

function display(data: Record<string, unknown>): Item {
  return { output_type: 'display_data', data, metadata: {} };
}

let area: SimplifiedOutputArea | null = null;

async function show(items: Item[]): Promise<SimplifiedOutputArea> {
  area = createOutputArea({
    items,
    rendermime: new RenderMimeRegistry({
      initialFactories: standardRendererFactories
    }),
    translator: nullTranslator
  });
  Widget.attach(area, document.body);
  await rendered();
  return area;
}

function rendered(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 50));
}

afterEach(() => {
  area?.dispose();
  area = null;
});

describe('createOutputArea', () => {
  it('shows markup without what would run', async () => {
    const { node } = await show([
      display({
        'text/html':
          '<b>bold</b><script>window.attacked = 1</script>' +
          '<img src="x" onerror="window.attacked = 2">'
      })
    ]);

    expect(node.querySelector('b')?.textContent).toBe('bold');
    expect(node.querySelector('script')).toBeNull();
    expect(node.querySelector('[onerror]')).toBeNull();
  });

  it('shows the text of what only a trusted notebook would run', async () => {
    const { node } = await show([
      display({
        'application/javascript': 'window.attacked = 3',
        'text/plain': 'the plain text'
      })
    ]);

    expect(node.textContent).toContain('the plain text');
    expect(window).not.toHaveProperty('attacked');
  });
});

describe('updateOutputs', () => {
  it('adds to what is there and leaves the rest in place', async () => {
    const first = display({ 'text/plain': 'first' });
    const shown = await show([first, stream('a')]);
    const before = shown.widgets[0];

    expect(
      updateOutputs(shown, [
        first,
        stream('ab'),
        display({ 'text/plain': 'last' })
      ])
    ).toBe(true);
    await rendered();

    expect(shown.widgets[0]).toBe(before);
    expect(shown.node.textContent).toContain('ab');
    expect(shown.node.textContent).toContain('last');
  });

  it('gives up where outputs were cleared', async () => {
    const shown = await show([stream('a'), display({ 'text/plain': 'b' })]);

    expect(updateOutputs(shown, [stream('a')])).toBe(false);
  });

  it('gives up where the model joins what the record keeps apart', async () => {
    const shown = await show([stream('a')]);

    expect(updateOutputs(shown, [stream('a'), stream('b')])).toBe(false);
  });
});
