import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { NoticeBar } from '../ui/notice';
import { coarseDuration } from './words';

/** Says how old readings are that are not fresh, and why if that is known. */
export function AgeView(props: {
  /** In seconds; null as long as they are fresh. */
  age: number | null;
  failure: string | null;
  retry: () => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { age, failure, retry, trans } = props;
  return age === null ? null : (
    <NoticeBar
      level="warning"
      action={{ label: trans.__('Retry'), onClick: retry }}
    >
      {trans.__('Read %1 ago.', coarseDuration(age))} {failure ?? ''}
    </NoticeBar>
  );
}
