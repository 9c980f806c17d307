import { act, render, screen } from '@testing-library/react';
import React from 'react';

import { VirtualList } from '../virtualList';

const HEIGHT = 20;

/** jsdom lays nothing out. What stays in place when lines come above is seen in the browser. */
beforeAll(() => {
  for (const name of ['clientHeight', 'offsetHeight', 'offsetWidth']) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      value: 200
    });
  }
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

  it('shows new lines at the very top', () => {
    const { rerender } = render(<List names={namesFrom(0)} />);
    rerender(<List names={namesFrom(-5)} />);
    expect(screen.getByRole('listbox').scrollTop).toBe(0);
    expect(drawn()[0]).toBe('line -5');
  });

  it('draws nothing of an empty list', () => {
    const onRange = jest.fn();
    render(<List names={[]} onRange={onRange} />);
    expect(drawn()).toEqual([]);
    expect(onRange).toHaveBeenLastCalledWith(0, -1);
  });
});
