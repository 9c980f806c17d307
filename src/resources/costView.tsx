import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IHourlyExpense, ISamplerCost, ISnapshot } from '../api/types';
import { formatDuration } from '../ui/format';

/** What the machine costs, if anybody said so, and what looking at it does. */
export function CostView(props: {
  snapshot: ISnapshot;
  locale: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { snapshot, locale, trans } = props;
  const { cost, hourly_expense: expense } = snapshot;
  const lag = lagText(cost, trans);
  return (
    <div className="jp-DsinfraResources-foot">
      {expense !== null && <div>{expenseText(expense, locale, trans)}</div>}
      <div
        title={trans.__(
          'What reading the machine takes of it, as measured in the last minute. 19 of 20 looks take no more than p95.'
        )}
      >
        {costText(snapshot, trans)}
      </div>
      {lag !== '' && (
        <div
          title={trans.__(
            'How long the server let readings wait in the last minute because it was busy with something else. Whatever else it is asked for waits as long; 19 of 20 times no longer than p95.'
          )}
        >
          {lag}
        </div>
      )}
    </div>
  );
}

/** Say what looking costs. */
function costText(
  snapshot: Pick<ISnapshot, 'cost' | 'gpus' | 'interval_s'>,
  trans: TranslationBundle
): string {
  const { cost, gpus, interval_s: interval } = snapshot;
  const parts = [trans.__('Read every %1', formatDuration(interval))];
  if (cost.cpu_ratio !== null) {
    const percent = cost.cpu_ratio * 100;
    parts.push(
      trans.__(
        '%1 % of one CPU',
        percent < 0.01 ? '<0.01' : percent.toFixed(percent < 1 ? 2 : 1)
      )
    );
  }
  if (cost.tick_p50_s !== null && cost.tick_p95_s !== null) {
    parts.push(
      trans.__(
        'a look %1, p95 %2',
        shortText(cost.tick_p50_s),
        shortText(cost.tick_p95_s)
      )
    );
  }
  // To look for GPUs costs something as well, but who has none need not hear of it.
  if (cost.gpu_p95_s !== null && gpus.length > 0) {
    parts.push(trans.__('at GPUs p95 %1', shortText(cost.gpu_p95_s)));
  }
  return parts.join(' · ');
}

/** Say how long the server keeps others waiting; empty if nobody knows. */
function lagText(cost: ISamplerCost, trans: TranslationBundle): string {
  const { loop_lag_p50_s: usual, loop_lag_p95_s: most } = cost;
  return usual === null || most === null
    ? ''
    : trans.__(
        'Lag of the server %1, p95 %2',
        shortText(usual),
        shortText(most)
      );
}

function shortText(seconds: number): string {
  if (seconds < 0.00005) {
    return '<0.1 ms';
  }
  return seconds < 0.00995
    ? `${(seconds * 1000).toFixed(1)} ms`
    : formatDuration(seconds);
}

function expenseText(
  expense: IHourlyExpense,
  locale: string,
  trans: TranslationBundle
): string {
  const format = new Intl.NumberFormat(locale.replace('_', '-'), {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2
  });
  const money = (amount: number): string =>
    `${format.format(amount)} ${expense.currency}`;
  return trans.__(
    'An hour costs %1, of it %2 for what no kernel holds.',
    money(expense.total),
    money(expense.idle)
  );
}
