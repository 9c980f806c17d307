import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import {
  copyIcon,
  fileIcon,
  linkIcon,
  spreadsheetIcon,
  terminalIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { DataKind, DataMode, IDataItem, IRunData } from '../../api/types';
import { formatBytes, formatFullMoment } from '../../ui/format';
import { Notice } from '../../ui/notice';
import { IconButton } from './editView';

/** Items that are shown before somebody asks for more. */
const ROWS = 100;

/** Characters of a digest that are shown: enough to see that two differ. */
const DIGEST_CHARS = 10;

const ICONS: Record<DataKind, LabIcon> = {
  database: spreadsheetIcon,
  file: fileIcon,
  process: terminalIcon,
  url: linkIcon
};

/** The data a run touched, and who looked. */
export function DataSection(props: {
  data: IRunData;
  locale: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { data, locale, trans } = props;
  const [shown, setShown] = React.useState(ROWS);
  const { coverage, items } = data;
  if (coverage.length === 0 && items.length === 0) {
    return (
      <Notice kind="empty" title={trans.__('Nobody looked')}>
        {trans.__(
          'No probe was in the kernel, so that nothing is known of files, databases and addresses: the run may have used any.'
        )}
      </Notice>
    );
  }
  return (
    <>
      <p className="jp-DsinfraRun-quiet">{coverageText(coverage, trans)}</p>
      {items.length === 0 ? (
        <Notice kind="empty" title={trans.__('No data was touched')}>
          {trans.__(
            'No file, database or address was seen. Files of Python itself and of its packages do not count.'
          )}
        </Notice>
      ) : (
        <DataTable
          items={items.slice(0, shown)}
          locale={locale}
          trans={trans}
        />
      )}
      {shown < items.length && (
        <button
          className="jp-DsinfraRun-link"
          onClick={() => setShown(shown + 10 * ROWS)}
        >
          {trans.__('Show more (%1 of %2)', shown, items.length)}
        </button>
      )}
    </>
  );
}

/** Return who looked, and what nobody saw. */
export function coverageText(
  coverage: readonly string[],
  trans: TranslationBundle
): string {
  if (coverage.length === 0) {
    return trans.__('It is not known who looked.');
  }
  const watched = trans.__('Watched: %1.', coverage.join(', '));
  return coverage.includes('audit')
    ? `${watched} ${trans.__(
        'Not seen: what other libraries read without Python, such as in C++.'
      )}`
    : `${watched} ${trans.__('Not seen: everything else.')}`;
}

function DataTable(props: {
  items: readonly IDataItem[];
  locale: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { items, locale, trans } = props;
  return (
    <table
      className="jp-DsinfraRun-table jp-mod-wide"
      aria-label={trans.__('Data')}
    >
      <thead>
        <tr>
          <th scope="col">{trans.__('Name')}</th>
          <th scope="col">{trans.__('Use')}</th>
          <th scope="col">{trans.__('Size')}</th>
          <th scope="col">{trans.__('Changed')}</th>
          <th scope="col">{trans.__('Digest')}</th>
          <th scope="col">{trans.__('Seen by')}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item, index) => (
          <DataRow key={index} item={item} locale={locale} trans={trans} />
        ))}
      </tbody>
    </table>
  );
}

function DataRow(props: {
  item: IDataItem;
  locale: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { item, locale, trans } = props;
  const Icon = ICONS[item.kind];
  return (
    <tr>
      <th scope="row" title={item.name}>
        <span className="jp-DsinfraRun-iconText">
          <Icon.react tag="span" title={kindName(item.kind, trans)} />
          <span className="jp-DsinfraRun-path">
            <bdi>{item.name}</bdi>
          </span>
        </span>
      </th>
      <td>{modeName(item.mode, trans)}</td>
      <td>{item.size_bytes === null ? '–' : formatBytes(item.size_bytes)}</td>
      <td>
        {item.modified_at === null
          ? '–'
          : formatFullMoment(new Date(item.modified_at), locale)}
      </td>
      <td>
        <Digest digest={item.digest} trans={trans} />
      </td>
      <td>{item.collector}</td>
    </tr>
  );
}

/** The beginning of a digest, and a way to copy all of it. */
export function Digest(props: {
  digest: string | null;
  trans: TranslationBundle;
}): JSX.Element {
  const { digest, trans } = props;
  if (digest === null) {
    return <span title={trans.__('It was too large, or is gone')}>–</span>;
  }
  return (
    <span className="jp-DsinfraRun-iconText">
      <code title={digest}>
        {digest.replace(/^sha256:/, '').slice(0, DIGEST_CHARS)}
      </code>
      <IconButton
        label={trans.__('Copy the digest')}
        onClick={() => Clipboard.copyToSystem(digest)}
      >
        <copyIcon.react tag="span" />
      </IconButton>
    </span>
  );
}

function kindName(kind: DataKind, trans: TranslationBundle): string {
  switch (kind) {
    case 'file':
      return trans.__('File');
    case 'database':
      return trans.__('Database');
    case 'url':
      return trans.__('Address');
    case 'process':
      return trans.__('Program');
  }
}

function modeName(mode: DataMode, trans: TranslationBundle): string {
  switch (mode) {
    case 'read':
      return trans.__('read');
    case 'write':
      return trans.__('written');
    case 'read_write':
      return trans.__('read and written');
  }
}
