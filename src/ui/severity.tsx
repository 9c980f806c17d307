import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Severity } from '../api/types';

/** A severity in one word. */
export function severityLabel(
  severity: Severity,
  trans: TranslationBundle
): string {
  switch (severity) {
    case 'critical':
      return trans.__('Critical');
    case 'error':
      return trans.__('Error');
    case 'warning':
      return trans.__('Warning');
    case 'info':
      return trans.__('Info');
  }
}

/** Each severity has a shape of its own: colour alone tells nothing to many. */
const SHAPES: Record<Severity, JSX.Element> = {
  critical: (
    <path
      className="jp-mod-filled"
      d="M5.2 1.25h5.6l3.95 3.95v5.6l-3.95 3.95H5.2L1.25 10.8V5.2ZM7.1 3.9l.25 5.1h1.3l.25-5.1ZM8 10.2a1.05 1.05 0 1 0 0 2.1 1.05 1.05 0 0 0 0-2.1Z"
    />
  ),
  error: (
    <path
      className="jp-mod-filled"
      d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5.8 4.75 8 6.95l2.2-2.2 1.05 1.05L9.05 8l2.2 2.2-1.05 1.05L8 9.05l-2.2 2.2-1.05-1.05L6.95 8l-2.2-2.2Z"
    />
  ),
  warning: (
    <>
      <path d="M8 2.4 14.2 13.4H1.8Z" />
      <line x1="8" y1="6.4" x2="8" y2="9.2" />
      <circle className="jp-mod-filled" cx="8" cy="11.3" r=".85" />
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <line x1="8" y1="7.6" x2="8" y2="11" />
      <circle className="jp-mod-filled" cx="8" cy="5.2" r=".9" />
    </>
  )
};

/** The mark of a severity, named for those who hear it. */
export function SeverityIcon(props: {
  severity: Severity;
  trans: TranslationBundle;
}): JSX.Element {
  const { severity, trans } = props;
  return (
    <svg
      className="jp-DsinfraSeverity"
      data-severity={severity}
      role="img"
      aria-label={severityLabel(severity, trans)}
      viewBox="0 0 16 16"
      width="16"
      height="16"
    >
      {SHAPES[severity]}
    </svg>
  );
}
