import * as React from 'react';

import { cssColor } from './theme';

/** A piece of a line, in its colour and dashes. */
export function Swatch(props: { index: number }): JSX.Element {
  return (
    <span
      className="jp-DsinfraCharts-swatch"
      data-dash={Math.floor(props.index / 8) % 3}
      style={{ color: cssColor(props.index) }}
      aria-hidden
    />
  );
}

/** A small button in the head of a chart. */
export function Action(props: {
  label: string;
  isPressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      aria-label={props.label}
      aria-pressed={props.isPressed}
      className="jp-DsinfraChart-action"
      title={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
