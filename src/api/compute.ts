import type {
  IApiClient,
  IComputeClient,
  IJobGroupQuery,
  IJobQuery,
  IPage,
  IPageRequest
} from '../tokens';
import type {
  IEngines,
  IGroupRetry,
  IJob,
  IJobGroup,
  IJobLog,
  ILandRequest,
  INewJob,
  INewTarget,
  IRunOutputs,
  ITarget,
  ITargetPatch,
  ITargetTest,
  ITargets
} from './types';

/** What can be done to a target beside changing it. */
type TargetVerb = 'start' | 'stop' | 'scale' | 'test';

/** What can be done to a job beside forgetting it. */
type JobVerb = 'cancel' | 'retry' | 'confirm' | 'land';

/** The typed methods about targets and jobs; loaded by those who show some. */
export class ComputeClient implements IComputeClient {
  constructor(options: ComputeClient.IOptions) {
    this._client = options.client;
  }

  targets(signal?: AbortSignal): Promise<ITargets> {
    return this._client.request('GET', 'targets', { signal });
  }

  engines(signal?: AbortSignal): Promise<IEngines> {
    return this._client.request('GET', 'targets/engines', { signal });
  }

  target(name: string, signal?: AbortSignal): Promise<ITarget> {
    return this._client.request('GET', targetPath(name), { signal });
  }

  addTarget(target: INewTarget): Promise<ITarget> {
    return this._client.request('POST', 'targets', { body: target });
  }

  patchTarget(name: string, patch: ITargetPatch): Promise<ITarget> {
    return this._client.request('PATCH', targetPath(name), { body: patch });
  }

  removeTarget(name: string): Promise<void> {
    return this._client.request('DELETE', targetPath(name));
  }

  startTarget(name: string): Promise<ITarget> {
    return this._onTarget(name, 'start', {});
  }

  stopTarget(name: string): Promise<ITarget> {
    return this._onTarget(name, 'stop', {});
  }

  scaleTarget(name: string, workers: number): Promise<ITarget> {
    return this._onTarget(name, 'scale', { workers });
  }

  testTarget(name: string): Promise<ITargetTest> {
    return this._onTarget(name, 'test', {});
  }

  jobs(query: IJobQuery = {}, signal?: AbortSignal): Promise<IPage<IJob>> {
    return this._client.request('GET', 'jobs', { query: { ...query }, signal });
  }

  job(id: string, signal?: AbortSignal): Promise<IJob> {
    return this._client.request('GET', jobPath(id), { signal });
  }

  submitJob(job: INewJob): Promise<IJob> {
    return this._client.request('POST', 'jobs', { body: job });
  }

  cancelJob(id: string): Promise<IJob> {
    return this._onJob(id, 'cancel', {});
  }

  retryJob(id: string): Promise<IJob> {
    return this._onJob(id, 'retry', {});
  }

  confirmJob(id: string): Promise<IJob> {
    return this._onJob(id, 'confirm', {});
  }

  landJob(id: string, request: ILandRequest): Promise<IJob> {
    return this._onJob(id, 'land', request);
  }

  forgetJob(id: string): Promise<void> {
    return this._client.request('DELETE', jobPath(id));
  }

  jobLog(id: string, after: number, signal?: AbortSignal): Promise<IJobLog> {
    const path = `${jobPath(id)}/log`;
    return this._client.request('GET', path, { query: { after }, signal });
  }

  jobOutputs(id: string, signal?: AbortSignal): Promise<IRunOutputs> {
    return this._client.request('GET', `${jobPath(id)}/outputs`, { signal });
  }

  jobGroups(
    query: IJobGroupQuery = {},
    signal?: AbortSignal
  ): Promise<IPage<IJobGroup>> {
    const options = { query: { ...query }, signal };
    return this._client.request('GET', 'job-groups', options);
  }

  jobGroup(id: string, signal?: AbortSignal): Promise<IJobGroup> {
    return this._client.request('GET', groupPath(id), { signal });
  }

  groupItems(
    id: string,
    query: IPageRequest = {},
    signal?: AbortSignal
  ): Promise<IPage<IJob>> {
    const options = { query: { ...query }, signal };
    return this._client.request('GET', `${groupPath(id)}/items`, options);
  }

  cancelGroup(id: string): Promise<IJobGroup> {
    return this._onGroup(id, 'cancel');
  }

  retryGroup(id: string): Promise<IGroupRetry> {
    return this._onGroup(id, 'retry');
  }

  private _onGroup<T>(id: string, verb: 'cancel' | 'retry'): Promise<T> {
    const path = `${groupPath(id)}/${verb}`;
    return this._client.request('POST', path, { body: {} });
  }

  private _onTarget<T>(
    name: string,
    verb: TargetVerb,
    body: object
  ): Promise<T> {
    const path = `${targetPath(name)}/${verb}`;
    return this._client.request('POST', path, { body });
  }

  private _onJob(id: string, verb: JobVerb, body: object): Promise<IJob> {
    return this._client.request('POST', `${jobPath(id)}/${verb}`, { body });
  }

  private _client: Pick<IApiClient, 'request'>;
}

export namespace ComputeClient {
  export interface IOptions {
    client: Pick<IApiClient, 'request'>;
  }
}

function targetPath(name: string): string {
  return `targets/${encodeURIComponent(name)}`;
}

function jobPath(id: string): string {
  return `jobs/${encodeURIComponent(id)}`;
}

function groupPath(id: string): string {
  return `job-groups/${encodeURIComponent(id)}`;
}
