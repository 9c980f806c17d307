import type { IDisposable } from '@lumino/disposable';

import type {
  ILineage,
  IRun,
  IRunArtifacts,
  IRunChanges,
  IRunData,
  IRunErrors
} from '../../api/types';
import { ErrorsClient } from '../../api/errors';
import { ResourcesClient } from '../../api/resources';
import type { IRunResources } from '../../resources/run/content';
import { fetchResources } from '../../resources/run/content';
import type { IDsinfraApi, IRunsChanged } from '../../tokens';
import { RunPart } from './part';

/** A part of a run's view that is shown alone. */
export type TabId =
  | 'overview'
  | 'metrics'
  | 'resources'
  | 'lineage'
  | 'artifacts'
  | 'data'
  | 'environment';

/** What is fetched of a run beside the run itself, each when it is looked at. */
export class RunParts implements IDisposable {
  /**
   * @param id - The run.
   * @param run - Gives the run as it is known now.
   */
  constructor(
    api: Pick<IDsinfraApi, 'client' | 'events'>,
    id: string,
    run: () => IRun | null
  ) {
    const { client, events } = api;
    const isOwn = (change: IRunsChanged): boolean => change.runIds.includes(id);
    // Whether a result stands depends on the runs of the other cells.
    const isNear = (change: IRunsChanged): boolean =>
      isOwn(change) ||
      change.experimentIds.includes(run()?.experiment_id ?? '');
    this.artifacts = new RunPart(events, () => client.artifacts(id), isOwn);
    this.changes = new RunPart(events, () => client.changes(id), isNear);
    this.data = new RunPart(events, () => client.data(id), isOwn);
    const errors = new ErrorsClient({ client });
    this.errors = new RunPart(events, () => errors.runErrors(id), isOwn);
    this.lineage = new RunPart(events, () => client.lineage(id), isNear);
    const resources = new ResourcesClient({ client });
    this.resources = new RunPart(
      events,
      () => fetchResources(resources, id, run()),
      isOwn
    );
  }

  readonly artifacts: RunPart<IRunArtifacts>;
  readonly changes: RunPart<IRunChanges>;
  readonly data: RunPart<IRunData>;
  readonly errors: RunPart<IRunErrors>;
  readonly lineage: RunPart<ILineage>;
  readonly resources: RunPart<IRunResources>;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Say which tab is looked at; null while none is. */
  show(tab: TabId | null, run: IRun | null): void {
    if (tab !== null && !this._isShown) {
      // A file on disk changes without an event of ours.
      this.changes.markStale();
    }
    this._isShown = tab !== null;
    this.changes.isActive = tab !== null && run?.kind === 'cell';
    this.artifacts.isActive = tab === 'artifacts';
    this.data.isActive = tab === 'data';
    this.errors.isActive = tab !== null && hasErrors(run);
    this.lineage.isActive = tab === 'lineage';
    this.resources.isActive = tab === 'resources';
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.artifacts.dispose();
      this.changes.dispose();
      this.data.dispose();
      this.errors.dispose();
      this.lineage.dispose();
      this.resources.dispose();
    }
  }

  private _isDisposed = false;
  private _isShown = false;
}

/** Whether anything is known to have gone wrong in a run. */
export function hasErrors(run: IRun | null): boolean {
  return run !== null && (run.error_name !== null || run.error_ids.length > 0);
}

/** Return the tabs that a run has something to show in. */
export function tabsOf(run: IRun): TabId[] {
  const isInside = run.kind !== 'session' || run.notebook_path === null;
  const hasMetrics = isInside || Object.keys(run.metrics).length > 0;
  return [
    'overview',
    ...(hasMetrics ? (['metrics'] as const) : []),
    ...(run.kind === 'cell' ? (['resources', 'lineage'] as const) : []),
    ...(isInside ? (['artifacts', 'data'] as const) : []),
    ...(run.environment_id === null ? [] : (['environment'] as const))
  ];
}
