import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { messageOf } from '../api/failures';
import { OutOfDate } from '../ui/failures';
import { formatCount } from '../ui/format';
import { Notice, NoticeBar, Skeleton } from '../ui/notice';
import type { ITableActions } from './cellView';
import type { ITrialsCharts } from './chartLoading';
import type { TrialsModel } from './model';
import { TableView } from './tableView';
import type { IToolbarActions } from './toolbarView';
import { TrialsToolbar } from './toolbarView';

export type ITrialsActions = ITableActions & IToolbarActions;

export interface ITrialsProps {
  model: TrialsModel;
  actions: ITrialsActions;

  /** Loads what draws the trials on axes. */
  loadCharts: () => Promise<ITrialsCharts>;
  trans: TranslationBundle;
  locale: string;
}

/** The runs of one cell. */
export function TrialsView(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  if (model.phase === 'loading') {
    return <Skeleton label={trans.__('Loading the trials')} />;
  }
  if (model.phase === 'failed') {
    return (
      <Notice
        kind="failed"
        title={trans.__('The trials could not be loaded')}
        action={{
          label: trans.__('Retry'),
          onClick: () => void model.refresh()
        }}
      >
        {messageOf(model.failure)}
      </Notice>
    );
  }
  if (model.trials.length === 0) {
    return (
      <Notice kind="empty" title={trans.__('This cell has not been run yet')}>
        {trans.__(
          'Run it: each run becomes a line here, with the parameters it read and the metrics it produced.'
        )}
      </Notice>
    );
  }
  return (
    <>
      <TrialsToolbar {...props} />
      <Bars {...props} />
      <Body {...props} />
      <Summary {...props} />
    </>
  );
}

/** What is not as it should be while there is something to show. */
function Bars(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  const hasValues = model.columns.some(
    column => column.kind === 'param' || column.kind === 'metric'
  );
  return (
    <>
      {model.failure !== null && (
        <OutOfDate
          failure={messageOf(model.failure)}
          retry={() => void model.refresh()}
          trans={trans}
        />
      )}
      {!hasValues && (
        <NoticeBar level="info">
          {trans.__(
            'No parameters or metrics: only code, outputs, status and times of these runs were recorded. In Python kernels, the numbers that a cell reads and assigns are recorded by themselves.'
          )}
        </NoticeBar>
      )}
    </>
  );
}

function Body(props: ITrialsProps): JSX.Element {
  const { model, trans } = props;
  if (model.layout.mode !== 'table') {
    return <Charts {...props} />;
  }
  if (model.rows.length === 0) {
    return (
      <div className="jp-DsinfraTrials-none">
        <Notice
          kind="empty"
          title={trans.__('No trial matches')}
          action={{
            label: trans.__('Show all trials'),
            onClick: () => model.clearFilters()
          }}
        />
      </div>
    );
  }
  return <TableView {...props} />;
}

/** The trials on axes, once what draws them is there. */
function Charts(props: ITrialsProps): JSX.Element {
  const { loadCharts, trans } = props;
  const [charts, setCharts] = React.useState<ITrialsCharts | null>(null);
  const [failure, setFailure] = React.useState<string | null>(null);
  React.useEffect(() => {
    loadCharts().then(
      loaded => setCharts(loaded),
      error => setFailure(messageOf(error))
    );
  }, [loadCharts]);
  if (failure !== null) {
    return (
      <Notice kind="failed" title={trans.__('The chart could not be loaded')}>
        {failure}
      </Notice>
    );
  }
  if (charts === null) {
    return <Skeleton label={trans.__('Loading the chart')} />;
  }
  const View =
    props.model.layout.mode === 'parallel'
      ? charts.ParallelView
      : charts.ScatterView;
  return <View {...props} />;
}

/** How much of how much is shown. */
function Summary(props: ITrialsProps): JSX.Element {
  const { model, trans, locale } = props;
  const all = model.trials.length;
  const shown = model.rows.length;
  const chosen = model.selection.ids.size;
  const count = (value: number): string => formatCount(value, locale);
  return (
    <div className="jp-DsinfraTrials-summary" role="status">
      <span>
        {shown === all
          ? trans._n('%1 run', '%1 runs', all)
          : trans.__('%1 of %2 runs', count(shown), count(all))}
      </span>
      {chosen > 0 && (
        <span>{trans._n('%1 selected', '%1 selected', chosen)}</span>
      )}
      {model.isFilling && <span>{trans.__('Loading older runs…')}</span>}
      {!model.isFilling && model.hasMore && model.failure === null && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => model.readMore()}
        >
          {trans.__('Load older runs')}
        </button>
      )}
    </div>
  );
}
