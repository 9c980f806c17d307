import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { IApiClient, IPage, IRequestOptions } from '../tokens';
import { ApiError } from './failures';
import type {
  IComparison,
  IEnvironment,
  IExperiment,
  IHealth,
  ILineage,
  IReproduction,
  IRun,
  IRunArtifacts,
  IRunCapture,
  IRunChanges,
  IRunData,
  IRunMetrics,
  IRunOutputs,
  IRunPatch,
  IRunSummary,
  ISettings,
  ISettingsPatch,
  ITrials
} from './types';

/** Where the routes begin, below the server's base URL. */
const ROOT = 'dsinfra/api';

/** What the date of an answer is rounded down to, in milliseconds. */
const DATE_STEP_MS = 1000;

/** The typed methods of the REST API; the only caller of `makeRequest`. */
export class ApiClient implements IApiClient {
  constructor(options: ApiClient.IOptions) {
    this._settings = options.serverSettings;
  }

  get clockOffset(): number {
    return this._clockOffset;
  }

  health(signal?: AbortSignal): Promise<IHealth> {
    return this.request('GET', 'health', { signal });
  }

  experiments(
    query: Parameters<IApiClient['experiments']>[0] = {},
    signal?: AbortSignal
  ): Promise<IPage<IExperiment>> {
    return this.request('GET', 'experiments', { query: { ...query }, signal });
  }

  renameExperiment(id: string, name: string): Promise<IExperiment> {
    return this.request('PATCH', `experiments/${encodeURIComponent(id)}`, {
      body: { name }
    });
  }

  runs(
    query: Parameters<IApiClient['runs']>[0] = {},
    signal?: AbortSignal
  ): Promise<IPage<IRunSummary>> {
    return this.request('GET', 'runs', { query: { ...query }, signal });
  }

  run(id: string, signal?: AbortSignal): Promise<IRun> {
    return this.request('GET', runPath(id), { signal });
  }

  patchRun(id: string, patch: IRunPatch): Promise<IRun> {
    return this.request('PATCH', runPath(id), { body: patch });
  }

  deleteRun(id: string): Promise<void> {
    return this.request('DELETE', runPath(id), {});
  }

  outputs(id: string, signal?: AbortSignal): Promise<IRunOutputs> {
    return this.request('GET', `${runPath(id)}/outputs`, { signal });
  }

  environment(id: string, signal?: AbortSignal): Promise<IEnvironment> {
    return this.request('GET', `${runPath(id)}/environment`, { signal });
  }

  metrics(
    id: string,
    query: Parameters<IApiClient['metrics']>[1] = {},
    signal?: AbortSignal
  ): Promise<IRunMetrics> {
    const path = `${runPath(id)}/metrics`;
    return this.request('GET', path, { query: { ...query }, signal });
  }

  data(id: string, signal?: AbortSignal): Promise<IRunData> {
    return this.request('GET', `${runPath(id)}/data`, { signal });
  }

  capture(id: string, signal?: AbortSignal): Promise<IRunCapture> {
    return this.request('GET', `${runPath(id)}/capture`, { signal });
  }

  artifacts(id: string, signal?: AbortSignal): Promise<IRunArtifacts> {
    return this.request('GET', `${runPath(id)}/artifacts`, { signal });
  }

  artifactContent(
    id: string,
    artifactId: string,
    maxBytes?: number,
    signal?: AbortSignal
  ): Promise<Blob> {
    const path = `${runPath(id)}/artifacts/${encodeURIComponent(artifactId)}`;
    return this._blob(this._url(path), {
      signal: signal ?? null,
      headers:
        maxBytes === undefined ? {} : { Range: `bytes=0-${maxBytes - 1}` }
    });
  }

  download(path: string, options: IRequestOptions = {}): Promise<Blob> {
    const { query = {}, signal } = options;
    return this._blob(this._url(path) + queryString(query), {
      signal: signal ?? null
    });
  }

  compare(ids: readonly string[], signal?: AbortSignal): Promise<IComparison> {
    return this.request('GET', 'runs/compare', { query: { id: ids }, signal });
  }

  trials(
    cellId: string,
    query: Parameters<IApiClient['trials']>[1] = {},
    signal?: AbortSignal
  ): Promise<ITrials> {
    const path = `cells/${encodeURIComponent(cellId)}/trials`;
    return this.request('GET', path, { query: { ...query }, signal });
  }

  lineage(id: string, signal?: AbortSignal): Promise<ILineage> {
    return this.request('GET', `${runPath(id)}/lineage`, { signal });
  }

  changes(id: string, signal?: AbortSignal): Promise<IRunChanges> {
    return this.request('GET', `${runPath(id)}/changes`, { signal });
  }

  reproduction(id: string, signal?: AbortSignal): Promise<IReproduction> {
    return this.request('GET', `${runPath(id)}/reproduction`, { signal });
  }

  settings(signal?: AbortSignal): Promise<ISettings> {
    return this.request('GET', 'settings', { signal });
  }

  patchSettings(patch: ISettingsPatch): Promise<ISettings> {
    return this.request('PATCH', 'settings', { body: patch });
  }

  async request<T>(
    method: string,
    path: string,
    options: IRequestOptions = {}
  ): Promise<T> {
    const { query = {}, body, signal } = options;
    const sentAt = Date.now();
    const response = await this._send(this._url(path) + queryString(query), {
      method,
      signal: signal ?? null,
      // A browser calls a body of text plain text, which the server refuses.
      ...(body === undefined
        ? {}
        : {
            body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json' }
          })
    });
    this._noteClock(response.headers.get('Date'), sentAt);
    const text = await response.text();
    if (!response.ok) {
      throw toApiError(response.status, text);
    }
    return (text ? parse(text, response.status) : undefined) as T;
  }

  private async _blob(url: string, init: RequestInit): Promise<Blob> {
    const response = await this._send(url, init);
    if (!response.ok) {
      throw toApiError(response.status, await response.text());
    }
    return response.blob();
  }

  private _url(path: string): string {
    return URLExt.join(this._settings.baseUrl, ROOT, path);
  }

  private async _send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch (error) {
      if (init.signal?.aborted) {
        throw new ApiError('The request was given up.', 'aborted', 0);
      }
      throw new ApiError(
        'The Jupyter server does not answer.',
        'unreachable',
        0,
        { reason: String(error) }
      );
    }
  }

  /** Learn from the date of an answer how far the clocks are apart, at the least. */
  private _noteClock(date: string | null, sentAt: number): void {
    const served = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(served)) {
      return;
    }
    // The server dates an answer at some time between request and answer, in whole
    // seconds. What a slow answer may explain is not a finding.
    const ahead = served - Date.now();
    const behind = served + DATE_STEP_MS - sentAt;
    const offset = ahead > 0 ? ahead : Math.min(behind, 0);
    this._clockOffset = Math.abs(offset) < 2 * DATE_STEP_MS ? 0 : offset;
  }

  private _settings: ServerConnection.ISettings;
  private _clockOffset = 0;
}

export namespace ApiClient {
  export interface IOptions {
    serverSettings: ServerConnection.ISettings;
  }
}

function runPath(id: string): string {
  return `runs/${encodeURIComponent(id)}`;
}

function queryString(query: NonNullable<IRequestOptions['query']>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      value.forEach(each => parameters.append(key, each));
    } else if (value !== undefined && value !== null && value !== '') {
      parameters.set(key, String(value));
    }
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(
      'The server sent an answer that is not JSON. A proxy may stand in between.',
      'malformed',
      status
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Read the contract's error shape, or say what else came. */
function toApiError(status: number, text: string): ApiError {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not ours: said below by the status alone.
  }
  const error = isRecord(body) ? body['error'] : null;
  if (isRecord(error) && typeof error['code'] === 'string') {
    const { code, message, details } = error;
    return new ApiError(
      typeof message === 'string' ? message : code,
      code,
      status,
      isRecord(details) ? details : {}
    );
  }
  if (status === 404) {
    return new ApiError(
      'The dsinfra-jlab server extension does not answer.',
      'missing',
      status
    );
  }
  // A Hub answers so in place of a server that it has stopped.
  const message =
    status === 424
      ? 'This server was stopped. Start it again in the Hub.'
      : `The server answered ${status}.`;
  return new ApiError(message, 'malformed', status);
}
