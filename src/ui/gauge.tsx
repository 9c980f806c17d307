import React from 'react';

/** From where on a bar warns, as a share of the whole. */
const HIGH = 0.85;
const CRITICAL = 0.95;

/** A part of a bar. */
export interface IGaugePart {
  key: string;

  /** Its share of the whole, 0 to 1. */
  ratio: number;

  /** What a pointer that rests on it is told. */
  title?: string;

  /** Whose it is; plain parts have the colour of the bar. */
  kind?: 'own' | 'other';
}

/** How much of something is in use, as a bar. */
export function Gauge(props: {
  label: string;

  /** The figures, for those who do not see the bar. */
  text: string;

  /** What is in use; null if it is not known. */
  parts: readonly IGaugePart[] | null;

  /** Whether a full bar is bad news. */
  isScarce?: boolean;
}): JSX.Element {
  const { label, text, parts, isScarce = false } = props;
  const sum = (parts ?? []).reduce((total, part) => total + part.ratio, 0);
  // What is read in two places can add up to a little more than there is.
  const scale = sum > 1 ? 1 / sum : 1;
  const value = Math.round(Math.min(1, sum) * 100);
  return (
    <div
      className="jp-DsinfraGauge"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={parts === null ? undefined : value}
      aria-valuetext={text}
      data-level={isScarce ? levelOf(sum) : 'normal'}
      data-unknown={parts === null}
    >
      {(parts ?? []).map(part => (
        <span
          key={part.key}
          className="jp-DsinfraGauge-part"
          data-kind={part.kind}
          title={part.title}
          style={{ width: `${Math.max(0, part.ratio * scale) * 100}%` }}
        />
      ))}
    </div>
  );
}

/** How near a share is to the whole. */
export function levelOf(ratio: number): 'normal' | 'high' | 'critical' {
  return ratio >= CRITICAL ? 'critical' : ratio >= HIGH ? 'high' : 'normal';
}
