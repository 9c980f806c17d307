import type { IJob, IParcelName } from '../api/types';

/** How the note of a name begins that could not be brought back. */
const LEFT_OUT = 'left out: ';

/** The names that a job brought back, or has for a kernel that takes them. */
export function broughtNames(job: Pick<IJob, 'returned'>): IParcelName[] {
  return job.returned.filter(({ note }) => !note.startsWith(LEFT_OUT));
}
