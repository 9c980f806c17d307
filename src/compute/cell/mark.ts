import type { PartialJSONObject } from '@lumino/coreutils';

/** Where in the metadata of cells and notebooks ours is. */
const KEY = 'dsinfra';

/** What the metadata of a cell says of the job that its output is from. */
export interface IJobMark {
  readonly id: string;

  /** The number of the newest message that is in the outputs. */
  readonly seq: number;

  /** What the code was, so that an edit shows; see `fingerprint`. */
  readonly code: string;

  /** The cell was run here since: what the job puts out is not wanted any more. */
  readonly isLeft: boolean;
}

/** A notebook or a cell, as far as its metadata goes. */
export interface IMetadata {
  getMetadata(key: string): unknown;
  setMetadata(key: string, value: unknown): void;
  deleteMetadata(key: string): void;
}

/** Return what a cell says of its job; null if it says nothing that can be read. */
export function markOf(cell: Pick<IMetadata, 'getMetadata'>): IJobMark | null {
  const job = ours(cell)['job'];
  if (!isObject(job)) {
    return null;
  }
  const { code, id, is_left: isLeft, seq } = job;
  return typeof id === 'string' && typeof seq === 'number' && seq >= 0
    ? {
        id,
        seq,
        code: typeof code === 'string' ? code : '',
        isLeft: isLeft === true
      }
    : null;
}

/** Write what is in the outputs of a cell, and of which job; null forgets it. */
export function setMark(cell: IMetadata, mark: IJobMark | null): void {
  if (mark === null) {
    set(cell, 'job', undefined);
  } else {
    const { code, id, isLeft, seq } = mark;
    set(cell, 'job', { id, seq, code, ...(isLeft ? { is_left: true } : {}) });
  }
}

/** Return where the cells of a notebook go; null: to its kernel. */
export function targetOf(
  notebook: Pick<IMetadata, 'getMetadata'>
): string | null {
  const { target } = ours(notebook);
  return typeof target === 'string' && target !== '' ? target : null;
}

export function setTarget(notebook: IMetadata, target: string | null): void {
  set(notebook, 'target', target ?? undefined);
}

/** Return a short text that is another one for other code: FNV-1a, 32 bits. */
export function fingerprint(code: string): string {
  let hash = 0x811c9dc5;
  for (const unit of code.trim()) {
    hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function ours(model: Pick<IMetadata, 'getMetadata'>): PartialJSONObject {
  const found: unknown = model.getMetadata(KEY);
  return isObject(found) ? found : {};
}

function set(
  model: IMetadata,
  name: string,
  value: PartialJSONObject[string]
): void {
  const all = { ...ours(model) };
  delete all[name];
  if (value !== undefined) {
    all[name] = value;
  }
  if (Object.keys(all).length > 0) {
    model.setMetadata(KEY, all);
  } else if (model.getMetadata(KEY) !== undefined) {
    model.deleteMetadata(KEY);
  }
}

function isObject(value: unknown): value is PartialJSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
