import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type {
  IErrorGroup,
  IErrorGroupPatch,
  IErrorHistory,
  IErrorRecord,
  IRun
} from '../../api/types';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import type { ILoadable } from '../../ui/loadable';
import { Notice, Skeleton } from '../../ui/notice';
import { Tabs, tabIds } from '../../ui/tabList';
import type { IErrorActions } from './actions';
import { Context } from './contextView';
import { Head, Stepper } from './headView';
import { History } from './historyView';
import type { ErrorState } from './model';
import { Notes } from './notesView';
import { Traceback } from './tracebackView';

/** A part of the view that is shown alone. */
export type ErrorTab = 'traceback' | 'context' | 'history' | 'notes';

/** What is shown of a group of errors. */
export interface IErrorViewProps {
  actions: IErrorActions;
  current: IErrorRecord | null;
  history: ILoadable<IErrorHistory>;
  index: number;
  isLoading: boolean;
  locale: string;
  occurrencesFailure: string | null;
  patch: (patch: IErrorGroupPatch) => Promise<void>;
  retry: () => void;
  retryHistory: () => void;
  run: ILoadable<IRun>;
  selectTab: (tab: ErrorTab) => void;
  state: ErrorState;
  step: (by: number) => void;
  tab: ErrorTab;
  total: number;
  trans: TranslationBundle;
  viewId: string;
}

/** A group of errors with one of its occurrences, or why there is none to show. */
export function ErrorView(props: IErrorViewProps): JSX.Element {
  const { retry, state, trans } = props;
  switch (state.kind) {
    case 'loading':
      return <Skeleton label={trans.__('Loading the error')} />;
    case 'missing':
      return (
        <Notice kind="failed" title={trans.__('No such error')}>
          {trans.__(
            'It was erased together with its runs, or belongs to another server.'
          )}
        </Notice>
      );
    case 'failed':
      return (
        <FailedNotice
          title={trans.__('The error could not be loaded')}
          failure={state.failure}
          retry={retry}
          trans={trans}
        />
      );
    case 'ready':
      return (
        <>
          <OutOfDate failure={state.failure} retry={retry} trans={trans} />
          <Ready {...props} group={state.group} />
        </>
      );
  }
}

function Ready(props: IErrorViewProps & { group: IErrorGroup }): JSX.Element {
  const { current, selectTab, tab, trans, viewId } = props;
  const head = { ...props, record: current };
  const ids = tabIds(viewId, tab);
  const tabs: { id: ErrorTab; label: string; count: number | null }[] = [
    { id: 'traceback', label: trans.__('Traceback'), count: null },
    { id: 'context', label: trans.__('Context'), count: null },
    { id: 'history', label: trans.__('History'), count: null },
    {
      id: 'notes',
      label: trans.__('Notes'),
      count: [props.group.note, props.group.runbook].filter(Boolean).length
    }
  ];
  return (
    <>
      <Head {...head} />
      <Stepper {...head} />
      <Tabs
        current={tab}
        label={trans.__('Parts of the error')}
        select={id => selectTab(id as ErrorTab)}
        tabs={tabs}
        viewId={viewId}
      />
      <div
        className="jp-DsinfraError-tab"
        id={ids.panel}
        role="tabpanel"
        aria-labelledby={ids.tab}
      >
        <TabContent {...props} />
      </div>
    </>
  );
}

function TabContent(
  props: IErrorViewProps & { group: IErrorGroup }
): JSX.Element {
  const { current, tab } = props;
  if (tab === 'history') {
    return <History {...props} retry={props.retryHistory} />;
  }
  if (tab === 'notes') {
    return <Notes {...props} />;
  }
  if (current === null) {
    return <NoOccurrence {...props} />;
  }
  return tab === 'context' ? (
    <Context {...props} record={current} />
  ) : (
    <Traceback {...props} record={current} />
  );
}

/** Why there is no occurrence to show. */
function NoOccurrence(props: IErrorViewProps): JSX.Element {
  const { isLoading, occurrencesFailure, retry, trans } = props;
  if (occurrencesFailure !== null) {
    return (
      <Notice
        kind="failed"
        title={trans.__('The occurrences could not be loaded')}
        action={{ label: trans.__('Retry'), onClick: retry }}
      >
        {occurrencesFailure}
      </Notice>
    );
  }
  return isLoading ? (
    <Skeleton label={trans.__('Loading…')} />
  ) : (
    <Notice kind="empty" title={trans.__('No occurrence is kept')}>
      {trans.__(
        'Their runs were erased when their time was up. What was written about the error stays.'
      )}
    </Notice>
  );
}
