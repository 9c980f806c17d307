import type React from 'react';

/**
 * Return the index of the line that a key leads to in a list; null for other keys.
 *
 * @param selected - The line to go from; -1 for none.
 * @param pageLines - Lines that Page Up and Page Down go; 0 if they are not for the list.
 */
export function lineOfKey(
  key: string,
  count: number,
  selected: number,
  pageLines: number
): number | null {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    End: Infinity,
    Home: -Infinity,
    ...(pageLines > 0 && { PageDown: pageLines, PageUp: -pageLines })
  };
  const step = steps[key];
  return step === undefined
    ? null
    : Math.max(0, Math.min(count - 1, selected + step));
}

/** Whether somebody asks for the menu by keyboard. */
export function isMenuKey(event: React.KeyboardEvent): boolean {
  return event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
}

/** Return where the menu of the selected line goes: below it, a little to the right. */
export function menuPlace(
  list: HTMLElement,
  indent: number
): readonly [number, number] {
  const line = list.querySelector('[aria-selected="true"]') ?? list;
  const { left, bottom } = line.getBoundingClientRect();
  return [left + indent, bottom];
}
