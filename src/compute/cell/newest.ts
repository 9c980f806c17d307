import type { IJob } from '../../api/types';
import { isOpen } from '../states';
import type { ICodeModel } from './cells';

/** How the line that `%%remote` prints begins. */
const SENT_LINE = /^Sent to /;

/** How far the clocks may be apart before a job counts as one of an earlier run. */
const SLACK_MS = 2000;

/** A cell that was run here. */
export interface ILocalRun {
  /** When it was asked for, by the server's clock. */
  readonly since: number;
  /** The job that the cell showed before: sent by an earlier run, whatever clocks say. */
  readonly earlierId: string | null;
  readonly isRunning: boolean;
}

/** What is known of a cell besides what stands in it; times are by the server's clock. */
export interface ICellPast {
  /** Its last run in the notebook's kernel since the notebook was opened, if there was one. */
  readonly local: ILocalRun | undefined;
  /** When it was asked to be sent before the page was closed, if it was. */
  readonly askedAt: number | undefined;
  /** When the notebook was opened. */
  readonly openedAt: number;
}

/** Whether the newest that a cell did was to send this job. */
export function isNewest(
  job: IJob,
  cell: ICodeModel,
  { askedAt, local, openedAt }: ICellPast
): boolean {
  const sentAt = Date.parse(job.submitted_at);
  if (local) {
    return job.id !== local.earlierId && sentAt >= local.since - SLACK_MS;
  }
  if (askedAt !== undefined) {
    // The page was closed in the moment in which it was sent.
    return sentAt >= askedAt - SLACK_MS;
  }
  const [first] = cell.outputs.toJSON();
  return (
    SENT_LINE.test(String(first?.['text'] ?? '')) ||
    (isOpen(job) && sentAt >= openedAt)
  );
}
