import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator } from '@jupyterlab/translation';
import { JSONExt } from '@lumino/coreutils';

/** Outputs shown of one run before the user asks for the rest, as in a notebook. */
const OUTPUTS_SHOWN_MAX = 50;

/**
 * Return an area that shows outputs as an untrusted notebook would: HTML is
 * sanitised, scripts do not run.
 */
export function createOutputArea(options: {
  items: readonly Record<string, unknown>[];
  rendermime: IRenderMimeRegistry;
  translator: ITranslator;
}): SimplifiedOutputArea {
  const { items, rendermime, translator } = options;
  const model = new OutputAreaModel({
    trusted: false,
    values: items as unknown as IOutput[]
  });
  const area = new SimplifiedOutputArea({
    contentFactory: SimplifiedOutputArea.defaultContentFactory,
    maxNumberOutputs: OUTPUTS_SHOWN_MAX,
    model,
    rendermime,
    translator
  });
  area.disposed.connect(() => model.dispose());
  return area;
}

/**
 * Bring an area up to date in place, so that what is shown does not flicker
 * while a run goes on. Returns false where the area has to be made anew.
 */
export function updateOutputs(
  area: SimplifiedOutputArea,
  items: readonly Record<string, unknown>[]
): boolean {
  const { model } = area;
  if (items.length < model.length) {
    return false;
  }
  items.forEach((item, index) => {
    const output = item as unknown as IOutput;
    if (index >= model.length) {
      model.add(output);
    } else if (!JSONExt.deepEqual(model.get(index).toJSON(), output)) {
      model.set(index, output);
    }
  });
  // Neighbouring streams of one name are merged by the model.
  return items.length === model.length;
}
