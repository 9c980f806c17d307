import React from 'react';

/** A button that opens a small panel below itself. */
export function Popover(props: {
  label: React.ReactNode;
  title: string;
  children: (close: () => void) => React.ReactNode;
}): JSX.Element {
  const { label, title, children } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const rootRef = React.useRef<HTMLDivElement>(null);
  const buttonRef = React.useRef<HTMLButtonElement>(null);
  const panelId = React.useId();
  const close = React.useCallback(() => {
    setIsOpen(false);
    buttonRef.current?.focus();
  }, []);
  React.useEffect(() => {
    if (!isOpen) {
      return;
    }
    rootRef.current
      ?.querySelector<HTMLElement>('[role=dialog] input, [role=dialog] button')
      ?.focus();
    const onPress = (event: PointerEvent): void => {
      if (!rootRef.current?.contains(event.target as Node)) {
        setIsOpen(false);
      }
    };
    document.addEventListener('pointerdown', onPress, true);
    return () => document.removeEventListener('pointerdown', onPress, true);
  }, [isOpen]);
  return (
    <div
      ref={rootRef}
      className="jp-DsinfraPopover"
      onKeyDown={event => {
        if (isOpen && event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          close();
        }
      }}
      onBlur={event => {
        const next = event.relatedTarget;
        if (next !== null && !event.currentTarget.contains(next)) {
          setIsOpen(false);
        }
      }}
    >
      <button
        ref={buttonRef}
        type="button"
        className="jp-DsinfraTool"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        title={title}
        onClick={() => setIsOpen(!isOpen)}
      >
        {label}
      </button>
      {isOpen && (
        <div
          id={panelId}
          className="jp-DsinfraPopover-panel"
          role="dialog"
          aria-label={title}
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}
