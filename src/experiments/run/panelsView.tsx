import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { ILineage, IRun } from '../../api/types';
import { MetricCharts } from '../../charts/lazy';
import type { IMetricChartsProps } from '../../charts/view';
import { LineageSection } from '../../lineage/view';
import { RunResourcesView } from '../../resources/run/view';
import type { IDsinfraApi } from '../../tokens';
import { ArtifactsSection } from './artifactsView';
import { DataSection } from './dataView';
import { EnvironmentSection } from './environmentView';
import type { RunModel } from './model';
import { PartView } from './partView';
import type { RunParts, TabId } from './parts';

/** What the tabs of a run are shown with. */
export interface IPanelProps {
  api: Pick<IDsinfraApi, 'client' | 'events'>;
  model: RunModel;
  parts: RunParts;
  run: IRun;
  open: (runId: string) => void;
  /** Make the notebook that leads to the run's result; rejects with a reason. */
  reproduce: () => Promise<void>;
  themeChanged: IMetricChartsProps['themeChanged'];
  locale: string;
  trans: TranslationBundle;
}

/** The content of a tab, the overview excepted. */
export function TabContent(
  props: IPanelProps & { tab: Exclude<TabId, 'overview'> }
): JSX.Element {
  const { api, locale, model, parts, run, trans } = props;
  switch (props.tab) {
    case 'metrics':
      return <Metrics {...props} />;
    case 'resources':
      return (
        <PartView part={parts.resources} trans={trans}>
          {resources => (
            <RunResourcesView
              {...resources}
              run={run}
              refresh={() => void parts.resources.refresh()}
              isActive={model.isActive}
              themeChanged={props.themeChanged}
              locale={locale}
              trans={trans}
            />
          )}
        </PartView>
      );
    case 'lineage':
      return (
        <PartView part={parts.lineage} trans={trans}>
          {lineage => <Lineage {...props} lineage={lineage} />}
        </PartView>
      );
    case 'artifacts':
      return (
        <PartView part={parts.artifacts} trans={trans}>
          {({ items }) => (
            <ArtifactsSection
              artifacts={items}
              locale={locale}
              read={(artifact, maxBytes, signal) =>
                api.client.artifactContent(
                  artifact.run_id,
                  artifact.id,
                  maxBytes,
                  signal
                )
              }
              trans={trans}
            />
          )}
        </PartView>
      );
    case 'data':
      return (
        <PartView part={parts.data} trans={trans}>
          {data => <DataSection data={data} locale={locale} trans={trans} />}
        </PartView>
      );
    case 'environment':
      return (
        <EnvironmentSection
          key={run.environment_id}
          environment={model.environment}
          load={() => void model.loadEnvironment()}
          trans={trans}
        />
      );
  }
}

/** Runs whose metrics are drawn over each other, as many as can be compared. */
const OVERLAID_MAX = 20;

/** The metrics of the run, and over them those of its blocks. */
function Metrics(props: IPanelProps): JSX.Element {
  const { api, locale, model, run, themeChanged, trans } = props;
  const { items } = model.children;
  const runs = React.useMemo(() => {
    const own = {
      id: run.id,
      label: run.name || trans.__('This run'),
      metrics: run.metrics,
      startedAt: run.started_at
    };
    // Lists are newest first; a legend reads better in the order of the blocks.
    const blocks = run.kind === 'session' ? [] : [...items].reverse();
    const withMetrics = [
      own,
      ...blocks.map(block => ({
        id: block.id,
        label: block.name || trans.__('Block'),
        metrics: block.metrics,
        startedAt: block.started_at
      }))
    ].filter(({ metrics }) => Object.keys(metrics).length > 0);
    return withMetrics.length === 0
      ? [own]
      : withMetrics.slice(0, OVERLAID_MAX);
  }, [run, items, trans]);
  return (
    <MetricCharts
      api={api}
      isActive={model.isActive}
      locale={locale}
      runs={runs}
      themeChanged={themeChanged}
      trans={trans}
    />
  );
}

function Lineage(props: IPanelProps & { lineage: ILineage }): JSX.Element {
  const { lineage, open, trans } = props;
  return (
    <>
      <Reproduce {...props} />
      <LineageSection lineage={lineage} open={open} trans={trans} />
    </>
  );
}

/** Makes a notebook of exactly the cell versions that led to the run. */
function Reproduce(props: IPanelProps): JSX.Element {
  const { reproduce, trans } = props;
  const [isBusy, setBusy] = React.useState(false);
  const [failure, setFailure] = React.useState<string | null>(null);
  const start = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      await reproduce();
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="jp-DsinfraRun-actions">
      <button
        className="jp-Button jp-mod-styled"
        disabled={isBusy}
        title={trans.__(
          'Open a new notebook with exactly the cell versions, in order, that led to this run'
        )}
        onClick={() => void start()}
      >
        {trans.__('Reproduce')}
      </button>
      {failure !== null && (
        <span className="jp-DsinfraRun-failure" role="alert">
          {trans.__('The notebook could not be made: %1', failure)}
        </span>
      )}
    </div>
  );
}
