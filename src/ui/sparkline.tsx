import React from 'react';

/** Height of the lowest bar that stands for anything, as a share of the highest. */
const LEAST = 0.14;

/** Share of its place that a bar leaves free. */
const GAP = 0.25;

/**
 * Counts over time as a row of small bars, the newest at the right.
 *
 * The highest bar fills the height: what counts is how the numbers go.
 */
export function Sparkline(props: {
  values: readonly number[];

  /** What it shows, for those who do not see it and for pointers. */
  label: string;
  width: number;
  height: number;
}): JSX.Element {
  const { values, label, width, height } = props;
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return (
    <svg
      className="jp-DsinfraSparkline"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
    >
      <line x1="0" y1={height - 0.5} x2={width} y2={height - 0.5} />
      {values.map((value, index) => {
        if (value <= 0) {
          return null;
        }
        const size = height * Math.max(LEAST, value / most);
        return (
          <rect
            key={index}
            x={index * step + (step * GAP) / 2}
            y={height - size}
            width={step * (1 - GAP)}
            height={size}
          />
        );
      })}
    </svg>
  );
}
