import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRun } from '../../api/types';
import { formatValue } from '../../ui/numbers';
import { IconButton } from './editView';

/** Values that are shown before somebody asks for more. */
const ROWS = 12;

/** The parameters of a run and the last values of its metrics; nothing if it has none. */
export function ValuesSection(props: {
  run: IRun;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { run, trans } = props;
  const hasAny = [run.params, run.metrics].some(
    values => Object.keys(values).length > 0
  );
  return hasAny ? (
    <div className="jp-DsinfraRun-values">
      <Values
        label={trans.__('Parameters')}
        values={run.params}
        trans={trans}
      />
      <Values label={trans.__('Metrics')} values={run.metrics} trans={trans} />
    </div>
  ) : null;
}

/** Named values as a table that can be copied. */
function Values(props: {
  label: string;
  values: Readonly<Record<string, unknown>>;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { label, trans, values } = props;
  const [isWhole, setWhole] = React.useState(false);
  const entries = Object.entries(values);
  const shown = isWhole ? entries : entries.slice(0, ROWS);
  return entries.length === 0 ? null : (
    <section aria-label={label}>
      <header>
        <h2>{label}</h2>
        <IconButton
          label={trans.__('Copy as table')}
          onClick={() => Clipboard.copyToSystem(tabSeparated(entries))}
        >
          <copyIcon.react tag="span" />
        </IconButton>
      </header>
      <table className="jp-DsinfraRun-table" aria-label={label}>
        <tbody>
          {shown.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td title={typeof value === 'number' ? String(value) : undefined}>
                {formatValue(value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < entries.length && (
        <button className="jp-DsinfraRun-link" onClick={() => setWhole(true)}>
          {trans.__('Show all %1', entries.length)}
        </button>
      )}
    </section>
  );
}

/** Return values as spreadsheets take them from the clipboard. */
export function tabSeparated(
  entries: readonly (readonly [string, unknown])[]
): string {
  return entries
    .map(([key, value]) =>
      [key, typeof value === 'string' ? value : JSON.stringify(value)]
        .map(cell => cell.replace(/[\t\r\n]+/g, ' '))
        .join('\t')
    )
    .join('\n');
}
