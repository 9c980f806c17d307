import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** The model of a widget: it asks the server for nothing while nobody looks. */
export abstract class SeenModel implements IDisposable {
  /** Emitted after anything that is shown has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Subclasses dispose of what is theirs and call this. Safe to call twice. */
  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch?.dispose();
      this._watch = null;
      Signal.clearData(this);
    }
  }

  /** Whether somebody looks. */
  get isActive(): boolean {
    return this._watch !== null;
  }

  set isActive(isActive: boolean) {
    if (isActive === this.isActive || this._isDisposed) {
      return;
    }
    if (isActive) {
      this._watch = this.watch();
      this.onSeen();
    } else {
      this._watch?.dispose();
      this._watch = null;
      this.onUnseen();
    }
    this.emit();
  }

  /** Have changes told until what is returned is disposed of. */
  protected abstract watch(): IDisposable;

  /** Called when somebody begins to look: what happened before was told to nobody. */
  protected onSeen(): void {
    // Nothing to do unless a subclass knows better.
  }

  /** Called when nobody looks any more. */
  protected onUnseen(): void {
    // Nothing to do unless a subclass knows better.
  }

  /** Say that something has changed. */
  protected emit(): void {
    if (!this._isDisposed) {
      this._stateChanged.emit();
    }
  }

  private _isDisposed = false;
  private readonly _stateChanged = new Signal<this, void>(this);
  private _watch: IDisposable | null = null;
}
