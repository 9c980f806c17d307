import { useVirtualizer } from '@tanstack/react-virtual';
import React from 'react';

/** Lines drawn beyond the visible ones, so that scrolling shows no gaps. */
const OVERSCAN = 12;

/** Lines beyond the visible ones for which `onRange` asks already. */
const AHEAD = 100;

export interface IVirtualListProps {
  count: number;

  /** A name that stays a line's own; another function whenever lines changed. */
  keyOf: (index: number) => string;

  /** Height of a line in pixels. */
  heightOf: (index: number) => number;
  renderLine: (index: number) => JSX.Element;

  /** Called with the lines that are seen, or will be after some scrolling. */
  onRange: (first: number, last: number) => void;

  /** The line to bring into view whenever it becomes another one; -1 for none. */
  activeIndex: number;
}

/**
 * A list of which only the visible lines are in the document.
 *
 * Goes into a `role="tree"` or `role="listbox"` element. When lines appear above
 * what is being read, that stays where it is; at the very top new lines show.
 */
export function VirtualList(
  props: IVirtualListProps & React.HTMLAttributes<HTMLDivElement>
): JSX.Element {
  const {
    count,
    keyOf,
    heightOf,
    renderLine,
    onRange,
    activeIndex,
    ...attributes
  } = props;
  const scrollRef = React.useRef<HTMLDivElement>(null);
  const isAtTop = (scrollRef.current?.scrollTop ?? 0) <= 0;
  const virtualizer = useVirtualizer({
    // 'end' keeps what is read in place when lines come and go above it.
    anchorTo: isAtTop ? 'start' : 'end',
    count,
    estimateSize: heightOf,
    getItemKey: keyOf,
    getScrollElement: () => scrollRef.current,
    overscan: OVERSCAN
  });
  const lines = virtualizer.getVirtualItems();
  const first = lines[0]?.index ?? 0;
  const last = lines[lines.length - 1]?.index ?? -1;

  React.useEffect(() => {
    onRange(first, Math.min(count - 1, last + AHEAD));
  }, [first, last, count, onRange]);
  const activeKey = activeIndex < 0 ? null : keyOf(activeIndex);
  React.useEffect(() => {
    // Depends on the key alone: lines that move because others appear must not
    // drag the view along.
    if (activeKey !== null) {
      virtualizer.scrollToIndex(activeIndex, { align: 'auto' });
    }
  }, [activeKey]);

  return (
    <div {...attributes} ref={scrollRef}>
      <div
        className="jp-DsinfraVirtualList-content"
        role="presentation"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {lines.map(line => (
          <div
            key={line.key}
            className="jp-DsinfraVirtualList-line"
            role="presentation"
            style={{
              height: line.size,
              transform: `translateY(${line.start}px)`
            }}
          >
            {renderLine(line.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
