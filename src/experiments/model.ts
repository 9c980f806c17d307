import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';

import { messageOf } from '../api/failures';
import type {
  IExperiment,
  IHealth,
  IRun,
  IRunPatch,
  IRunSummary
} from '../api/types';
import type {
  IApiClient,
  IDsinfraApi,
  IRecordingSettings,
  IRunsChanged,
  ServerState
} from '../tokens';
import type { PagedList } from '../ui/pagedList';
import { SeenModel } from '../ui/seenModel';
import type { Row } from './rows';
import { flatRows } from './rows';
import { toSummary } from './runs';
import type { Chip, IQueryFailure } from './search';
import { RunSearch } from './search';
import { RunTree } from './tree';

/**
 * The runs as the panel shows them: a tree, or with a query a flat list.
 *
 * Asks the server for nothing while it is not active.
 */
export class ExperimentsModel extends SeenModel {
  constructor(options: ExperimentsModel.IOptions) {
    super();
    const { api, recording = null } = options;
    this._api = api;
    this._client = api.client;
    this._recording = recording;
    const onChange = (): void => this._onChange();
    this._tree = new RunTree({ client: api.client, onChange });
    this._search = new RunSearch({ client: api.client, onChange });
    api.events.runsChanged.connect(this._onRunsChanged, this);
    api.events.missed.connect(this._onMissed, this);
    api.events.connectionChanged.connect(this._onConnectionChanged, this);
    api.changed.connect(this.emit, this);
    recording?.changed.connect(this.emit, this);
  }

  override dispose(): void {
    this._tree.dispose();
    this._search.dispose();
    super.dispose();
  }

  /** Whether the newest experiment and session open by themselves. */
  get expandsNewest(): boolean {
    return this._tree.expandsNewest;
  }

  set expandsNewest(expandsNewest: boolean) {
    this._tree.expandsNewest = expandsNewest;
  }

  /** Where the list that is shown stands. */
  get phase(): 'loading' | 'ready' | 'failed' {
    const { isLoaded, phase } = this._shown;
    return isLoaded ? 'ready' : phase === 'failed' ? 'failed' : 'loading';
  }

  /** Why what is shown is not up to date, for a person; else null. */
  get failure(): string | null {
    const { failure } = this._shown;
    return failure === null || this.queryFailure !== null
      ? null
      : messageOf(failure);
  }

  get serverState(): ServerState {
    return this._api.state;
  }

  get health(): IHealth | null {
    return this._api.health;
  }

  /** False only if it is known that runs are not recorded. */
  get isRecording(): boolean {
    return this._recording?.current?.is_recording ?? true;
  }

  /** Milliseconds that the server's clock is ahead. */
  get clockOffset(): number {
    return this._client.clockOffset;
  }

  /** The lines to show; the same array until something changes. */
  get rows(): readonly Row[] {
    const { found } = this._search;
    if (found === null) {
      return this._tree.rows;
    }
    this._foundRows ??= flatRows(found, run => this._nameOf(run));
    return this._foundRows;
  }

  /** Whether the lines are a search result. */
  get isFlat(): boolean {
    return this._search.found !== null;
  }

  get query(): string {
    return this._search.query;
  }

  set query(query: string) {
    this._changeSearch(() => (this._search.query = query));
  }

  /** Whether there is a query that the server did not refuse. */
  get canSaveSearch(): boolean {
    return this.query.trim() !== '' && this.queryFailure === null;
  }

  get queryFailure(): IQueryFailure | null {
    return this._search.failure;
  }

  get chips(): ReadonlySet<Chip> {
    return this._search.chips;
  }

  toggleChip(chip: Chip): void {
    this._changeSearch(() => this._search.toggleChip(chip));
  }

  /** Search for nothing: show the tree. */
  clearSearch(): void {
    this._changeSearch(() => this._search.clear());
  }

  /** The key of the line that commands act on. */
  get selectedKey(): string | null {
    return this._selectedKey;
  }

  set selectedKey(key: string | null) {
    if (key !== this._selectedKey) {
      this._selectedKey = key;
      this.emit();
    }
  }

  /** The selected session or cell run; null if an experiment or nothing is. */
  get selected(): IRunSummary | null {
    return this._selectedKey === null ? null : this.find(this._selectedKey);
  }

  /** A run that was loaded, be it a session or a cell run. */
  find(id: string): IRunSummary | null {
    for (const list of this._runLists()) {
      const run = list.get(id);
      if (run !== undefined) {
        return run;
      }
    }
    return null;
  }

  findExperiment(id: string): IExperiment | null {
    return this._tree.experiments.get(id) ?? null;
  }

  /** Open or close an experiment or a session. */
  toggle(key: string, isExpanded?: boolean): void {
    this._tree.toggle(key, isExpanded);
  }

  /**
   * Say which lines are seen or soon will be, so that more is loaded in time.
   */
  showRange(first: number, last: number): void {
    for (const row of this.rows.slice(first, last + 1)) {
      if (row.kind === 'end' && row.state === 'more') {
        void row.list.loadMore();
      }
    }
  }

  /** Try again to load what a list lacks. */
  retry(list: PagedList<{ readonly id: string }>): void {
    void (list.hasMore ? list.loadMore() : list.refresh());
  }

  /** Ask the server for everything that is shown, and for its health. */
  async refresh(): Promise<void> {
    await Promise.all([this._flush(EVERYTHING), this._api.refresh()]);
  }

  async patch(id: string, patch: IRunPatch): Promise<IRun> {
    const run = await this._client.patchRun(id, patch);
    if (patch.is_deleted === false) {
      await this._flush(EVERYTHING);
      return run;
    }
    const known = this._search.found?.get(id);
    if (known !== undefined) {
      this._search.found?.replace(toSummary(run, known));
    }
    this._tree.replace(run);
    return run;
  }

  /** Put a run, and everything below it, into the trash. */
  async remove(id: string): Promise<void> {
    await this._client.deleteRun(id);
    const index = this.rows.findIndex(row => row.key === id);
    this._search.found?.remove(id);
    this._tree.drop(id);
    if (this._selectedKey === id) {
      // Whoever deletes by keyboard goes on from the next line.
      const { rows } = this;
      const next = rows[Math.min(index, rows.length - 1)];
      this.selectedKey = next?.key ?? null;
    }
  }

  async renameExperiment(id: string, name: string): Promise<void> {
    this._tree.replaceExperiment(await this._client.renameExperiment(id, name));
  }

  private get _shown(): PagedList<{ readonly id: string }> {
    return this._search.found ?? this._tree.experiments;
  }

  private *_runLists(): Iterable<PagedList<IRunSummary>> {
    if (this._search.found !== null) {
      yield this._search.found;
    }
    yield* this._tree.runLists();
  }

  private _changeSearch(change: () => void): void {
    const wasFlat = this.isFlat;
    change();
    if (this.isFlat && !this._tree.experiments.isLoaded) {
      // A result shows the names of experiments.
      void this._tree.experiments.loadMore();
    } else if (wasFlat && !this.isFlat) {
      // The tree was not kept up to date under the result.
      void this._flush(EVERYTHING);
    }
  }

  private _nameOf(run: IRunSummary): string {
    return (
      this.findExperiment(run.experiment_id)?.name ??
      run.notebook_path?.split('/').pop() ??
      run.kernel_name
    );
  }

  private _onChange(): void {
    this._foundRows = null;
    this.emit();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    if (this.isActive) {
      void this._flush(change);
    }
  }

  private _onMissed(): void {
    this._onRunsChanged(null, EVERYTHING);
  }

  private _onConnectionChanged(_: unknown, isConnected: boolean): void {
    if (isConnected && this._shown.failure !== null) {
      this._onMissed();
    }
  }

  /** Fetch what a change concerns; changes that come meanwhile are joined. */
  private async _flush(change: IRunsChanged): Promise<void> {
    this._waiting = join(this._waiting, change);
    this._flushing ??= this._drain();
    await this._flushing;
  }

  private async _drain(): Promise<void> {
    while (this._waiting !== null && !this.isDisposed) {
      const change = this._waiting;
      this._waiting = null;
      this._isStale = false;
      const { found } = this._search;
      await (found === null ? this._tree.fetch(change) : found.refresh(true));
    }
    this._flushing = null;
  }

  protected override watch(): IDisposable {
    const watches = new DisposableSet();
    watches.add(this._api.events.watch('run'));
    watches.add(this._api.events.watch('health'));
    return watches;
  }

  protected override onSeen(): void {
    if (this._isStale) {
      void this.refresh();
    }
  }

  protected override onUnseen(): void {
    // Without a watch the server tells us nothing.
    this._isStale = true;
  }

  private _api: IDsinfraApi;
  private _client: IApiClient;
  private _recording: IRecordingSettings | null;
  private _tree: RunTree;
  private _search: RunSearch;
  private _foundRows: readonly Row[] | null = null;
  private _selectedKey: string | null = null;
  private _isStale = true;
  private _flushing: Promise<void> | null = null;
  private _waiting: IRunsChanged | null = null;
}

export namespace ExperimentsModel {
  export interface IOptions {
    api: IDsinfraApi;

    /** Says whether anything is recorded at all, if that can be known. */
    recording?: IRecordingSettings | null;
  }
}

const EVERYTHING: IRunsChanged = {
  runIds: [],
  experimentIds: [],
  isComplete: false
};

function join(left: IRunsChanged | null, right: IRunsChanged): IRunsChanged {
  return left === null
    ? right
    : {
        runIds: [...left.runIds, ...right.runIds],
        experimentIds: [...left.experimentIds, ...right.experimentIds],
        isComplete: left.isComplete && right.isComplete
      };
}
