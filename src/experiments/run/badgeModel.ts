import type { IDisposable } from '@lumino/disposable';

import type { IExperiment } from '../../api/types';
import type {
  IDsinfraApi,
  IRecordingSettings,
  IRunsChanged
} from '../../tokens';
import { Pace } from '../../ui/pace';
import { SeenModel } from '../../ui/seenModel';

/** Least time between two fetches that events cause. */
const REFRESH_INTERVAL_MS = 1000;

/**
 * Whether the runs of a notebook are recorded.
 *
 * `paused`: nothing is recorded; `excluded`: this notebook is not;
 * `degraded`: recorded, but something is wrong; `away`: the service does not answer.
 */
export type BadgeState =
  'unknown' | 'recording' | 'paused' | 'excluded' | 'degraded' | 'away';

/**
 * How many runs of one notebook there are, and whether more are recorded.
 */
export class BadgeModel extends SeenModel {
  constructor(options: BadgeModel.IOptions) {
    super();
    this._api = options.api;
    this._recording = options.recording;
    this._path = options.path;
    this._api.events.runsChanged.connect(this._onRunsChanged, this);
    this._api.events.missed.connect(this._markStale, this);
    this._api.changed.connect(this._onApiChanged, this);
    this._recording?.changed.connect(this.emit, this);
  }

  /** Runs of the notebook; null until they were counted. */
  get runCount(): number | null {
    return this._counts?.runs ?? null;
  }

  /** Runs of the notebook that failed. */
  get errorCount(): number {
    return this._counts?.errors ?? 0;
  }

  get path(): string {
    return this._path;
  }
  set path(path: string) {
    if (path !== this._path) {
      this._path = path;
      this._counts = null;
      this._markStale();
      this.emit();
    }
  }

  get state(): BadgeState {
    const { health, state } = this._api;
    const settings = this._recording?.current ?? null;
    if (state === 'missing' || state === 'unreachable') {
      return 'away';
    }
    if (settings === null) {
      return 'unknown';
    }
    if (!settings.is_recording) {
      return 'paused';
    }
    if (settings.excluded_notebooks.includes(this._path)) {
      return 'excluded';
    }
    return health?.status === 'degraded' ? 'degraded' : 'recording';
  }

  /** Why recording is degraded, one sentence each. */
  get reasons(): readonly string[] {
    return this._api.health?.reasons ?? [];
  }

  override dispose(): void {
    this._pace.dispose();
    super.dispose();
  }

  /** Count the runs anew. A failure leaves the counts as they were. */
  async refresh(): Promise<void> {
    this._pace.begin();
    const path = this._path;
    let items: IExperiment[];
    try {
      const q = `notebook:${quoted(path)}`;
      ({ items } = await this._api.client.experiments({ q }));
    } catch {
      // The state says that the service is away; the next event asks again.
      return;
    }
    if (this.isDisposed || path !== this._path) {
      return;
    }
    const own = items.filter(item => item.notebook_path === path);
    this._experimentIds = new Set(own.map(item => item.id));
    this._counts = {
      runs: sum(own.map(item => item.run_count)),
      errors: sum(own.map(item => item.error_count))
    };
    this.emit();
  }

  private _onRunsChanged(_: unknown, change: IRunsChanged): void {
    if (
      !change.isComplete ||
      // The first run of a notebook makes its experiment.
      this._experimentIds.size === 0 ||
      change.experimentIds.some(id => this._experimentIds.has(id))
    ) {
      this._markStale();
    }
  }

  private _onApiChanged(): void {
    if (this._counts === null) {
      this._markStale();
    }
    this.emit();
  }

  protected override watch(): IDisposable {
    return this._api.events.watch('run');
  }

  protected override onSeen(): void {
    this._pace.ask();
  }

  private _markStale(): void {
    if (this.isActive) {
      this._pace.ask();
    }
  }

  private readonly _api: BadgeModel.IOptions['api'];
  private _counts: { runs: number; errors: number } | null = null;
  private _experimentIds: ReadonlySet<string> = new Set();
  private readonly _pace = new Pace(() => {
    if (this.isActive) {
      void this.refresh();
    }
  }, REFRESH_INTERVAL_MS);
  private _path: string;
  private readonly _recording: IRecordingSettings | null;
}

/** What belongs to `BadgeModel`. */
export namespace BadgeModel {
  export interface IOptions {
    api: Pick<
      IDsinfraApi,
      'changed' | 'client' | 'events' | 'health' | 'state'
    >;
    /** Contents path of the notebook. */
    path: string;
    recording: IRecordingSettings | null;
  }
}

/**
 * Return a text as the search language quotes it. There is no way to write a
 * quotation mark in it, so of a text that has one the longest piece is taken.
 */
export function quoted(text: string): string {
  const pieces = text.split('"').sort((a, b) => b.length - a.length);
  return `"${pieces[0] ?? ''}"`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
