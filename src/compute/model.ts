import type { IDisposable } from '@lumino/disposable';

import { messageOf } from '../api/failures';
import type { IJob, IJobGroup, ITarget } from '../api/types';
import type { IDsinfraApi, ServerState } from '../tokens';
import { SeenModel } from '../ui/seenModel';
import type { GroupBook, IGroupItems } from './groups';
import type { JobBook } from './jobs';
import type { IListed } from './lines';
import type { TargetBook } from './targets';

/** The section's state: targets, jobs, and which job commands act on. */
export class ComputeModel extends SeenModel implements IListed {
  constructor(options: ComputeModel.IOptions) {
    super();
    this._api = options.api;
    this._groups = options.groups;
    this._jobs = options.jobs;
    this._targets = options.targets;
    this._api.changed.connect(this.emit, this);
    this._jobs.stateChanged.connect(this._onJobsChanged, this);
    this._groups.stateChanged.connect(this._onJobsChanged, this);
    this._targets.changed.connect(this.emit, this);
  }

  override dispose(): void {
    super.dispose();
    this._jobs.isActive = this._groups.isActive = false;
  }

  get phase(): 'loading' | 'ready' | 'failed' {
    const { _groups: groups, _jobs: jobs, _targets: targets } = this;
    if (targets.isLoaded && jobs.isLoaded && groups.isLoaded) {
      return 'ready';
    }
    return this.failure === null ? 'loading' : 'failed';
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    const failure =
      this._targets.failure ?? this._jobs.failure ?? this._groups.failure;
    return failure === null ? null : messageOf(failure);
  }

  get serverState(): ServerState {
    return this._api.state;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._api.client.clockOffset;
  }

  get targets(): readonly ITarget[] {
    return this._targets.items;
  }

  get open(): readonly IJob[] {
    return this._jobs.open;
  }

  get ended(): readonly IJob[] {
    return this._jobs.ended;
  }

  get hasMoreOpen(): boolean {
    return this._jobs.hasMoreOpen;
  }

  get hasMoreEnded(): boolean {
    return this._jobs.hasMoreEnded;
  }

  get openGroups(): readonly IJobGroup[] {
    return this._groups.open;
  }

  get endedGroups(): readonly IJobGroup[] {
    return this._groups.ended;
  }

  get hasMoreEndedGroups(): boolean {
    return this._groups.hasMoreEnded;
  }

  /** The items of a group; null while it is closed. */
  itemsOf(groupId: string): IGroupItems | null {
    return this._groups.items(groupId);
  }

  /** Another number whenever groups were opened or closed, or other items are known. */
  get itemsVersion(): number {
    return this._groups.itemsVersion;
  }

  /** Open a group to its items, or close it. */
  toggle(groupId: string, isExpanded: boolean): void {
    this._groups.toggle(groupId, isExpanded);
  }

  /** The id of the job or the group that is selected. */
  get selectedId(): string | null {
    return this._selectedId;
  }

  /** The id of the job that commands act on. */
  get selectedJobId(): string | null {
    return this.selectedGroupId === null ? this._selectedId : null;
  }

  /** The id of the group that commands act on. */
  get selectedGroupId(): string | null {
    const id = this._selectedId;
    return id !== null && this._groups.find(id) !== null ? id : null;
  }

  set selectedId(id: string | null) {
    if (id !== this._selectedId) {
      this._selectedId = id;
      this.emit();
    }
  }

  /** Read on among the items of a group, or what ended: of what was read less far back. */
  loadMore(groupId: string | null = null): void {
    if (groupId !== null) {
      void this._groups.loadItems(groupId);
      return;
    }
    const { _groups: groups, _jobs: jobs } = this;
    const jobsTo = jobs.ended[jobs.ended.length - 1]?.submitted_at ?? '';
    const groupsTo = groups.ended[groups.ended.length - 1]?.submitted_at ?? '';
    const areGroupsNext =
      groups.hasMoreEnded && (!jobs.hasMoreEnded || groupsTo > jobsTo);
    void (areGroupsNext ? groups : jobs).loadMore();
  }

  /** Ask the server for everything that is shown. */
  async refresh(): Promise<void> {
    await Promise.all([
      this._targets.refresh(),
      this._jobs.refresh(),
      this._groups.refresh()
    ]);
  }

  private _onJobsChanged(): void {
    const id = this._selectedId;
    const { _groups: groups, _jobs: jobs } = this;
    if (
      id !== null &&
      (jobs.find(id) ?? groups.find(id) ?? groups.findItem(id)) === null
    ) {
      this._selectedId = null;
    }
    this.emit();
  }

  protected override watch(): IDisposable {
    return this._targets.follow();
  }

  protected override onSeen(): void {
    this._jobs.isActive = this._groups.isActive = true;
  }

  protected override onUnseen(): void {
    this._jobs.isActive = this._groups.isActive = false;
  }

  private _api: IDsinfraApi;
  private _groups: GroupBook;
  private _jobs: JobBook;
  private _targets: TargetBook;
  private _selectedId: string | null = null;
}

export namespace ComputeModel {
  export interface IOptions {
    api: IDsinfraApi;
    groups: GroupBook;
    jobs: JobBook;
    targets: TargetBook;
  }
}
