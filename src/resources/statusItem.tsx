import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomRenderer } from '@jupyterlab/ui-components';
import React from 'react';

import type { IHostSample, IKernelSample } from '../api/types';
import { formatBytes } from '../ui/format';
import type { StatusModel } from './statusModel';
import { boundText, cpusText, limitText, percentText } from './words';

/** Memory and CPU of the kernel in front, in the status bar. */
export class StatusItem extends VDomRenderer<StatusModel> {
  constructor(options: StatusItem.IOptions) {
    super(options.model);
    this._options = options;
    this.addClass('jp-DsinfraResourcesStatus');
    this.addClass('jp-mod-highlighted');
  }

  protected render(): JSX.Element | null {
    const { model, trans, onClick } = this._options;
    const { kernel, host } = model;
    return kernel === null ? null : (
      <button
        type="button"
        title={statusDetails(kernel, host, trans)}
        onClick={onClick}
      >
        {statusText(kernel, trans)}
      </button>
    );
  }

  private _options: StatusItem.IOptions;
}

export namespace StatusItem {
  export interface IOptions {
    model: StatusModel;
    trans: TranslationBundle;
    onClick: () => void;
  }
}

/** The figures of a kernel in one line. */
export function statusText(
  kernel: IKernelSample,
  trans: TranslationBundle
): string {
  const { rss_bytes: memory, cpu_ratio: cpu, gpu_memory_bytes: gpu } = kernel;
  const parts: string[] = [];
  if (memory !== null) {
    parts.push(trans.__('Mem %1', formatBytes(memory)));
  }
  if (cpu !== null) {
    parts.push(trans.__('CPU %1', percentText(cpu)));
  }
  const atMost = kernel.gpu_memory_at_most_bytes;
  if ((gpu ?? atMost ?? 0) > 0) {
    parts.push(trans.__('GPU %1', boundText(gpu, atMost)));
  }
  return parts.join(' · ');
}

/** What the figures are of, and how much there may be. */
export function statusDetails(
  kernel: IKernelSample,
  host: IHostSample | null,
  trans: TranslationBundle
): string {
  const lines = [trans.__('What the kernel of %1 takes', kernel.name)];
  if (host !== null) {
    const { cpu_count: cpus, memory_limit_bytes: limit } = host;
    if (limit !== null) {
      lines.push(
        trans.__('Memory: at most %1', formatBytes(limit)),
        limitText(host.memory_limit_source, trans)
      );
    }
    if (cpus !== null) {
      lines.push(
        trans._n(
          'CPU: at most %2 of one CPU',
          'CPU: 100 % is one CPU; %3 may be used',
          Math.ceil(cpus),
          percentText(cpus),
          cpusText(cpus)
        )
      );
    }
  }
  return [...lines, trans.__('Click to see all kernels.')].join('\n');
}
