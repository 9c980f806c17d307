import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Notice, NoticeBar } from './notice';

const ENABLE_COMMAND = 'jupyter server extension enable dsinfra_jlab';

/** Says that something could not be loaded, and why. */
export function FailedNotice(props: {
  title: string;
  failure: React.ReactNode;
  retry: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { title, failure, retry, trans } = props;
  const action = { label: trans.__('Retry'), onClick: retry };
  return (
    <Notice kind="failed" title={title} action={action}>
      {failure}
    </Notice>
  );
}

/** The same for a section of the sidebar, of which the server may know nothing. */
export function FailedSection(props: {
  title: string;
  model: {
    failure: string | null;
    refresh: () => unknown;
    serverState: string;
  };
  trans: TranslationBundle;
}): JSX.Element {
  const { title, model, trans } = props;
  const retry = (): void => void model.refresh();
  if (model.serverState !== 'missing') {
    const { failure } = model;
    return <FailedNotice {...{ title, failure, retry, trans }} />;
  }
  return (
    <FailedNotice
      title={trans.__('The server extension is not enabled')}
      failure={
        <>
          {trans.__('Run this on the server, then restart it:')}
          <code className="jp-DsinfraNotice-code">{ENABLE_COMMAND}</code>
        </>
      }
      retry={retry}
      trans={trans}
    />
  );
}

/** Says, above what is shown, why there is nothing newer; nothing without a failure. */
export function OutOfDate(props: {
  failure: string | null;
  retry: () => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { failure, retry, trans } = props;
  return failure === null ? null : (
    <NoticeBar
      level="error"
      action={{ label: trans.__('Retry'), onClick: retry }}
    >
      {trans.__('Out of date: %1', failure)}
    </NoticeBar>
  );
}
