import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICellPeak, IExpense, INotebookSize, IRun } from '../../api/types';
import { formatBytes } from '../../ui/format';

type Peak = NonNullable<IRun['peak_rss']>;

/** Text for a peak with how sure it is: `at least 1.2 GB`. */
export function peakText(peak: Peak, trans: TranslationBundle): string {
  const size = formatBytes(peak.bytes);
  switch (peak.kind) {
    case 'at_least':
      return trans.__('at least %1', size);
    case 'at_most':
      return trans.__('at most %1', size);
    default:
      return size;
  }
}

/** Say where a peak comes from. */
export function peakReason(peak: Peak, trans: TranslationBundle): string {
  switch (peak.kind) {
    case 'at_least':
      return trans.__(
        'The most that was read. A short peak between two readings may have been higher.'
      );
    case 'at_most':
      return trans.__(
        'The most that the kernel ever held: this run held no more than that.'
      );
    default:
      return trans.__('Counted by the system: no peak was missed.');
  }
}

/** Say what a cell took before, and what is free; empty if nothing is known. */
export function beforeText(peak: ICellPeak, trans: TranslationBundle): string {
  const { last_rss_bytes: last, free_memory_bytes: free } = peak;
  const { last_gpu_memory_bytes: lastGpu, free_gpu_memory_bytes: freeGpu } =
    peak;
  const sentences: string[] = [];
  if (last !== null) {
    sentences.push(
      free === null
        ? trans.__('Last peak of this cell %1.', formatBytes(last))
        : trans.__(
            'Last peak of this cell %1, free now %2.',
            formatBytes(last),
            formatBytes(free)
          )
    );
  }
  if (lastGpu !== null && lastGpu > 0 && freeGpu !== null) {
    sentences.push(
      trans.__(
        'GPU memory: last peak %1, free now %2.',
        formatBytes(lastGpu),
        formatBytes(freeGpu)
      )
    );
  }
  return sentences.join(' ');
}

/** Say how sure it is in how much memory a notebook would fit. */
export function fitReason(
  fit: NonNullable<INotebookSize['memory']>,
  trans: TranslationBundle
): string {
  const sentences = [
    fit.fits_bytes === null ? '' : trans.__('With a fifth to spare.'),
    fit.is_bound
      ? ''
      : trans.__('It was read now and then: a short peak may have been higher.')
  ];
  return sentences.filter(Boolean).join(' ');
}

/** Say what a run cost, and how sure that is. */
export function expenseText(
  expense: IExpense,
  locale: string,
  trans: TranslationBundle
): string {
  const format = new Intl.NumberFormat(locale.replace('_', '-'), {
    maximumSignificantDigits: 3
  });
  const money = (amount: number): string =>
    `${format.format(amount)} ${expense.currency}`;
  return expense.used === null
    ? money(expense.held)
    : trans.__('%1, of it used %2', money(expense.held), money(expense.used));
}
