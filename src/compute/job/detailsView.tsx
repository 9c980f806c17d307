import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob } from '../../api/types';
import { formatBytes } from '../../ui/format';
import { PreflightItems } from '../preflight/view';

/** What a job asked for, and what was found before it was sent. */
export function Details(props: {
  job: IJob;
  trans: TranslationBundle;
}): JSX.Element {
  const { job, trans } = props;
  const id = React.useId();
  return (
    <>
      <section className="jp-DsinfraRun-section" aria-labelledby={`${id}a`}>
        <h2 id={`${id}a`}>{trans.__('Asked for')}</h2>
        <dl className="jp-DsinfraRun-facts">
          {asked(job, trans).map(([label, text]) => (
            <div key={label} className="jp-DsinfraRun-fact">
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="jp-DsinfraRun-section" aria-labelledby={`${id}b`}>
        <h2 id={`${id}b`}>{trans.__('Found before sending')}</h2>
        {job.preflight === null || job.preflight.items.length === 0 ? (
          <p className="jp-DsinfraRun-quiet">
            {job.preflight === null
              ? trans.__('It was not looked at yet.')
              : trans.__('Nothing stood out.')}
          </p>
        ) : (
          <PreflightItems items={job.preflight.items} trans={trans} />
        )}
      </section>
    </>
  );
}

function asked(job: IJob, trans: TranslationBundle): [string, string][] {
  const { cpus, gpus, memory_bytes: memory } = job.resources;
  const byDefault = trans.__('default of the target');
  return [
    [
      trans.__('Kernel'),
      {
        fresh: trans.__('one of its own'),
        session: trans.__('one for this notebook and target'),
        group: trans.__('shared with other items of its map')
      }[job.mode]
    ],
    [trans.__('CPUs'), cpus?.toLocaleString() ?? byDefault],
    [
      trans.__('Memory'),
      typeof memory === 'number' ? formatBytes(memory) : byDefault
    ],
    [trans.__('GPUs'), gpus?.toLocaleString() ?? byDefault],
    [
      trans.__('Names to bring back'),
      job.returns === null
        ? trans.__('those the code binds')
        : job.returns.join(', ') || trans.__('none')
    ]
  ];
}
