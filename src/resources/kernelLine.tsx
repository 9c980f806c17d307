import type { TranslationBundle } from '@jupyterlab/translation';
import { ellipsesIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IKernelSample, KernelState } from '../api/types';
import { formatBytes } from '../ui/format';
import { Sparkline } from '../ui/sparkline';
import {
  boundText,
  bytesText,
  kernelDetails,
  percentText,
  stateText
} from './words';

export interface ILineProps {
  kernel: IKernelSample;
  at: number;
  hasGpu: boolean;
  isSelected: boolean;

  /** Whether its details stand below. */
  isExpanded: boolean;

  /** Whether the tab key leads here. */
  isReached: boolean;

  /** The last minutes of its memory. */
  trail: (number | null)[];
  trans: TranslationBundle;
  onSelect: (id: string) => void;
  onOpen: (kernel: IKernelSample) => void;
  onMenu: (kernel: IKernelSample, x: number, y: number) => void;
}

/** A kernel: name and figures, below them what it does and how its memory goes. */
export function KernelLine(props: ILineProps): JSX.Element {
  const { kernel, at, hasGpu, trail, trans, onSelect, onOpen, onMenu } = props;
  const { kernel_id: id } = kernel;
  return (
    <div
      className="jp-DsinfraKernels-line"
      role="row"
      data-kernel={id}
      tabIndex={props.isReached ? 0 : -1}
      aria-selected={props.isSelected}
      aria-expanded={props.isExpanded}
      title={kernelDetails(kernel, at, trans)}
      onClick={() => onSelect(id)}
      onFocus={() => onSelect(id)}
      onDoubleClick={() => onOpen(kernel)}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        onSelect(id);
        onMenu(kernel, event.clientX, event.clientY);
      }}
    >
      <span className="jp-DsinfraKernels-what" role="gridcell">
        <span className="jp-DsinfraKernels-name">
          <StateMark state={kernel.state} />
          <span className="jp-DsinfraKernels-title">
            {kernel.name || kernel.kernel_name || trans.__('Kernel')}
          </span>
        </span>
        <span className="jp-DsinfraKernels-state">
          {kernel.absent === ''
            ? stateText(kernel, at, trans)
            : `${stateText(kernel, at, trans)} · ${kernel.absent}`}
        </span>
      </span>
      <span
        className="jp-DsinfraKernels-figure"
        role="gridcell"
        data-column="cpu"
      >
        {percentText(kernel.cpu_ratio)}
      </span>
      <span
        className="jp-DsinfraKernels-figure"
        role="gridcell"
        data-column="memory"
      >
        {bytesText(kernel.rss_bytes)}
      </span>
      {hasGpu && (
        <span
          className="jp-DsinfraKernels-figure"
          role="gridcell"
          data-column="gpu"
        >
          {boundText(kernel.gpu_memory_bytes, kernel.gpu_memory_at_most_bytes)}
        </span>
      )}
      <span className="jp-DsinfraKernels-trail" role="gridcell">
        {kernel.rss_bytes !== null && (
          <Sparkline
            values={trail}
            full={fullOf(trail)}
            label={trailText(trail, trans)}
            width={90}
            height={12}
          />
        )}
      </span>
      <span className="jp-DsinfraKernels-actions" role="gridcell">
        <button
          type="button"
          className="jp-DsinfraRow-action"
          tabIndex={-1}
          title={trans.__('More actions')}
          aria-label={trans.__('More actions')}
          aria-haspopup="menu"
          onClick={event => {
            event.stopPropagation();
            onSelect(id);
            const { left, bottom } =
              event.currentTarget.getBoundingClientRect();
            onMenu(kernel, left, bottom);
          }}
        >
          <ellipsesIcon.react tag="span" />
        </button>
      </span>
    </div>
  );
}

/** Room above the highest bar, so that a steady figure does not look like a full one. */
const HEADROOM = 1.25;

function fullOf(trail: readonly (number | null)[]): number {
  return HEADROOM * Math.max(1, ...trail.map(value => value ?? 0));
}

/** What the bars show, as a sentence. */
export function trailText(
  trail: readonly (number | null)[],
  trans: TranslationBundle
): string {
  const known = trail.filter(value => value !== null);
  return known.length === 0
    ? trans.__('Memory: nothing was read yet')
    : trans.__(
        'Memory in the last minutes: %1 to %2',
        formatBytes(Math.min(...known)),
        formatBytes(Math.max(...known))
      );
}

/** Each state has a shape of its own; its word stands in the line below. */
function StateMark(props: { state: KernelState }): JSX.Element {
  const { state } = props;
  return (
    <svg
      className="jp-DsinfraKernelState"
      data-state={state}
      aria-hidden="true"
      viewBox="0 0 16 16"
      width="12"
      height="12"
    >
      {state === 'dead' ? (
        <path d="M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5" />
      ) : (
        <circle
          cx="8"
          cy="8"
          r="5.5"
          strokeDasharray={
            state === 'starting' || state === 'unknown' ? '2.6 2.2' : undefined
          }
        />
      )}
    </svg>
  );
}
