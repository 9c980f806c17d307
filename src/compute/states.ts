import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  IJob,
  IJobCounts,
  IJobGroup,
  ITarget,
  JobState,
  RunStatus,
  TargetState
} from '../api/types';

/** Whether a job has not ended. */
export function isOpen(job: Pick<IJob, 'state'>): boolean {
  return (
    job.state === 'queued' ||
    job.state === 'starting' ||
    job.state === 'running'
  );
}

/** How many items of a group have not ended. */
export function openCount(counts: IJobCounts): number {
  return counts.queued + counts.starting + counts.running;
}

/** How many items of a group failed, or were lost. */
export function failedCount(counts: IJobCounts): number {
  return counts.error + counts.lost;
}

/** How many items a group has. */
export function totalCount(counts: IJobCounts): number {
  return openCount(counts) + failedCount(counts) + counts.ok + counts.cancelled;
}

/** Whether something of a group has not ended. */
export function isGroupOpen({ counts }: Pick<IJobGroup, 'counts'>): boolean {
  return openCount(counts) > 0;
}

/** How a group stands as a whole: while it is open what it does, then the worst of its ends. */
export function groupState({ counts }: Pick<IJobGroup, 'counts'>): JobState {
  const order = [
    'running',
    'starting',
    'queued',
    'error',
    'lost',
    'cancelled'
  ] as const;
  return order.find(state => counts[state] > 0) ?? 'ok';
}

/** The states of jobs that have ended, as the server takes them. */
export const ENDED_STATES = 'ok,error,cancelled,lost';

/** Return the word for how a job stands. */
export function jobStateLabel(
  state: JobState,
  trans: TranslationBundle
): string {
  const words: Record<JobState, string> = {
    queued: trans.__('Queued'),
    starting: trans.__('Starting'),
    running: trans.__('Running'),
    ok: trans.__('Succeeded'),
    error: trans.__('Failed'),
    cancelled: trans.__('Cancelled'),
    lost: trans.__('Lost')
  };
  return words[state];
}

/** Each state that has items with their number, for those who do not see the bar. */
export function countsText(
  counts: IJobCounts,
  trans: TranslationBundle
): string {
  const order: JobState[] = [
    'error',
    'lost',
    'running',
    'starting',
    'queued',
    'cancelled',
    'ok'
  ];
  return order
    .filter(state => counts[state] > 0)
    .map(
      state =>
        `${jobStateLabel(state, trans)}: ${counts[state].toLocaleString()}`
    )
    .join(', ');
}

/** Return the status of a run whose mark a job in this state has. */
export function markOf(state: JobState): RunStatus {
  switch (state) {
    case 'starting':
      return 'running';
    case 'cancelled':
      return 'interrupted';
    default:
      return state;
  }
}

/** Return the word for how a target stands. */
export function targetStateLabel(
  state: TargetState,
  trans: TranslationBundle
): string {
  const words: Record<TargetState, string> = {
    stopped: trans.__('Stopped'),
    starting: trans.__('Starting'),
    running: trans.__('Running'),
    stopping: trans.__('Stopping'),
    failed: trans.__('Failed')
  };
  return words[state];
}

/** Whether a target is there or about to be, so that it can be stopped. */
export function isUp(target: Pick<ITarget, 'state'>): boolean {
  return target.state === 'running' || target.state === 'starting';
}

/** What a person calls a job: its name, else its code. */
export function titleOf(
  job: Pick<IJob | IJobGroup, 'name' | 'code_line'>,
  trans: TranslationBundle
): string {
  return job.name || job.code_line || trans.__('Job');
}

/** Seconds since a job began, at a time of the server in milliseconds; null before. */
export function elapsedOf(job: IJob, now: number): number | null {
  if (job.started_at === null) {
    return null;
  }
  return isOpen(job)
    ? Math.max(0, (now - Date.parse(job.started_at)) / 1000)
    : job.duration_s;
}

/** Whether the user has to say whether a job goes on. */
export function isWaiting(job: IJob): boolean {
  return isOpen(job) && job.preflight?.is_waiting === true;
}

/** Text for what a job costs; empty where nothing is priced. */
export function costText(
  job: Pick<IJob | IJobGroup, 'cost' | 'currency'>,
  locale: string
): string {
  if (job.cost === null) {
    return '';
  }
  const digits = { maximumSignificantDigits: 3 };
  let amount: string;
  try {
    amount = job.cost.toLocaleString(locale.replace('_', '-'), digits);
  } catch {
    // JupyterLab's name of a language need not be one of the browser's.
    amount = job.cost.toLocaleString('en', digits);
  }
  return job.currency ? `${amount} ${job.currency}` : amount;
}
