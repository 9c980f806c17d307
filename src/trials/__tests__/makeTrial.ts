import type { ITrial } from '../../api/types';

/** Return a trial that ended well, but for what is said otherwise. */
export function makeTrial(changes: Partial<ITrial> = {}): ITrial {
  return {
    run_id: 'r1',
    execution_count: 1,
    queued_at: '2026-11-22T10:00:00.000Z',
    duration_s: 2,
    status: 'ok',
    code_sha256: 'aaaaaaaaaaaa',
    params: {},
    metrics: {},
    name: '',
    note: '',
    tags: {},
    is_starred: false,
    flags: [],
    error_name: null,
    ...changes
  };
}
