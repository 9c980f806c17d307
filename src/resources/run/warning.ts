import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IResourcesClient } from '../../tokens';

/** How long a cell is looked at before it is asked about, in milliseconds. */
const PAUSE = 600;

/** Whether the active cell will fit into memory, as far as its last runs tell. */
export class FitWarning implements IDisposable {
  constructor(options: {
    client: Pick<IResourcesClient, 'cellPeak'>;

    /** Gives the active cell; null if none is looked at. */
    cell: () => { id: string; path: string } | null;
    pause?: number;
  }) {
    this._client = options.client;
    this._cell = options.cell;
    this._debouncer = new Debouncer(() => this._ask(), options.pause ?? PAUSE);
  }

  /** One sentence if it may not fit; else empty. */
  get text(): string {
    return this._text;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._debouncer.isDisposed;
  }

  dispose(): void {
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  /** Say that another cell is active, or what it took has changed. */
  update(): void {
    if (!this.isDisposed) {
      // Rejected when another call takes its place.
      this._debouncer.invoke().catch(() => undefined);
    }
  }

  private async _ask(): Promise<void> {
    const cell = this._cell();
    let text = '';
    if (cell !== null) {
      try {
        text = (await this._client.cellPeak(cell.id, cell.path)).warning;
      } catch {
        // No warning is better than one that nobody can check.
      }
    }
    if (!this.isDisposed && this._cell()?.id === cell?.id) {
      if (text !== this._text) {
        this._text = text;
        this._changed.emit();
      }
    }
  }

  private _client: Pick<IResourcesClient, 'cellPeak'>;
  private _cell: () => { id: string; path: string } | null;
  private _debouncer: Debouncer<void>;
  private _text = '';
  private _changed = new Signal<this, void>(this);
}
