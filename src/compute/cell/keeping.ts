import { UUID } from '@lumino/coreutils';

import type { CellJob } from './job';
import type { IOpenCell, OpenCells } from './openCells';

/** Keeps the cells of one notebook that this page looks after, and has those of an earlier one. */
export class CellKeeper {
  constructor(options: CellKeeper.IOptions) {
    this._options = options;
    this._path = options.path();
  }

  /** Cells that an earlier page has left, while it is found out how they stand. */
  get earlier(): readonly IOpenCell[] {
    return this._earlier;
  }

  /** Take over what nobody looks after any more. */
  async begin(isReadOnly: boolean): Promise<void> {
    if (!isReadOnly) {
      const { openCells } = this._options;
      this._earlier = await openCells.adopt(this._path, this._holder);
      if (this._earlier.length > 0) {
        // Whatever comes of them is written, also that nothing is left.
        this._kept = '';
      }
    }
  }

  /** It is known how the cells stand that an earlier page has left. */
  finish(): void {
    this._earlier = [];
    this.keep();
  }

  /** Do something with many cells, and keep what comes of it once and not with each. */
  atOnce<T>(work: () => T): T {
    this._isAtWork = true;
    try {
      return work();
    } finally {
      this._isAtWork = false;
      this.keep();
    }
  }

  /** Keep which cells are to be sent or have jobs that go on, over the end of the page. */
  keep(): void {
    if (this._isAtWork || this._isDisposed || this._earlier.length > 0) {
      return;
    }
    const { jobs, openCells } = this._options;
    const cells = jobs()
      .filter(({ isOpen, isOwn, isUnsent }) => isUnsent || (isOpen && isOwn))
      .map(({ askedAt, cell, destination, job }): IOpenCell => ({
        id: cell.id,
        to: destination,
        at: askedAt,
        jobId: job?.id ?? null
      }));
    const kept = JSON.stringify(cells);
    if (kept !== this._kept) {
      this._kept = kept;
      openCells.write(this._path, this._holder, cells);
    }
  }

  /** Go along with a notebook that is renamed. */
  move(): void {
    if (this._kept !== NOTHING) {
      this._options.openCells.write(this._path, this._holder, []);
    }
    this._kept = NOTHING;
    this._path = this._options.path();
    this.keep();
  }

  /** The notebook is closed: what is kept stays. */
  dispose(): void {
    this._isDisposed = true;
    if (this._kept !== NOTHING) {
      this._options.openCells.leave(this._holder);
    }
  }

  private _earlier: readonly IOpenCell[] = [];
  /** Under which the cells are kept. */
  private readonly _holder = UUID.uuid4();
  private _isAtWork = false;
  private _isDisposed = false;
  /** What is kept, as text. */
  private _kept = NOTHING;
  private readonly _options: CellKeeper.IOptions;
  private _path: string;
}

/** What is kept of no cells, as text. */
const NOTHING = '[]';

export namespace CellKeeper {
  export interface IOptions {
    /** The cells that have jobs or are to be sent, in their order. */
    jobs: () => readonly CellJob[];
    openCells: OpenCells;

    /** Where the notebook is now. */
    path: () => string;
  }
}
