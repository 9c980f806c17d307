import type { IJobLog, IJobMessage } from '../../api/types';
import { LogReader } from '../log';

function messageOf(seq: number): IJobMessage {
  return {
    seq,
    at: '2026-11-22T10:00:00.000Z',
    type: 'stream',
    content: { name: 'stdout', text: `${seq}\n` }
  };
}

/** A log that is given in stretches. */
class Log {
  length = 0;
  isEnded = false;
  asked: number[] = [];

  constructor(readonly stretch = 2) {}

  jobLog = async (_: string, after: number): Promise<IJobLog> => {
    this.asked.push(after);
    const last = Math.min(this.length, after + this.stretch);
    return {
      items: Array.from({ length: last - after }, (_, index) =>
        messageOf(after + index + 1)
      ),
      next_seq: last,
      is_complete: this.isEnded && last === this.length,
      truncated: false
    };
  };
}

describe('LogReader', () => {
  it('reads all that is there, then what came since', async () => {
    const log = new Log();
    const taken: number[] = [];
    const reader = new LogReader({
      client: log,
      jobId: 'j1',
      take: messages => taken.push(...messages.map(({ seq }) => seq))
    });
    log.length = 5;
    await reader.read();
    expect(taken).toEqual([1, 2, 3, 4, 5]);
    log.length = 6;
    log.isEnded = true;
    await reader.read();
    expect(taken).toEqual([1, 2, 3, 4, 5, 6]);
    expect(reader.isComplete).toBe(true);
    const { length } = log.asked;
    await reader.read();
    expect(log.asked).toHaveLength(length);
  });

  it('asks once more, and no oftener, for calls while it reads', async () => {
    const log = new Log(10);
    log.length = 1;
    const reader = new LogReader({
      client: log,
      jobId: 'j1',
      take: () => undefined
    });
    await Promise.all([reader.read(), reader.read(), reader.read()]);
    // The first finds one message, then none; the second asks once.
    expect(log.asked.length).toBeLessThanOrEqual(3);
  });

  it('goes on behind a long log', async () => {
    const log = new Log(1);
    log.length = 50;
    log.isEnded = true;
    let count = 0;
    const reader = new LogReader({
      client: log,
      jobId: 'j1',
      take: messages => (count += messages.length)
    });
    await reader.read();
    expect(count).toBe(50);
    expect(reader.isComplete).toBe(true);
  });

  it('can be read again after a failure', async () => {
    const log = new Log();
    log.length = 1;
    const taken: number[] = [];
    let isAway = true;
    const reader = new LogReader({
      client: {
        jobLog: (id, after) =>
          isAway ? Promise.reject(new Error('away')) : log.jobLog(id, after)
      },
      jobId: 'j1',
      take: messages => taken.push(...messages.map(({ seq }) => seq))
    });
    await expect(reader.read()).rejects.toThrow('away');
    isAway = false;
    await reader.read();
    expect(taken).toEqual([1]);
  });
});
