import React from 'react';

import type { ISpan } from './places';
import { Places } from './places';

export interface ISpansOptions {
  count: number;

  /** The size of one in pixels; another function whenever sizes changed. */
  sizeOf: (index: number) => number;

  /**
   * A name that stays one's own; another function whenever lines changed. With it, what is
   * read stays in place when lines come and go above; at the very top new lines show.
   */
  keyOf?: (index: number) => string;

  /** How many are drawn beyond the visible ones, so that scrolling shows no gaps. */
  overscan: number;

  /** Whether they stand side by side. */
  isHorizontal?: boolean;

  /** Where the first one begins, in pixels. */
  begin?: number;

  /** How much of the beginning of what is seen is covered, in pixels. */
  covered?: number;
}

/** The part of many lines that has to be in the document. */
export interface ISpans {
  readonly spans: readonly ISpan[];

  /** How large all of them are together. */
  readonly total: number;

  /** Bring one into view. */
  reveal: (index: number) => void;
}

/** What of an element is seen, in pixels. */
interface IView {
  offset: number;
  extent: number;
}

/** Tell which of many lines an element that scrolls has to draw. */
export function useSpans(
  scrollRef: React.RefObject<HTMLElement>,
  options: ISpansOptions
): ISpans {
  const { count, sizeOf, keyOf, overscan, begin, covered = 0 } = options;
  const { isHorizontal = false } = options;
  const places = React.useMemo(
    () => new Places(count, sizeOf, begin),
    [count, sizeOf, begin]
  );
  const view = React.useRef<IView>({ offset: 0, extent: 0 }).current;
  const read = (element: HTMLElement): void => {
    view.offset = isHorizontal ? element.scrollLeft : element.scrollTop;
    view.extent = isHorizontal ? element.clientWidth : element.clientHeight;
  };
  const move = (element: HTMLElement, offset: number): void => {
    element[isHorizontal ? 'scrollLeft' : 'scrollTop'] = offset;
    read(element);
  };
  const subscribe = React.useCallback(
    (onChange: () => void) => observe(scrollRef.current, read, onChange),
    [isHorizontal]
  );
  const range = (): readonly [number, number] =>
    places.range(view.offset, view.offset + view.extent);
  // A store, so that what is scrolled to is drawn before the next frame is shown.
  React.useSyncExternalStore(subscribe, () => range().join());
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  const [first, end] = range();
  const spans: ISpan[] = [];
  const last = Math.min(count, end + overscan);
  for (let i = Math.max(0, first - overscan); i < last && end > first; i++) {
    spans.push(places.at(i));
  }

  const drawn = React.useRef(new Map<string, number>());
  React.useLayoutEffect(() => {
    const element = scrollRef.current;
    if (element !== null) {
      const { offset, extent } = view;
      const moved =
        keyOf && offset > 0 ? movedBy(drawn.current, places, keyOf, offset) : 0;
      read(element);
      if (moved !== 0) {
        move(element, offset + moved);
      }
      if (view.offset !== offset || view.extent !== extent) {
        redraw();
      }
    }
  }, [places, keyOf]);
  React.useLayoutEffect(() => {
    drawn.current = new Map(
      keyOf && spans.map(({ index, start }) => [keyOf(index), start])
    );
  });
  return {
    spans,
    total: places.end,
    reveal: index => {
      const element = scrollRef.current;
      if (element !== null && index >= 0 && index < count) {
        read(element);
        const { offset, extent } = view;
        const wanted = places.offsetFor(index, offset, extent, covered);
        if (wanted !== offset) {
          move(element, wanted);
          redraw();
        }
      }
    }
  };
}

/** Tell of an element's scrolling and of its size. Returns how to stop. */
function observe(
  element: HTMLElement | null,
  read: (element: HTMLElement) => void,
  onChange: () => void
): () => void {
  if (element === null) {
    return () => undefined;
  }
  const onView = (): void => {
    read(element);
    onChange();
  };
  element.addEventListener('scroll', onView, { passive: true });
  // There is none in the tests, where nothing is laid out.
  const resize =
    typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(onView);
  resize?.observe(element);
  return () => {
    element.removeEventListener('scroll', onView);
    resize?.disconnect();
  };
}

/**
 * Return how far the first line that was read, and still is there, has moved.
 *
 * @param drawn - Where lines stood that were drawn, from the first to the last.
 * @param offset - How far it was scrolled to.
 */
function movedBy(
  drawn: ReadonlyMap<string, number>,
  places: Places,
  keyOf: (index: number) => string,
  offset: number
): number {
  let found = Infinity;
  let moved = 0;
  for (let index = 0; index < places.count; index++) {
    const start = drawn.get(keyOf(index));
    if (start !== undefined && start >= offset && start < found) {
      found = start;
      moved = places.at(index).start - start;
    }
  }
  return moved;
}
