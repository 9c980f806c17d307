import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IComparison, IRun, IRunOutputs } from '../api/types';
import { MetricCharts } from '../charts/lazy';
import type { IMetricChartsProps } from '../charts/view';
import type { IDsinfraApi } from '../tokens';
import { formatShortMoment } from '../ui/format';
import { FailedNotice, OutOfDate } from '../ui/failures';
import { NoticeBar, Skeleton } from '../ui/notice';
import { StatusIcon } from '../ui/status';
import { CodeDifferences } from './codeView';
import type { ComparisonModel } from './model';
import { RUNS_MIN } from './model';
import type { ILine, ISection } from './sections';
import { runName, sectionsOf } from './sections';

export interface ICompareProps {
  api: Pick<IDsinfraApi, 'client' | 'events'>;
  model: ComparisonModel;
  trans: TranslationBundle;
  locale: string;
  open: (runId: string) => void;
  themeChanged?: IMetricChartsProps['themeChanged'];

  /** Show outputs in an element; what is returned takes them away. */
  showOutputs: (host: HTMLElement, outputs: IRunOutputs) => () => void;
}

/** Runs side by side. */
export function CompareView(props: ICompareProps): JSX.Element {
  const { model, trans } = props;
  const { comparison, failure } = model;
  const [onlyDiffering, setOnlyDiffering] = React.useState(true);
  if (comparison === null) {
    return failure === null ? (
      <Skeleton label={trans.__('Loading the runs')} />
    ) : (
      <FailedNotice
        title={trans.__('The runs could not be compared')}
        failure={failure}
        retry={() => void model.refresh()}
        trans={trans}
      />
    );
  }
  return (
    <>
      <OutOfDate
        failure={failure}
        retry={() => void model.refresh()}
        trans={trans}
      />
      {model.goneCount > 0 && (
        <NoticeBar level="info">
          {trans._n(
            '%1 run is gone and was left out.',
            '%1 runs are gone and were left out.',
            model.goneCount
          )}
        </NoticeBar>
      )}
      <div
        className="jp-DsinfraCompare-tools"
        role="toolbar"
        aria-label={trans.__('Comparison')}
      >
        <button
          type="button"
          className="jp-DsinfraTool"
          aria-pressed={onlyDiffering}
          title={trans.__('Hide what is equal in all runs')}
          onClick={() => setOnlyDiffering(!onlyDiffering)}
        >
          {trans.__('Only what differs')}
        </button>
      </div>
      <Body {...props} comparison={comparison} onlyDiffering={onlyDiffering} />
    </>
  );
}

type IBodyProps = ICompareProps & {
  comparison: IComparison;
  onlyDiffering: boolean;
};

function Body(props: IBodyProps): JSX.Element {
  const { comparison, locale, onlyDiffering, trans } = props;
  const { runs } = comparison;
  const sections = React.useMemo(
    () => sectionsOf(comparison, trans, locale),
    [comparison, trans, locale]
  );
  return (
    <div className="jp-DsinfraCompare-scroll" tabIndex={-1}>
      <table
        className="jp-DsinfraCompare-table"
        aria-label={trans.__('Runs side by side')}
      >
        <thead>
          <tr>
            <td className="jp-DsinfraCompare-corner" />
            {runs.map((run, index) => (
              <RunHead key={run.id} {...props} run={run} index={index} />
            ))}
          </tr>
        </thead>
        {sections.map(section => (
          <SectionRows
            key={section.key}
            section={section}
            runs={runs}
            onlyDiffering={onlyDiffering}
            trans={trans}
          />
        ))}
        <OutputRows {...props} />
      </table>
      <Fold title={trans.__('Code')} isOpenAtFirst>
        <CodeDifferences comparison={comparison} trans={trans} />
      </Fold>
      {Object.keys(comparison.metrics).length > 0 && (
        <Fold title={trans.__('Charts')} isOpenAtFirst={false}>
          <Charts {...props} />
        </Fold>
      )}
    </div>
  );
}

/** Which run a column is of, and what can be done with it. */
function RunHead(
  props: IBodyProps & { run: IRun; index: number }
): JSX.Element {
  const { index, locale, model, open, run, trans } = props;
  const name = runName(run);
  const isBaseline = index === 0;
  return (
    <th scope="col" data-baseline={isBaseline}>
      <div className="jp-DsinfraCompare-run">
        <StatusIcon status={run.status} trans={trans} />
        <button
          type="button"
          className="jp-DsinfraCompare-name"
          title={trans.__('Open %1', name)}
          onClick={() => open(run.id)}
        >
          {name}
        </button>
        <span className="jp-DsinfraCompare-when">
          {formatShortMoment(new Date(run.queued_at), new Date(), locale)}
        </span>
      </div>
      <div className="jp-DsinfraCompare-actions">
        {isBaseline ? (
          <span className="jp-DsinfraCompare-baseline">
            {trans.__('Baseline')}
          </span>
        ) : (
          <button
            type="button"
            className="jp-DsinfraButton jp-mod-plain"
            title={trans.__('Compare the others with %1', name)}
            onClick={() => model.setBaseline(run.id)}
          >
            {trans.__('Make baseline')}
          </button>
        )}
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          disabled={model.ids.length <= RUNS_MIN}
          title={trans.__('Compare %1 no longer', name)}
          aria-label={trans.__('Remove %1', name)}
          onClick={() => model.remove(run.id)}
        >
          {trans.__('Remove')}
        </button>
      </div>
    </th>
  );
}

/** The head of a section in the table, which folds it. */
function SectionHead(props: {
  title: string;
  detail: string;
  columns: number;
  isOpen: boolean;
  onToggle: () => void;
}): JSX.Element {
  const { title, detail, columns, isOpen, onToggle } = props;
  return (
    <tr className="jp-DsinfraCompare-section">
      <th scope="rowgroup" colSpan={columns + 1}>
        <button type="button" aria-expanded={isOpen} onClick={onToggle}>
          <span className="jp-DsinfraCompare-caret" aria-hidden="true" />
          {title}
          {detail !== '' && (
            <span className="jp-DsinfraCompare-detail">{detail}</span>
          )}
        </button>
      </th>
    </tr>
  );
}

function SectionRows(props: {
  section: ISection;
  runs: readonly IRun[];
  onlyDiffering: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { section, runs, onlyDiffering, trans } = props;
  const [isOpen, setIsOpen] = React.useState(true);
  const lines = section.lines.filter(line => line.differs || !onlyDiffering);
  const equal = section.lines.filter(line => !line.differs).length;
  const detail =
    section.lines.length === 0
      ? section.key === 'environment'
        ? trans.__('no differences')
        : trans.__('none')
      : equal > 0 && onlyDiffering
        ? trans._n('%1 equal', '%1 equal', equal)
        : '';
  return (
    <tbody>
      <SectionHead
        title={section.title}
        detail={detail}
        columns={runs.length}
        isOpen={isOpen}
        onToggle={() => setIsOpen(!isOpen)}
      />
      {isOpen &&
        lines.map(line => <LineRow key={line.key} line={line} runs={runs} />)}
    </tbody>
  );
}

function LineRow(props: { line: ILine; runs: readonly IRun[] }): JSX.Element {
  const { line, runs } = props;
  return (
    <tr data-differs={line.differs}>
      <th scope="row" title={line.label}>
        {line.label}
      </th>
      {runs.map((run, index) => (
        <td
          key={run.id}
          title={line.values[index]}
          data-changed={line.values[index] !== line.values[0]}
        >
          {line.values[index]}
          {line.deltas[index] && (
            <span className="jp-DsinfraCompare-delta">
              {line.deltas[index]}
            </span>
          )}
        </td>
      ))}
    </tr>
  );
}

function OutputRows(props: IBodyProps): JSX.Element {
  const { comparison, model, trans } = props;
  const [isOpen, setIsOpen] = React.useState(false);
  const { runs } = comparison;
  const ids = runs.map(run => run.id).join(' ');
  React.useEffect(() => {
    if (isOpen) {
      model.loadOutputs();
    }
  }, [isOpen, ids]);
  return (
    <tbody>
      <SectionHead
        title={trans.__('Outputs')}
        detail=""
        columns={runs.length}
        isOpen={isOpen}
        onToggle={() => setIsOpen(!isOpen)}
      />
      {isOpen && (
        <tr className="jp-DsinfraCompare-outputs">
          <th scope="row" aria-label={trans.__('Outputs')} />
          {runs.map(run => (
            <td key={run.id}>
              <Outputs {...props} run={run} />
            </td>
          ))}
        </tr>
      )}
    </tbody>
  );
}

function Outputs(props: IBodyProps & { run: IRun }): JSX.Element {
  const { model, run, showOutputs, trans } = props;
  const hostRef = React.useRef<HTMLDivElement>(null);
  const state = model.outputsOf(run.id);
  const outputs = state?.value ?? null;
  // A layout effect is undone while the element still is in the document.
  React.useLayoutEffect(() => {
    const host = hostRef.current;
    return host !== null && outputs !== null
      ? showOutputs(host, outputs)
      : undefined;
  }, [outputs]);
  return (
    <>
      {state?.failure && (
        <p className="jp-DsinfraCompare-quiet">
          {trans.__('The outputs could not be fetched: %1', state.failure)}
        </p>
      )}
      {outputs === null && !state?.failure && (
        <p className="jp-DsinfraCompare-quiet">
          {trans.__('Loading the outputs…')}
        </p>
      )}
      {outputs?.items.length === 0 && (
        <p className="jp-DsinfraCompare-quiet">{trans.__('No outputs.')}</p>
      )}
      <div ref={hostRef} className="jp-DsinfraCompare-area" />
    </>
  );
}

/** A part below the table, as wide as what is seen of it. */
function Fold(props: {
  title: string;
  isOpenAtFirst: boolean;
  children: React.ReactNode;
}): JSX.Element {
  const { title, isOpenAtFirst, children } = props;
  const [isOpen, setIsOpen] = React.useState(isOpenAtFirst);
  return (
    <section className="jp-DsinfraCompare-fold" aria-label={title}>
      <h2>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <span className="jp-DsinfraCompare-caret" aria-hidden="true" />
          {title}
        </button>
      </h2>
      {isOpen && children}
    </section>
  );
}

function Charts(props: IBodyProps): JSX.Element {
  const { api, comparison, locale, model, themeChanged, trans } = props;
  const runs = React.useMemo(
    () =>
      comparison.runs.map(run => ({
        id: run.id,
        label: runName(run),
        startedAt: run.started_at,
        metrics: run.metrics
      })),
    [comparison]
  );
  return (
    <MetricCharts
      api={api}
      runs={runs}
      isActive={model.isActive}
      themeChanged={themeChanged}
      locale={locale}
      trans={trans}
    />
  );
}
