import * as React from 'react';

/** A part of a run's view that is shown alone. */
export interface ITab {
  readonly id: string;
  readonly label: string;
  /** How much there is in it; null where that is not known. */
  readonly count: number | null;
}

/** Names of the elements of a tab, so that each can name the other. */
export function tabIds(
  viewId: string,
  tabId: string
): { tab: string; panel: string } {
  return {
    tab: `${viewId}-tab-${tabId}`,
    panel: `${viewId}-panel-${tabId}`
  };
}

/** A row of tabs; arrows move among them, as ARIA has it. */
export function Tabs(props: {
  label: string;
  tabs: readonly ITab[];
  current: string;
  viewId: string;
  select: (id: string) => void;
}): JSX.Element {
  const { current, label, select, tabs, viewId } = props;
  const list = React.useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const from = tabs.findIndex(tab => tab.id === current);
    const to = targetOf(event.key, from, tabs.length);
    if (to !== null) {
      event.preventDefault();
      event.stopPropagation();
      select(tabs[to].id);
      list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[to]?.focus();
    }
  };
  return (
    <div
      ref={list}
      className="jp-DsinfraRun-tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      {tabs.map(tab => {
        const ids = tabIds(viewId, tab.id);
        const isCurrent = tab.id === current;
        return (
          <button
            key={tab.id}
            id={ids.tab}
            aria-controls={ids.panel}
            aria-selected={isCurrent}
            role="tab"
            tabIndex={isCurrent ? 0 : -1}
            onClick={() => select(tab.id)}
          >
            {tab.label}
            {tab.count !== null && tab.count > 0 && (
              <span className="jp-DsinfraRun-tabCount">{tab.count}</span>
            )}
          </button>
        );
      })}
    </div>
  );
}

/** Return the tab that a key leads to; null if it leads nowhere. */
function targetOf(key: string, from: number, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return (from - 1 + count) % count;
    case 'ArrowRight':
      return (from + 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
