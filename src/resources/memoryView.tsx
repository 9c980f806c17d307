import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, refreshIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { IKernelMemory } from '../api/types';
import { formatDuration } from '../ui/format';
import type { MemoryBook } from './memoryBook';
import { bytesText } from './words';

export interface IMemoryProps {
  book: MemoryBook;
  locale: string;
  trans: TranslationBundle;
  onClose: () => void;
}

/** What the memory of a kernel is made of, below its line. */
export function MemoryView(props: IMemoryProps): JSX.Element {
  const { book, locale, trans, onClose } = props;
  const { memory, failure, isReading } = book;
  const block = React.useRef<HTMLDivElement>(null);
  const hasFigures = memory !== null;
  React.useEffect(() => {
    block.current?.scrollIntoView({ block: 'nearest' });
  }, [hasFigures]);
  return (
    <div ref={block} className="jp-DsinfraMemory" role="row">
      <div
        className="jp-DsinfraMemory-content"
        role="gridcell"
        aria-busy={isReading}
      >
        {memory !== null && memory.own_bytes !== null && (
          <Figures memory={memory} trans={trans} />
        )}
        <div className="jp-DsinfraMemory-foot">
          <span className="jp-DsinfraMemory-note" role="status">
            {noteText(memory, failure, isReading, locale, trans)}
          </span>
          <Action
            icon={refreshIcon}
            label={trans.__('Read again')}
            isDisabled={isReading}
            onClick={() => book.read()}
          />
          <Action
            icon={closeIcon}
            label={trans.__('Close')}
            isDisabled={false}
            onClick={onClose}
          />
        </div>
      </div>
    </div>
  );
}

function Figures(props: {
  memory: IKernelMemory;
  trans: TranslationBundle;
}): JSX.Element {
  const { memory, trans } = props;
  const rows: [string, string, number | null][] = [
    [
      trans.__('Own'),
      trans.__('What no other process has: free once the kernel ends (USS)'),
      memory.own_bytes
    ],
    [
      trans.__('With its part of shared'),
      trans.__('What several processes share is counted in parts (PSS)'),
      memory.proportional_bytes
    ],
    [
      trans.__('Resident'),
      trans.__('What several processes share is counted for each (RSS)'),
      memory.resident_bytes
    ],
    [
      trans.__('Swapped out'),
      trans.__('Not in memory at the moment'),
      memory.swapped_bytes
    ]
  ];
  return (
    <dl className="jp-DsinfraMemory-figures">
      {rows.map(([label, details, bytes]) => (
        <div key={label} title={details}>
          <dt>{label}</dt>
          <dd>{bytesText(bytes)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Action(props: {
  icon: typeof closeIcon;
  label: string;
  isDisabled: boolean;
  onClick: () => void;
}): JSX.Element {
  const { icon: Icon, label, isDisabled, onClick } = props;
  return (
    <button
      type="button"
      className="jp-DsinfraRow-action"
      title={label}
      aria-label={label}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon.react tag="span" />
    </button>
  );
}

/** Say of what and when the figures are, or why there are none. */
function noteText(
  memory: IKernelMemory | null,
  failure: string | null,
  isReading: boolean,
  locale: string,
  trans: TranslationBundle
): string {
  if (failure !== null) {
    return failure;
  }
  if (isReading || memory === null) {
    return trans.__('Reading…');
  }
  if (memory.own_bytes === null) {
    return memory.absent;
  }
  const { process_count: count, unread_count: unread } = memory;
  const time = new Date(memory.at).toLocaleTimeString(locale);
  return [
    trans._n('%1 process', '%1 processes', count),
    unread === 0
      ? ''
      : trans._n('%1 more not read', '%1 more not read', unread),
    trans.__('read at %1 in %2', time, formatDuration(memory.took_s))
  ]
    .filter(part => part !== '')
    .join(' · ');
}
