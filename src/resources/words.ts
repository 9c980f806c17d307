import type { TranslationBundle } from '@jupyterlab/translation';

import type { IKernelSample } from '../api/types';
import { formatBytes, formatDuration, formatElapsed } from '../ui/format';

/** What stands where there is no figure. */
export const NOTHING = '–';

/** Text for a share: `85 %`. */
export function percentText(ratio: number | null): string {
  if (ratio === null) {
    return NOTHING;
  }
  const percent = ratio * 100;
  return percent > 0 && percent < 0.5 ? '<1 %' : `${Math.round(percent)} %`;
}

/** Text for a size, or for its absence. */
export function bytesText(bytes: number | null): string {
  return bytes === null ? NOTHING : formatBytes(bytes);
}

/** Text for a size of which only the most may be known: `≤ 5.0 GB`. */
export function boundText(bytes: number | null, atMost: number | null): string {
  return bytes === null && atMost !== null
    ? `≤ ${formatBytes(atMost)}`
    : bytesText(bytes);
}

/** Text for a number of CPUs: `2`, `1.5`, `0.25`. */
export function cpusText(count: number): string {
  return String(Number(count.toFixed(count < 10 ? 2 : 0)));
}

/** Say how much of a size is in use: `3.1 of 8.0 GB`. */
export function shareText(
  used: number | null,
  total: number | null,
  trans: TranslationBundle
): string {
  if (used === null || total === null) {
    return used === null ? NOTHING : formatBytes(used);
  }
  const [, unit] = formatBytes(total).split(' ');
  const [amount, usedUnit] = formatBytes(used).split(' ');
  // One unit is enough where both have it.
  return trans.__(
    '%1 of %2',
    unit === usedUnit ? amount : formatBytes(used),
    formatBytes(total)
  );
}

/** Say who set a limit, by what the server calls it. */
export function limitText(source: string, trans: TranslationBundle): string {
  switch (source) {
    case '':
      return trans.__('The limit is not known.');
    case 'machine':
      return trans.__('All of the machine.');
    case 'affinity':
      return trans.__('The CPUs this server is bound to.');
    default:
      return source.startsWith('/')
        ? trans.__('The limit is set by the control group %1.', source)
        : trans.__('The limit is set by %1.', source);
  }
}

/** Say what a kernel does, and since when. */
export function stateText(
  kernel: IKernelSample,
  at: number,
  trans: TranslationBundle
): string {
  const since = (text: string | null): number | null =>
    text === null ? null : (at - Date.parse(text)) / 1000;
  switch (kernel.state) {
    case 'starting':
      return trans.__('Starting');
    case 'dead':
      return trans.__('Dead');
    case 'unknown':
      return trans.__('State not known');
    case 'busy': {
      const { running } = kernel;
      const count = running?.execution_count ?? null;
      const word =
        count === null ? trans.__('Busy') : trans.__('Runs [%1]', count);
      const elapsed = since(running?.started_at ?? null);
      return elapsed === null ? word : `${word} · ${formatElapsed(elapsed)}`;
    }
    case 'idle': {
      const quiet = since(kernel.last_activity_at);
      return quiet === null || quiet < 60
        ? trans.__('Idle')
        : trans.__('Idle for %1', coarseDuration(quiet));
    }
  }
}

/** Text for a duration of which only the size counts: `12 min`, `3 h`. */
export function coarseDuration(seconds: number): string {
  return formatDuration(seconds).split(' ').slice(0, 2).join(' ');
}

/** Everything known of a kernel, for a pointer that rests on its line. */
export function kernelDetails(
  kernel: IKernelSample,
  at: number,
  trans: TranslationBundle
): string {
  const { peak_rss_bytes: peak, process_count: count } = kernel;
  return [
    kernel.notebook_path ?? kernel.name,
    trans.__('Kernel: %1', kernel.kernel_name),
    stateText(kernel, at, trans),
    kernel.absent,
    kernel.rss_bytes === null
      ? ''
      : trans.__('Memory: %1', formatBytes(kernel.rss_bytes)),
    peak === null ? '' : trans.__('Most memory so far: %1', formatBytes(peak)),
    kernel.cpu_ratio === null
      ? ''
      : trans.__(
          'CPU: %1, where 100 % is one CPU in full use',
          percentText(kernel.cpu_ratio)
        ),
    count === null ? '' : trans._n('%1 process', '%1 processes', count),
    kernel.gpu_memory_absent === ''
      ? ''
      : trans.__('GPU memory: %1', kernel.gpu_memory_absent)
  ]
    .filter(line => line !== '')
    .join('\n');
}
