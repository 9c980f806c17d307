import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IJob, IPreflightItem, PreflightKind } from '../../api/types';
import { formatBytes, formatDuration } from '../../ui/format';
import { SeverityIcon } from '../../ui/severity';
import { titleOf } from '../states';

/** What was found before a job is sent, the worst first. */
export function PreflightItems(props: {
  items: readonly IPreflightItem[];
  trans: TranslationBundle;
}): JSX.Element {
  const { items, trans } = props;
  const sorted = [...items].sort((left, right) => rank(left) - rank(right));
  return (
    <ul className="jp-DsinfraPreflight-items">
      {sorted.map((item, index) => (
        <li key={index}>
          <SeverityIcon severity={severityOf(item)} trans={trans} />
          <div>
            <div className="jp-DsinfraPreflight-what">
              <span>{kindLabel(item.kind, trans)}</span>
              {(item.path || item.name) && (
                <code>{item.path || item.name}</code>
              )}
              {typeof item.size_bytes === 'number' && (
                <span className="jp-DsinfraPreflight-size">
                  {formatBytes(item.size_bytes)}
                </span>
              )}
            </div>
            <div className="jp-DsinfraPreflight-text">{item.text}</div>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What the user is asked before a job is sent. */
export function PreflightView(props: {
  job: IJob;
  trans: TranslationBundle;
}): JSX.Element {
  const { job, trans } = props;
  const { preflight, sent } = job;
  const expected = preflight?.expected_s ?? null;
  const bytes = preflight?.sent_bytes ?? 0;
  return (
    <div className="jp-DsinfraPreflight">
      <p className="jp-DsinfraPreflight-code">
        <code>{titleOf(job, trans)}</code>
      </p>
      <p>
        {expected === null
          ? trans.__('%1 go to %2.', formatBytes(bytes), job.target)
          : trans.__(
              '%1 go to %2, which takes about %3 by what was measured before.',
              formatBytes(bytes),
              job.target,
              formatDuration(expected)
            )}
      </p>
      <PreflightItems items={preflight?.items ?? []} trans={trans} />
      {sent.length > 0 && (
        <details>
          <summary>{trans._n('%1 name', '%1 names', sent.length)}</summary>
          <ul className="jp-DsinfraPreflight-names">
            {[...sent]
              .sort((left, right) => right.size_bytes - left.size_bytes)
              .map(item => (
                <li key={item.name}>
                  <code>{item.name}</code>
                  <span>{item.type}</span>
                  <span className="jp-DsinfraPreflight-size">
                    {formatBytes(item.size_bytes)}
                  </span>
                </li>
              ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function rank(item: IPreflightItem): number {
  return item.is_blocking ? 0 : item.needs_word ? 1 : 2;
}

function severityOf(item: IPreflightItem): 'error' | 'warning' | 'info' {
  return item.is_blocking ? 'error' : item.needs_word ? 'warning' : 'info';
}

function kindLabel(kind: PreflightKind, trans: TranslationBundle): string {
  const words: Record<PreflightKind, string> = {
    large: trans.__('Large'),
    unpicklable: trans.__('Cannot be sent'),
    python: trans.__('Other Python'),
    package: trans.__('Other version'),
    missing_package: trans.__('Missing package'),
    dynamic: trans.__('Names may be missed'),
    missing_name: trans.__('Missing name')
  };
  return words[kind];
}
