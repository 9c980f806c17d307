import { act, render, screen } from '@testing-library/react';
import React from 'react';

import { VirtualList } from '../virtualList';

const HEIGHT = 20;

/** jsdom lays nothing out, so the list is told how high it is. */
beforeAll(() => {
  Object.defineProperty(Element.prototype, 'clientHeight', {
    configurable: true,
    value: 200
  });
});

function List(props: {
  names: readonly string[];
  active?: string;
  onRange?: (first: number, last: number) => void;
}): JSX.Element {
  const { names, active = '' } = props;
  return (
    <VirtualList
      role="listbox"
      count={names.length}
      keyOf={React.useCallback((index: number) => names[index], [names])}
      heightOf={React.useCallback(() => HEIGHT, [names])}
      activeIndex={names.indexOf(active)}
      onRange={props.onRange ?? nothing}
      renderLine={index => <span>{names[index]}</span>}
    />
  );
}

const nothing = (): void => undefined;

function namesFrom(first: number, count = 1000): string[] {
  return Array.from({ length: count }, (_, index) => `line ${first + index}`);
}

function scrollTo(top: number): void {
  const list = screen.getByRole('listbox');
  act(() => {
    list.scrollTop = top;
    list.dispatchEvent(new Event('scroll'));
  });
}

function drawn(): (string | null)[] {
  const lines = screen.getByRole('listbox').querySelectorAll('span');
  return Array.from(lines, line => line.textContent);
}

describe('VirtualList', () => {
  it('has only the lines around the visible ones in the document', () => {
    const onRange = jest.fn();
    render(<List names={namesFrom(0)} onRange={onRange} />);
    expect(drawn()).toEqual(namesFrom(0, 22));
    expect(onRange).toHaveBeenLastCalledWith(0, 121);
    scrollTo(500 * HEIGHT);
    expect(drawn()).toEqual(namesFrom(488, 34));
    expect(onRange).toHaveBeenLastCalledWith(488, 621);
  });

  it('keeps what is read in place when lines appear above, or go', () => {
    const { rerender } = render(<List names={namesFrom(0)} />);
    const list = screen.getByRole('listbox');
    scrollTo(500 * HEIGHT + 7);
    rerender(<List names={namesFrom(-30)} />);
    expect(list.scrollTop).toBe(530 * HEIGHT + 7);
    expect(drawn()).toContain('line 500');
    rerender(<List names={namesFrom(100)} />);
    expect(list.scrollTop).toBe(400 * HEIGHT + 7);
    expect(drawn()).toContain('line 500');
  });

  it('keeps the first line in place that is still there', () => {
    const { rerender } = render(<List names={namesFrom(0)} />);
    scrollTo(500 * HEIGHT);
    const gone = new Set(['line 500', 'line 501', 'line 3']);
    rerender(<List names={namesFrom(0).filter(name => !gone.has(name))} />);
    // The line 502 was third from the top, and stays it.
    expect(screen.getByRole('listbox').scrollTop).toBe(497 * HEIGHT);
  });

  it('shows new lines at the very top', () => {
    const { rerender } = render(<List names={namesFrom(0)} />);
    rerender(<List names={namesFrom(-5)} />);
    expect(screen.getByRole('listbox').scrollTop).toBe(0);
    expect(drawn()[0]).toBe('line -5');
  });

  it('brings another active line into view, and follows none that moves', () => {
    const { rerender } = render(<List names={namesFrom(0)} />);
    const list = screen.getByRole('listbox');
    rerender(<List names={namesFrom(0)} active="line 50" />);
    expect(list.scrollTop).toBe(51 * HEIGHT - 200);
    expect(drawn()).toContain('line 50');
    scrollTo(0);
    rerender(<List names={namesFrom(-400)} active="line 50" />);
    expect(list.scrollTop).toBe(0);
  });

  it('draws nothing of an empty list', () => {
    const onRange = jest.fn();
    render(<List names={[]} onRange={onRange} />);
    expect(drawn()).toEqual([]);
    expect(onRange).toHaveBeenLastCalledWith(0, -1);
  });
});
