import React from 'react';

/** A button in a notice. */
export interface INoticeAction {
  label: string;
  onClick: () => void;
}

/** Says why a panel has nothing to show, and what to do. */
export function Notice(props: {
  kind: 'empty' | 'failed';
  title: string;
  children?: React.ReactNode;
  action?: INoticeAction;
}): JSX.Element {
  const { kind, title, children, action } = props;
  return (
    <div
      className="jp-DsinfraNotice"
      data-kind={kind}
      role={kind === 'failed' ? 'alert' : 'status'}
    >
      <div className="jp-DsinfraNotice-title">{title}</div>
      {children && <div className="jp-DsinfraNotice-text">{children}</div>}
      {action && (
        <button
          type="button"
          className="jp-DsinfraButton"
          onClick={action.onClick}
        >
          {action.label}
        </button>
      )}
    </div>
  );
}

/** Says, above what is shown, that something about it is not as it should be. */
export function NoticeBar(props: {
  level: 'info' | 'warning' | 'error';
  children: React.ReactNode;
  action?: INoticeAction;
}): JSX.Element {
  const { level, children, action } = props;
  return (
    <div
      className="jp-DsinfraNoticeBar"
      data-level={level}
      role={level === 'error' ? 'alert' : 'status'}
    >
      <div className="jp-DsinfraNoticeBar-text">{children}</div>
      {action && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={action.onClick}
        >
          {action.label}
        </button>
      )}
    </div>
  );
}

const WIDTHS = ['62%', '78%', '54%', '70%', '46%', '66%'];

/** Stands for lines that are on their way. */
export function Skeleton(props: { label: string }): JSX.Element {
  return (
    <div
      className="jp-DsinfraSkeleton"
      role="status"
      aria-busy="true"
      aria-label={props.label}
    >
      {WIDTHS.map(width => (
        <div key={width} className="jp-DsinfraSkeleton-line">
          <span style={{ width }} />
        </div>
      ))}
    </div>
  );
}
