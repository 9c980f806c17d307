import type { Kernel } from '@jupyterlab/services';

import type { ReleaseOutcome } from './detail/actions';

/** Drops the traceback that IPython keeps. */
const RELEASE = '%dsinfra release';

/** Let a kernel go of what its last traceback holds. Does not count as a run. */
export async function releaseMemory(
  kernelId: string,
  kernels: Kernel.IManager
): Promise<ReleaseOutcome> {
  try {
    const model = await kernels.findById(kernelId);
    if (!model) {
      return 'gone';
    }
    const kernel = kernels.connectTo({ model });
    try {
      const future = kernel.requestExecute({
        code: RELEASE,
        silent: true,
        store_history: false,
        stop_on_error: false
      });
      const reply = await future.done;
      return reply.content.status === 'ok' ? 'released' : 'failed';
    } finally {
      kernel.dispose();
    }
  } catch {
    return 'failed';
  }
}
