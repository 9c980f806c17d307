import React from 'react';

/** Height of the lowest bar that stands for any count, as a share of the highest. */
const LEAST = 0.14;

/** Share of its place that a bar leaves free. */
const GAP = 0.25;

/** Pixels below which bars stand close together: gaps would only blur them. */
const DENSE_STEP = 3;

/**
 * Values over time as a row of small bars, the newest at the right.
 *
 * Unless it is said what fills the height the highest bar does: what counts then is
 * how the numbers go. Null is a gap.
 */
export function Sparkline(props: {
  values: readonly (number | null)[];

  /** What it shows, for those who do not see it and for pointers. */
  label: string;
  width: number;
  height: number;

  /** The value that fills the height. */
  full?: number;
}): JSX.Element {
  const { values, label, width, height, full } = props;
  const most = full ?? Math.max(1, ...values.map(value => value ?? 0));
  const least = full === undefined ? LEAST : 0;
  const step = width / Math.max(1, values.length);
  const gap = step < DENSE_STEP ? 0 : GAP;
  // One shape for all bars: lists have many of them, and each second others.
  const bars = values.map((value, index) => {
    if (value === null || value <= 0) {
      return '';
    }
    const size = height * Math.min(1, Math.max(least, value / most));
    const x = index * step + (step * gap) / 2;
    const wide = step * (1 - gap);
    return `M${round(x)} ${height}v${-round(size)}h${round(wide)}v${round(size)}z`;
  });
  return (
    <svg
      className="jp-DsinfraSparkline"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      // Bars without gaps would show seams where pixels are shared.
      shapeRendering={gap === 0 ? 'crispEdges' : undefined}
    >
      <line x1="0" y1={height - 0.5} x2={width} y2={height - 0.5} />
      <path d={bars.join('')} />
    </svg>
  );
}

function round(length: number): number {
  return Math.round(length * 100) / 100;
}
