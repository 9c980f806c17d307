import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IHourlyExpense, ISamplerCost, ISnapshot } from '../api/types';
import { formatDuration } from '../ui/format';

/** What the machine costs, if anybody said so, and what looking at it does. */
export function CostView(props: {
  snapshot: ISnapshot;
  trans: TranslationBundle;
}): JSX.Element {
  const { snapshot, trans } = props;
  const { cost, hourly_expense: expense, interval_s } = snapshot;
  return (
    <footer className="jp-DsinfraResources-foot">
      {expense !== null && <div>{expenseText(expense, trans)}</div>}
      <div
        title={trans.__(
          'What reading the machine takes of it, as measured in the last minute'
        )}
      >
        {costText(cost, interval_s, trans)}
      </div>
    </footer>
  );
}

/** Say what looking costs. */
export function costText(
  cost: ISamplerCost,
  interval: number,
  trans: TranslationBundle
): string {
  const parts = [trans.__('Read every %1', formatDuration(interval))];
  if (cost.tick_p50_s !== null) {
    parts.push(trans.__('%1 a look', tickText(cost.tick_p50_s)));
  }
  if (cost.cpu_ratio !== null) {
    const percent = cost.cpu_ratio * 100;
    parts.push(
      trans.__(
        '%1 % of one CPU',
        percent < 0.01 ? '<0.01' : percent.toFixed(percent < 1 ? 2 : 1)
      )
    );
  }
  return parts.join(' · ');
}

function tickText(seconds: number): string {
  return seconds < 0.00995
    ? `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms`
    : formatDuration(seconds);
}

function expenseText(
  expense: IHourlyExpense,
  trans: TranslationBundle
): string {
  const money = (amount: number): string =>
    `${amount.toFixed(2)} ${expense.currency}`;
  return trans.__(
    'An hour costs %1, of it %2 for what no kernel holds.',
    money(expense.total),
    money(expense.idle)
  );
}
