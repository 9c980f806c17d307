import type { IStateDB } from '@jupyterlab/statedb';

const KEY = 'dsinfra-jlab:run-view';

/** Remembers which tab was looked at last, so that the next run opens with it. */
export class TabMemory {
  /**
   * @param state - Where it is kept; without it, as long as the page lives.
   */
  constructor(state: Pick<IStateDB, 'fetch' | 'save'> | null) {
    this._state = state;
  }

  /** The tab; null if none was ever chosen. */
  async load(): Promise<string | null> {
    if (TabMemory._last === null && this._state) {
      const saved: unknown = await this._state.fetch(KEY).catch(() => null);
      const tab = (saved as { tab?: unknown } | null | undefined)?.tab;
      TabMemory._last ??= typeof tab === 'string' ? tab : null;
    }
    return TabMemory._last;
  }

  /** Remember a tab that the user chose. */
  save(tab: string): void {
    TabMemory._last = tab;
    // Forgotten, the next run opens with another tab: nothing to trouble anybody with.
    this._state?.save(KEY, { tab }).catch(() => undefined);
  }

  /** Shared by the views of this page. */
  private static _last: string | null = null;

  private readonly _state: Pick<IStateDB, 'fetch' | 'save'> | null;
}
