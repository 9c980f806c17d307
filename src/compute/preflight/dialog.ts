import '../../../style/compute.css';
import '../../../style/ui.css';

import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import type { IJob } from '../../api/types';
import { PreflightView } from './view';

/** What the user says; null: decide later. */
export type PreflightAnswer = 'send' | 'cancel' | null;

/** Show what was found before a job is sent, and ask whether to go on. */
export async function askPreflight(
  job: IJob,
  trans: TranslationBundle
): Promise<PreflightAnswer> {
  const isBlocked =
    job.preflight?.items.some(item => item.is_blocking) ?? false;
  const send = trans.__('Send Anyway');
  const cancel = trans.__('Cancel Job');
  const body = ReactWidget.create(
    React.createElement(PreflightView, { job, trans })
  );
  const { button } = await showDialog({
    title: isBlocked
      ? trans.__('This cannot be sent')
      : trans.__('Send this to %1?', job.target),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Decide Later') }),
      Dialog.warnButton({ label: cancel, accept: true }),
      ...(isBlocked ? [] : [Dialog.okButton({ label: send })])
    ]
  });
  return button.label === send
    ? 'send'
    : button.label === cancel
      ? 'cancel'
      : null;
}
