import type { TranslationBundle } from '@jupyterlab/translation';

import type { IJob, IJobGroup } from '../api/types';
import type { IGroupItems } from './groups';
import { openCount } from './states';

/** What the list of jobs shows, one below the other. */
export type Line =
  | { readonly kind: 'job'; readonly key: string; readonly job: IJob }
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly group: IJobGroup;
      readonly isExpanded: boolean;
    }
  | {
      readonly kind: 'item';
      readonly key: string;
      readonly job: IJob;
      readonly groupId: string;
    }
  | {
      readonly kind: 'more';
      readonly key: string;
      readonly text: string;

      /** The group that has more items; null where the list goes on. */
      readonly groupId: string | null;
    }
  | {
      readonly kind: 'heading' | 'end';
      readonly key: string;
      readonly text: string;
    };

/** A line that can be selected. */
export type ActiveLine = Extract<Line, { kind: 'job' | 'group' | 'item' }>;

/** The jobs and groups that the list is made of. */
export interface IListed {
  readonly open: readonly IJob[];
  readonly ended: readonly IJob[];
  readonly hasMoreOpen: boolean;
  readonly hasMoreEnded: boolean;
  readonly openGroups: readonly IJobGroup[];
  readonly endedGroups: readonly IJobGroup[];
  readonly hasMoreEndedGroups: boolean;
  itemsOf(groupId: string): IGroupItems | null;
}

type Entry =
  | { readonly job: IJob; readonly group?: undefined }
  | { readonly job?: undefined; readonly group: IJobGroup };

/** Return the lines of the list: what is open, then what has ended, opened groups with items. */
export function linesOf(listed: IListed, trans: TranslationBundle): Line[] {
  const { open, openGroups, hasMoreOpen } = listed;
  const lines: Line[] = [];
  if (open.length + openGroups.length > 0) {
    const sum = openGroups.reduce(
      (count, { counts }) => count + openCount(counts),
      open.length
    );
    const count = `${sum.toLocaleString()}${hasMoreOpen ? '+' : ''}`;
    const text = trans.__('Open (%1)', count);
    lines.push({ kind: 'heading', key: 'open', text });
    for (const entry of openEntries(listed)) {
      addEntry(lines, entry, listed, trans);
    }
    if (hasMoreOpen) {
      const text = trans.__('More are open than are shown.');
      lines.push({ kind: 'end', key: 'more open', text });
    }
  }
  const ended = endedEntries(listed);
  if (ended.length > 0) {
    lines.push({ kind: 'heading', key: 'ended', text: trans.__('Ended') });
    for (const entry of ended) {
      addEntry(lines, entry, listed, trans);
    }
  }
  if (listed.hasMoreEnded || listed.hasMoreEndedGroups) {
    const text = trans.__('Loading…');
    lines.push({ kind: 'more', key: 'more ended', text, groupId: null });
  }
  return lines;
}

export function isActiveLine(line: Line | undefined): line is ActiveLine {
  return (
    line?.kind === 'job' || line?.kind === 'group' || line?.kind === 'item'
  );
}

/** What runs before what waits; a group is where its foremost item would be. */
function openEntries({ open, openGroups }: IListed): Entry[] {
  const waits = open.findIndex(job => job.state === 'queued');
  const running = waits < 0 ? open : open.slice(0, waits);
  const queued = waits < 0 ? [] : open.slice(waits);
  const isAtWork = ({ counts }: IJobGroup): boolean =>
    counts.running + counts.starting > 0;
  return [
    ...running.map(job => ({ job })),
    ...openGroups.filter(isAtWork).map(group => ({ group })),
    ...openGroups.filter(group => !isAtWork(group)).map(group => ({ group })),
    ...queued.map(job => ({ job }))
  ];
}

/**
 * Jobs and groups that ended, newest first.
 *
 * Only down to where both were read: something of the other kind may stand in between.
 */
function endedEntries(listed: IListed): Entry[] {
  const { ended, endedGroups } = listed;
  const entries: Entry[] = [
    ...ended.map(job => ({ job })),
    ...endedGroups.map(group => ({ group }))
  ];
  const from = [
    listed.hasMoreEnded ? ended[ended.length - 1] : undefined,
    listed.hasMoreEndedGroups ? endedGroups[endedGroups.length - 1] : undefined
  ].reduce((latest, each) => {
    const at = each?.submitted_at ?? '';
    return at > latest ? at : latest;
  }, '');
  return entries
    .filter(entry => sentAt(entry) >= from)
    .sort((left, right) =>
      sentAt(left) < sentAt(right) ? 1 : sentAt(left) > sentAt(right) ? -1 : 0
    );
}

function sentAt({ job, group }: Entry): string {
  return (job ?? group).submitted_at;
}

function addEntry(
  lines: Line[],
  { job, group }: Entry,
  listed: IListed,
  trans: TranslationBundle
): void {
  if (group === undefined) {
    lines.push({ kind: 'job', key: job.id, job });
    return;
  }
  const { id } = group;
  const opened = listed.itemsOf(id);
  lines.push({ kind: 'group', key: id, group, isExpanded: opened !== null });
  if (opened === null) {
    return;
  }
  for (const item of opened.items) {
    lines.push({ kind: 'item', key: item.id, job: item, groupId: id });
  }
  if (opened.hasMore || !opened.isLoaded) {
    const text = trans.__('Loading…');
    lines.push({ kind: 'more', key: `more ${id}`, text, groupId: id });
  }
}
