import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IErrorGroup } from '../api/types';
import { FailedSection, OutOfDate } from '../ui/failures';
import { Notice, Skeleton } from '../ui/notice';
import { useNow } from '../ui/useNow';
import { OPEN_ERRORS, isSame } from './filter';
import { FilterView } from './filterView';
import { ListView } from './listView';
import type { ErrorsModel } from './model';

/** Milliseconds between two renderings of relative times. */
const CLOCK_INTERVAL = 30_000;

/** What makes a server load our extension; not a text, so not translated. */

/** What the section can ask for beside what its model does. */
export interface IErrorsActions {
  open(group: IErrorGroup): void;
  resolve(group: IErrorGroup): void;

  /** Show the menu of a line at a place on the screen. */
  showMenu(group: IErrorGroup, x: number, y: number): void;
  showSaved(x: number, y: number): void;
}

export interface IErrorsProps {
  model: ErrorsModel;
  actions: IErrorsActions;
  trans: TranslationBundle;
  locale: string;
}

/** The Errors section. */
export function ErrorsView(props: IErrorsProps): JSX.Element {
  const { model, actions, trans } = props;
  const frameRef = React.useRef<HTMLDivElement>(null);
  return (
    <>
      <FilterView
        trans={trans}
        filter={model.filter}
        isFiltered={model.isFiltered}
        notebookName={model.notebookName}
        onChange={changes => model.restrict(changes)}
        onClear={() => model.clearFilter()}
        onSaved={element => {
          const { left, bottom } = element.getBoundingClientRect();
          actions.showSaved(left, bottom);
        }}
        onLeave={() =>
          frameRef.current
            ?.querySelector<HTMLElement>('[role=listbox]')
            ?.focus()
        }
      />
      {model.phase === 'ready' && (
        <OutOfDate
          failure={model.failure}
          retry={() => void model.refresh()}
          trans={trans}
        />
      )}
      <Body {...props} frameRef={frameRef} />
    </>
  );
}

function Body(
  props: IErrorsProps & { frameRef: React.RefObject<HTMLDivElement> }
): JSX.Element {
  const { model, trans } = props;
  switch (model.phase) {
    case 'failed':
      return (
        <FailedSection
          title={trans.__('Errors could not be loaded')}
          model={model}
          trans={trans}
        />
      );
    case 'loading':
      return <Skeleton label={trans.__('Loading errors')} />;
    case 'ready':
      return model.groups.length === 0 ? (
        <EmptyNotice model={model} trans={trans} />
      ) : (
        <GroupList {...props} />
      );
  }
}

function EmptyNotice(props: {
  model: ErrorsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  if (model.lacksNotebook) {
    return (
      <Notice
        kind="empty"
        title={trans.__('No notebook is open')}
        action={{
          label: trans.__('Show all notebooks'),
          onClick: () => model.restrict({ isHere: false })
        }}
      >
        {trans.__('Only errors of the notebook in front are shown.')}
      </Notice>
    );
  }
  if (isSame(model.filter, OPEN_ERRORS)) {
    return (
      <Notice
        kind="empty"
        title={trans.__('No errors')}
        action={{
          label: trans.__('Show resolved and ignored'),
          onClick: () => model.restrict({ state: 'all' })
        }}
      >
        {trans.__(
          'What fails in any notebook or console appears here by itself, explained.'
        )}
      </Notice>
    );
  }
  if (isSame(model.filter, { ...OPEN_ERRORS, state: 'all' })) {
    return (
      <Notice kind="empty" title={trans.__('No errors yet')}>
        {trans.__(
          'What fails in any notebook or console appears here by itself, explained.'
        )}
      </Notice>
    );
  }
  return (
    <Notice
      kind="empty"
      title={trans.__('No error matches')}
      action={{
        label: trans.__('Show all open errors'),
        onClick: () => model.clearFilter()
      }}
    />
  );
}

function GroupList(
  props: IErrorsProps & { frameRef: React.RefObject<HTMLDivElement> }
): JSX.Element {
  const { model, actions, trans, locale, frameRef } = props;
  const now = useNow(model.isActive, CLOCK_INTERVAL) + model.clockOffset;
  const onRange = React.useCallback(
    (last: number) => model.showRange(last),
    [model]
  );
  return (
    <ListView
      ref={frameRef}
      groups={model.groups}
      hasMore={model.hasMore}
      isBusy={model.isBusy}
      label={trans.__('Errors')}
      selectedId={model.selectedId}
      context={{
        trans,
        locale,
        now,
        onMenu: (group, element) => {
          const { left, bottom } = element.getBoundingClientRect();
          model.selectedId = group.id;
          actions.showMenu(group, left, bottom);
        }
      }}
      onSelect={id => (model.selectedId = id)}
      onOpen={group => actions.open(group)}
      onKey={(key, group) => {
        if (key === 'Delete') {
          actions.resolve(group);
        }
        return key === 'Delete';
      }}
      onMenu={(group, x, y) => actions.showMenu(group, x, y)}
      onRange={onRange}
    />
  );
}
