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
 * The source is the whole statement, of which the line of the frame is one; which
 * one is known only as far as it is the first or the last that fits.
 */
export function sourceLines(frame: IFrame): ISourceLine[] {
  if (frame.source === '') {
    return [];
  }
  const texts = frame.source.replace(/\n+$/, '').split('\n');
  const [firstText = ''] = texts;
  const isAlone = texts.length === 1;
  return texts.map((text, index) => {
    const number =
      frame.line === null ? null : isAlone ? frame.line : frame.line + index;
    return {
      number,
      text,
      isCurrent: index === 0,
      mark: markOf(frame, text, index, firstText)
    };
  });
}

function markOf(
  frame: IFrame,
  text: string,
  index: number,
  firstText: string
): [number, number] | null {
  const { column, end_column, end_line, line } = frame;
  if (column === null || end_column === null || line === null) {
    return null;
  }
  const last = (end_line ?? line) - line;
  if (index > last || column > firstText.length) {
    return null;
  }
  const indent = text.length - text.trimStart().length;
  const begin = index === 0 ? column : indent;
  const end = index === last ? Math.min(end_column, text.length) : text.length;
  // To mark everything says nothing.
  const isAll = begin <= indent && end >= text.trimEnd().length;
  return end <= begin || (isAll && last === 0) ? null : [begin, end];
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
