import type { IStateDB } from '@jupyterlab/statedb';

/** How the trials are looked at. */
export type TrialsMode = 'table' | 'parallel' | 'scatter';

/** What is remembered of the table of one cell. */
export interface ILayout {
  /** Keys of the columns that the user has hidden. */
  readonly hidden: readonly string[];

  /** Whether columns are hidden in which all values are equal. */
  readonly onlyDiffering: boolean;

  /** Whether metrics are coloured by rank. */
  readonly hasHeat: boolean;

  /** For metrics whose direction the user has set: whether less is better. */
  readonly lessIsBetter: Readonly<Record<string, boolean>>;
  readonly sort: ISort | null;
  readonly mode: TrialsMode;
}

/** The column that rows are sorted by. */
export interface ISort {
  readonly key: string;
  readonly isDescending: boolean;
}

export const DEFAULT_LAYOUT: ILayout = {
  hidden: [],
  onlyDiffering: false,
  hasHeat: true,
  lessIsBetter: {},
  sort: null,
  mode: 'table'
};

const KEY = 'dsinfra-jlab:trials';

/** Cells whose layout is remembered; the state is fetched whole at every start. */
const CELLS_MAX = 50;

/** Hidden columns that are remembered of one cell. */
const HIDDEN_MAX = 200;

interface IEntry {
  cell: string;
  layout: ILayout;
}

/** Remembers how the table of each cell is looked at. */
export class Layouts {
  /**
   * @param state - Null where nothing can be remembered.
   */
  constructor(state: IStateDB | null) {
    this._state = state;
  }

  /** What is remembered for a cell. */
  async load(cell: string): Promise<ILayout> {
    const entries = await this._fetch();
    const found = entries.find(entry => entry.cell === cell)?.layout;
    return { ...DEFAULT_LAYOUT, ...found };
  }

  /** Remember a layout, and forget that of the cell not looked at for longest. */
  async save(cell: string, layout: ILayout): Promise<void> {
    const kept = {
      cell,
      layout: { ...layout, hidden: layout.hidden.slice(0, HIDDEN_MAX) }
    };
    // One after the other: each adds to what the one before has written.
    const before = this._saving.catch(() => undefined);
    this._saving = before.then(async () => {
      const others = (await this._fetch()).filter(entry => entry.cell !== cell);
      const entries = [kept, ...others].slice(0, CELLS_MAX);
      await this._state?.save(KEY, entries as never);
    });
    await this._saving;
  }

  private async _fetch(): Promise<IEntry[]> {
    const value: unknown = await this._state?.fetch(KEY).catch(() => null);
    return Array.isArray(value) ? (value as IEntry[]).filter(isEntry) : [];
  }

  private readonly _state: IStateDB | null;
  private _saving: Promise<void> = Promise.resolve();
}

/** What another version has written may have another shape. */
function isEntry(entry: unknown): boolean {
  const { cell, layout } = (entry ?? {}) as Partial<IEntry>;
  return (
    typeof cell === 'string' &&
    typeof layout === 'object' &&
    layout !== null &&
    Array.isArray(layout.hidden) &&
    typeof (layout.lessIsBetter ?? {}) === 'object'
  );
}
