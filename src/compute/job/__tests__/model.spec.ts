import { ApiError } from '../../../api/failures';
import type { IJobMessage } from '../../../api/types';
import { MemoryApi, settle } from '../../../experiments/__tests__/memoryApi';
import {
  MemoryCompute,
  makeEnded,
  makeJob
} from '../../__tests__/memoryCompute';
import { JobModel } from '../model';

function messageOf(seq: number): IJobMessage {
  return {
    seq,
    at: '2026-11-22T10:00:00.000Z',
    type: 'stream',
    content: { name: 'stdout', text: `${seq}\n` }
  };
}

describe('JobModel', () => {
  let api: MemoryApi;
  let client: MemoryCompute;
  let model: JobModel;
  let taken: number[];

  beforeEach(() => {
    api = new MemoryApi();
    api.client.run = async () => {
      throw new ApiError('No such run.', 'not_found', 404);
    };
    client = new MemoryCompute();
    client.jobList = [makeJob()];
    client.log = [messageOf(1), messageOf(2)];
    model = new JobModel({ api, client, jobId: 'j1' });
    taken = [];
    model.messages.connect((_, messages) => {
      taken.push(...messages.map(({ seq }) => seq));
    });
  });

  afterEach(() => model.dispose());

  function tell(id: string): void {
    api.events.received.emit({
      type: 'job',
      job_ids: [id],
      is_complete: true,
      seq: 1
    });
  }

  async function show(): Promise<void> {
    model.isActive = true;
    await settle();
  }

  it('asks for nothing while it is not seen', async () => {
    tell('j1');
    await model.refresh();
    expect(client.requests).toEqual([]);
    await show();
    model.isActive = false;
    client.requests = [];
    tell('j1');
    await settle();
    expect(client.requests).toEqual([]);
    expect(api.events.watched).toEqual([]);
  });

  it('reads the log on with each event, and each message once', async () => {
    await show();
    expect(model.job?.id).toBe('j1');
    expect(taken).toEqual([1, 2]);
    expect(model.isLogRead).toBe(true);
    client.log = [...client.log, messageOf(5)];
    tell('j1');
    await settle();
    expect(taken).toEqual([1, 2, 5]);
  });

  it('passes over news of other jobs', async () => {
    await show();
    client.requests = [];
    tell('other');
    await settle();
    expect(client.requests).toEqual([]);
  });

  it('stops reading the log once the job has ended', async () => {
    client.jobList = [makeEnded()];
    await show();
    expect(taken).toEqual([1, 2]);
    client.requests = [];
    tell('j1');
    await settle();
    expect(client.requests).toEqual(['job j1']);
  });

  it('says that there is no such job', async () => {
    client.jobList = [];
    await show();
    expect(model.state.kind).toBe('missing');
  });

  it('keeps what it knows when the server fails', async () => {
    await show();
    client.failure = new ApiError('Away.', 'unreachable', 0);
    await model.refresh();
    expect(model.state).toMatchObject({ kind: 'ready', failure: 'Away.' });
    client.failure = null;
    api.events.missed.emit();
    await settle();
    expect(model.state).toMatchObject({ kind: 'ready', failure: null });
  });

  it('shows a job whose log cannot be read, and says so', async () => {
    client.jobLog = async () => {
      throw new ApiError('The log is gone.', 'not_found', 404);
    };
    await show();
    expect(model.state.kind).toBe('ready');
    expect(model.logFailure).toBe('The log is gone.');
  });

  it('shows at once what came of an action, and gives its failure on', async () => {
    await show();
    await model.cancel();
    expect(model.job?.cancel_asked_at).not.toBeNull();
    client.failure = new ApiError('It has ended.', 'conflict', 409);
    await expect(model.cancel()).rejects.toThrow('It has ended.');
    expect(model.isBusy).toBe(false);
  });
});
