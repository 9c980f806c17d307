import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { FailedSection, OutOfDate } from '../ui/failures';
import { Notice, NoticeBar, Skeleton } from '../ui/notice';
import { useNow } from '../ui/useNow';
import type { ExperimentsModel } from './model';
import type { Row } from './rows';
import type { IRowContext } from './rowView';
import { SearchView } from './searchView';
import { TreeView } from './treeView';

/** Milliseconds between two renderings of relative times. */
const CLOCK_INTERVAL = 30_000;

/** What the panel can ask for beside what its model does. */
export interface IExperimentsActions {
  open(row: Row): void;
  rename(row: Row): void;
  remove(row: Row): void;
  star(id: string, isStarred: boolean): void;

  /** Show the menu of a line at a place on the screen. */
  showMenu(row: Row, x: number, y: number): void;
  showSaved(x: number, y: number): void;
  showHelp(): void;
  startRecording(): void;
}

export interface IExperimentsProps {
  model: ExperimentsModel;
  actions: IExperimentsActions;
  trans: TranslationBundle;
  locale: string;
  kernelTitle: (name: string) => string;
}

/** The Experiments section. */
export function ExperimentsView(props: IExperimentsProps): JSX.Element {
  const { model, actions, trans } = props;
  const frameRef = React.useRef<HTMLDivElement>(null);
  return (
    <>
      <SearchView
        trans={trans}
        query={model.query}
        failure={model.queryFailure}
        chips={model.chips}
        onQuery={query => (model.query = query)}
        onChip={chip => model.toggleChip(chip)}
        onHelp={() => actions.showHelp()}
        onSaved={element => {
          const { left, bottom } = element.getBoundingClientRect();
          actions.showSaved(left, bottom);
        }}
        onLeave={() =>
          frameRef.current?.querySelector<HTMLElement>('[role=tree]')?.focus()
        }
      />
      <Bars {...props} />
      <Body {...props} frameRef={frameRef} />
    </>
  );
}

/** What is not as it should be while there is something to show. */
function Bars(props: IExperimentsProps): JSX.Element {
  const { model, actions, trans } = props;
  const { health } = model;
  return (
    <>
      {health?.status === 'degraded' && (
        <NoticeBar level="warning">
          {health.reasons.map(reason => (
            <div key={reason}>{reason}</div>
          ))}
        </NoticeBar>
      )}
      {model.phase === 'ready' && (
        <OutOfDate
          failure={model.failure}
          retry={() => void model.refresh()}
          trans={trans}
        />
      )}
      {model.phase === 'ready' && !model.isRecording && (
        <NoticeBar
          level="info"
          action={{
            label: trans.__('Turn on'),
            onClick: () => actions.startRecording()
          }}
        >
          {trans.__('Runs are not recorded.')}
        </NoticeBar>
      )}
    </>
  );
}

function Body(
  props: IExperimentsProps & { frameRef: React.RefObject<HTMLDivElement> }
): JSX.Element {
  const { model, trans } = props;
  if (model.queryFailure !== null) {
    return <div className="jp-DsinfraTree-frame" />;
  }
  if (model.phase === 'failed') {
    return (
      <FailedSection
        title={trans.__('Runs could not be loaded')}
        model={model}
        trans={trans}
      />
    );
  }
  if (model.phase === 'loading') {
    return <Skeleton label={trans.__('Loading runs')} />;
  }
  if (model.rows.every(row => row.kind === 'end' && row.state === 'empty')) {
    return <EmptyNotice model={model} trans={trans} />;
  }
  return <RunTree {...props} />;
}

function EmptyNotice(props: {
  model: ExperimentsModel;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, trans } = props;
  if (!model.isFlat) {
    return (
      <Notice kind="empty" title={trans.__('No runs yet')}>
        {trans.__(
          'Run a cell in any notebook or console: it appears here by itself.'
        )}
      </Notice>
    );
  }
  return (
    <Notice
      kind="empty"
      title={trans.__('No run matches')}
      action={{
        label: trans.__('Show all runs'),
        onClick: () => model.clearSearch()
      }}
    />
  );
}

function RunTree(
  props: IExperimentsProps & { frameRef: React.RefObject<HTMLDivElement> }
): JSX.Element {
  const { model, actions, trans, locale, kernelTitle, frameRef } = props;
  const now = useNow(model.isActive, CLOCK_INTERVAL);
  const context: IRowContext = {
    trans,
    locale,
    now,
    clockOffset: model.clockOffset,
    isActive: model.isActive,
    kernelTitle,
    onRetry: row => model.retry(row.list),
    onStar: run => actions.star(run.id, !run.is_starred),
    onMenu: (row, element) => {
      const { left, bottom } = element.getBoundingClientRect();
      model.selectedKey = row.key;
      actions.showMenu(row, left, bottom);
    }
  };
  const onRange = React.useCallback(
    (first: number, last: number) => model.showRange(first, last),
    [model]
  );
  return (
    <TreeView
      ref={frameRef}
      rows={model.rows}
      label={model.isFlat ? trans.__('Runs found') : trans.__('Experiments')}
      selectedKey={model.selectedKey}
      context={context}
      onSelect={key => (model.selectedKey = key)}
      onToggle={(key, isExpanded) => model.toggle(key, isExpanded)}
      onOpen={row => actions.open(row)}
      onRename={row => actions.rename(row)}
      onDelete={row => actions.remove(row)}
      onMenu={(row, x, y) => actions.showMenu(row, x, y)}
      onRange={onRange}
    />
  );
}
