import type { IApiClient, IResourcesClient, ISampleQuery } from '../tokens';
import type {
  IAlert,
  IAlertDetails,
  IAlertPatch,
  IAlerts,
  ICellPeak,
  IKernelMemory,
  INotebookSize,
  IRunSamples,
  ISampleWindow,
  ISnapshot
} from './types';

/** The typed methods about the machine; loaded by those who show some of it. */
export class ResourcesClient implements IResourcesClient {
  constructor(options: ResourcesClient.IOptions) {
    this._client = options.client;
  }

  latestSamples(signal?: AbortSignal): Promise<ISnapshot> {
    return this._client.request('GET', 'samples/latest', { signal });
  }

  samples(
    query: ISampleQuery = {},
    signal?: AbortSignal
  ): Promise<ISampleWindow> {
    return this._client.request('GET', 'samples', {
      query: { ...query },
      signal
    });
  }

  runSamples(runId: string, signal?: AbortSignal): Promise<IRunSamples> {
    const path = `runs/${encodeURIComponent(runId)}/samples`;
    return this._client.request('GET', path, { signal });
  }

  cellPeak(
    cellId: string,
    notebookPath: string,
    signal?: AbortSignal
  ): Promise<ICellPeak> {
    const path = `cells/${encodeURIComponent(cellId)}/peak`;
    return this._client.request('GET', path, {
      query: { notebook_path: notebookPath },
      signal
    });
  }

  kernelMemory(kernelId: string, signal?: AbortSignal): Promise<IKernelMemory> {
    const path = `kernels/${encodeURIComponent(kernelId)}/memory`;
    return this._client.request('GET', path, { signal });
  }

  notebookSize(
    notebookPath: string,
    signal?: AbortSignal
  ): Promise<INotebookSize> {
    return this._client.request('GET', 'notebooks/size', {
      query: { notebook_path: notebookPath },
      signal
    });
  }

  alerts(signal?: AbortSignal): Promise<IAlerts> {
    return this._client.request('GET', 'alerts', { signal });
  }

  alertDetails(id: string, signal?: AbortSignal): Promise<IAlertDetails> {
    const path = `alerts/${encodeURIComponent(id)}/details`;
    return this._client.request('GET', path, { signal });
  }

  patchAlert(id: string, patch: IAlertPatch): Promise<IAlert> {
    const path = `alerts/${encodeURIComponent(id)}`;
    return this._client.request('PATCH', path, { body: patch });
  }

  private _client: Pick<IApiClient, 'request'>;
}

export namespace ResourcesClient {
  export interface IOptions {
    client: Pick<IApiClient, 'request'>;
  }
}
