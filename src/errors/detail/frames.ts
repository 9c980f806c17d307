import type { IErrorRecord, IFrame, ILinkedException } from '../../api/types';

/** Frames that stand together: one of the user's own, or a row of a library's. */
export type IFrameGroup =
  | { readonly kind: 'own'; readonly frame: IFrame; readonly index: number }
  | {
      readonly kind: 'library';
      /** Where the first one stands among all frames. */
      readonly index: number;
      readonly frames: readonly IFrame[];
      /** Packages they are of, in order of the first call. */
      readonly packages: readonly string[];
    };

/** Return the frames with neighbours of libraries put together. */
export function groupFrames(frames: readonly IFrame[]): IFrameGroup[] {
  const groups: IFrameGroup[] = [];
  frames.forEach((frame, index) => {
    const last = groups[groups.length - 1];
    if (frame.kind !== 'library') {
      groups.push({ kind: 'own', frame, index });
    } else if (last?.kind === 'library') {
      groups[groups.length - 1] = ofLibrary(
        [...last.frames, frame],
        last.index
      );
    } else {
      groups.push(ofLibrary([frame], index));
    }
  });
  return groups;
}

function ofLibrary(frames: readonly IFrame[], index: number): IFrameGroup {
  const packages = [...new Set(frames.map(packageOf))].filter(Boolean);
  return { kind: 'library', frames, index, packages };
}

/** Return the package that the code of a frame is of; empty if it cannot be told. */
export function packageOf(frame: IFrame): string {
  const [, below] =
    frame.file.match(/(?:site|dist)-packages[\\/]([^\\/]+)/) ?? [];
  const name = below ?? frame.module.split('.')[0] ?? '';
  return name.replace(/\.py$/, '');
}

/** Return the end of a path that tells files of a project apart: two names. */
export function shortPath(file: string): string {
  const names = file.split(/[\\/]/);
  const at = names.findIndex(name => /^(site|dist)-packages$/.test(name));
  return (at >= 0 ? names.slice(at + 1) : names.slice(-2)).join('/');
}

/** A line of source, and what of it was running. */
export interface ISourceLine {
  /** From 1; null if it is not known. */
  readonly number: number | null;
  readonly text: string;
  /** Where what was running begins and ends; null if it is not known or nothing. */
  readonly mark: readonly [number, number] | null;
  /** Whether it is the line of the frame. */
  readonly isCurrent: boolean;
}

/**
 * Return the source of a frame in lines.
 *
 * The source is a whole statement, and the line of the frame is one of it: which one
 * is found by the columns. Where more than one fits, nothing is marked.
 */
export function sourceLines(frame: IFrame): ISourceLine[] {
  if (frame.source === '') {
    return [];
  }
  const texts = frame.source.replace(/\n+$/, '').split('\n');
  const current = currentLine(frame, texts);
  return texts.map((text, index) => ({
    number:
      frame.line === null || current === null
        ? null
        : frame.line + index - current,
    text,
    isCurrent: index === current && texts.length > 1,
    mark: current === null ? null : markOf(frame, texts, current, index)
  }));
}

/** Return which line of a statement is that of the frame; null if that is not known. */
function currentLine(frame: IFrame, texts: readonly string[]): number | null {
  if (texts.length === 1) {
    return 0;
  }
  const { column, end_column: end, end_line: endLine, line } = frame;
  if (line === null || column === null || end === null) {
    return null;
  }
  const height = (endLine ?? line) - line;
  const fitting = texts.flatMap((text, index) => {
    const last = texts[index + height];
    return last !== undefined && isEdge(text, column) && isEdge(last, end)
      ? [index]
      : [];
  });
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** Whether an expression can begin or end at a column of a line. */
function isEdge(text: string, column: number): boolean {
  const before = text[column - 1] ?? ' ';
  const after = text[column] ?? ' ';
  const isInside = /\w/.test(before) && /\w/.test(after);
  const isNothing = /\s/.test(before) && /\s/.test(after);
  return column <= text.length && !isInside && !isNothing;
}

function markOf(
  frame: IFrame,
  texts: readonly string[],
  current: number,
  index: number
): [number, number] | null {
  const { column, end_column: end, end_line: endLine, line } = frame;
  const text = texts[index] ?? '';
  // The source of a library is kept without the spaces that columns count.
  if (frame.kind === 'library' || column === null || end === null) {
    return null;
  }
  const last = current + (endLine ?? line ?? 0) - (line ?? 0);
  const isBeyond = column > (texts[current] ?? '').length;
  if (index < current || index > last || isBeyond) {
    return null;
  }
  const indent = text.length - text.trimStart().length;
  const from = index === current ? column : indent;
  const to = index === last ? Math.min(end, text.length) : text.length;
  // To mark all there is says nothing.
  const isAll = from <= indent && to >= text.trimEnd().length;
  return to <= from || (isAll && texts.length === 1) ? null : [from, to];
}

/** An exception, and those that belong to it. */
export interface IExceptionNode {
  readonly ename: string;
  readonly evalue: string;
  readonly notes: readonly string[];
  readonly frames: readonly IFrame[];
  /** How it belongs to the one above; null for the error itself. */
  readonly relation: ILinkedException['relation'] | null;
  readonly children: readonly IExceptionNode[];
}

/** Return the error with what is behind and below it as a tree. */
export function exceptionTree(record: IErrorRecord): IExceptionNode {
  const seen = new Set<number>();
  const childrenOf = (parent: number | null): IExceptionNode[] =>
    record.chain.flatMap((link, index) => {
      if ((link.parent ?? null) !== parent || seen.has(index)) {
        return [];
      }
      seen.add(index);
      return [{ ...link, children: childrenOf(index) }];
    });
  return {
    ename: record.ename,
    evalue: record.evalue,
    notes: record.notes,
    frames: record.frames,
    relation: null,
    children: childrenOf(null)
  };
}

/** Return the index of the frame to look at first: the user's own that is innermost. */
export function firstFrame(frames: readonly IFrame[]): number {
  const own = frames.map(frame => frame.kind !== 'library').lastIndexOf(true);
  return own >= 0 ? own : frames.length - 1;
}

/** Return a text cut to so many characters and lines, or the text itself. */
export function folded(
  text: string,
  maxChars: number,
  maxLines: number
): string {
  const lines = text.split('\n');
  const short = lines.slice(0, maxLines).join('\n').slice(0, maxChars);
  return short.length < text.length ? `${short.trimEnd()}…` : text;
}
