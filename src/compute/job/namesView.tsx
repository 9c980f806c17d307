import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob, IParcelName } from '../../api/types';
import { formatBytes } from '../../ui/format';
import { isOpen } from '../states';

/** The names that went with a job, and those that came back. */
export function Names(props: {
  job: IJob;
  trans: TranslationBundle;
}): JSX.Element {
  const { job, trans } = props;
  return (
    <div className="jp-DsinfraJob-names">
      <NameTable
        label={trans.__('Sent')}
        items={job.sent}
        bytes={job.sent_bytes}
        empty={
          isOpen(job) && job.started_at === null
            ? trans.__('Nothing was sent yet.')
            : trans.__('The code needs no names of the notebook.')
        }
        trans={trans}
      />
      <NameTable
        label={trans.__('Brought back')}
        items={job.returned}
        bytes={job.returned_bytes}
        empty={
          isOpen(job)
            ? trans.__('Names come back when the job ends.')
            : trans.__('Nothing came back.')
        }
        trans={trans}
      />
      {job.changed_inputs.length > 0 && (
        <NameTable
          label={trans.__('Changed in place')}
          items={job.changed_inputs}
          bytes={null}
          empty=""
          trans={trans}
        />
      )}
    </div>
  );
}

function NameTable(props: {
  label: string;
  items: readonly IParcelName[];
  bytes: number | null;
  empty: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { bytes, empty, items, label, trans } = props;
  const id = React.useId();
  const hasNotes = items.some(({ note }) => note);
  return (
    <section className="jp-DsinfraRun-section" aria-labelledby={id}>
      <h2 id={id}>
        {label}
        {bytes !== null && items.length > 0 && (
          <span className="jp-DsinfraJob-sum">{formatBytes(bytes)}</span>
        )}
      </h2>
      {items.length === 0 ? (
        <p className="jp-DsinfraRun-quiet">{empty}</p>
      ) : (
        <table className="jp-DsinfraRun-table jp-mod-wide">
          <thead>
            <tr>
              <th scope="col">{trans.__('Name')}</th>
              <th scope="col">{trans.__('Type')}</th>
              <th scope="col" className="jp-DsinfraJob-size">
                {trans.__('Size')}
              </th>
              {hasNotes && <th scope="col">{trans.__('Note')}</th>}
            </tr>
          </thead>
          <tbody>
            {items.map(item => (
              <tr key={item.name}>
                <th scope="row">
                  <code>{item.name}</code>
                </th>
                <td>{item.type}</td>
                <td className="jp-DsinfraJob-size">
                  {formatBytes(item.size_bytes)}
                </td>
                {hasNotes && <td>{item.note}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
