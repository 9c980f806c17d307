import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IErrorRecord, IRunErrors } from '../../api/types';
import { Sentence } from '../../errors/sentenceView';
import type { ILoadable } from '../../ui/loadable';
import { SeverityIcon } from '../../ui/severity';

/** Errors that are shown with a run; the others are a click away. */
const SHOWN_MAX = 5;

/** What the errors of a run are shown with. */
export interface IErrorsProps {
  errors: ILoadable<IRunErrors>;
  open: (record: IErrorRecord) => void;
  trans: TranslationBundle;
}

/** What is known of the errors of a run, the one that ended it first. */
export function ErrorsSection(props: IErrorsProps): JSX.Element | null {
  const { errors, open, trans } = props;
  const items = errors.value?.items ?? [];
  // A failure is no loss: class and message stand in the head of the run.
  if (items.length === 0) {
    return null;
  }
  const hidden = items.length - SHOWN_MAX;
  return (
    <section className="jp-DsinfraRun-errors" aria-label={trans.__('Errors')}>
      <ul>
        {items.slice(0, SHOWN_MAX).map(record => (
          <li key={record.id}>
            <SeverityIcon severity={record.severity} trans={trans} />
            <span className="jp-DsinfraRun-errorText">
              <Sentence text={textOf(record, trans)} />
            </span>
            <button
              type="button"
              className="jp-DsinfraRun-link"
              onClick={() => open(record)}
            >
              {trans.__('Details')}
            </button>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p className="jp-DsinfraRun-quiet">
          {trans._n('and %1 more error', 'and %1 more errors', hidden)}
        </p>
      )}
    </section>
  );
}

/** Return what is said of an error: not again what the run says of itself. */
function textOf(record: IErrorRecord, trans: TranslationBundle): string {
  const title = `${record.ename}: ${record.evalue}`;
  const text = record.diagnosis || title;
  return record.kind === 'exception' && text === title
    ? trans.__('Calls, variables and history of this error')
    : text;
}
