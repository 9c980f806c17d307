import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IStateDB } from '@jupyterlab/statedb';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { ITarget } from '../../api/types';
import type { TargetBook } from '../targets';
import { setTarget, targetOf } from './mark';

/** Under which the targets that were used last are kept in this browser's workspace. */
const STATE_KEY = 'dsinfra-jlab:used-targets';

/** Targets that are remembered in their order: more are not in sight in a menu. */
const USED_MAX = 8;

/** Which target a cell goes to, if it is not said. */
export class TargetChoice {
  constructor(options: { state: IStateDB | null; targets: TargetBook }) {
    this._state = options.state;
    this._targets = options.targets;
    this._targets.changed.connect(() => this._changed.emit());
    void this._load();
  }

  /** Emitted after an order or a choice has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Every target, the one that was used last first. */
  get targets(): readonly ITarget[] {
    const rank = (name: string): number => {
      const index = this._used.indexOf(name);
      return index < 0 ? this._used.length : index;
    };
    return [...this._targets.items].sort(
      (left, right) => rank(left.name) - rank(right.name)
    );
  }

  /** Resolves when the server has said which targets there are, or does not answer. */
  async load(): Promise<void> {
    if (!this._targets.isLoaded) {
      await this._targets.refresh();
    }
  }

  find(name: string): ITarget | null {
    return this._targets.find(name);
  }

  /** The target that was chosen for a notebook; null: its kernel. */
  of(panel: NotebookPanel | null): string | null {
    return panel?.model ? targetOf(panel.model) : null;
  }

  /** Where the cells of a notebook go: to what was chosen, used last, or is the default. */
  defaultOf(panel: NotebookPanel | null): string {
    const used = this._used.find(name => this._targets.find(name) !== null);
    return this.of(panel) ?? used ?? this._targets.defaultName;
  }

  choose(panel: NotebookPanel, target: string | null): void {
    if (panel.model && !panel.model.readOnly) {
      setTarget(panel.model, target);
      this._changed.emit();
    }
  }

  /** Remember that a target was used. */
  use(name: string): void {
    if (this._used[0] !== name) {
      const others = this._used.filter(other => other !== name);
      this._used = [name, ...others].slice(0, USED_MAX);
      void this._state?.save(STATE_KEY, this._used);
      this._changed.emit();
    }
  }

  private async _load(): Promise<void> {
    const kept = await this._state?.fetch(STATE_KEY).catch(() => null);
    if (Array.isArray(kept) && this._used.length === 0) {
      this._used = kept.filter(name => typeof name === 'string');
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _state: IStateDB | null;
  private readonly _targets: TargetBook;
  private _used: string[] = [];
}
