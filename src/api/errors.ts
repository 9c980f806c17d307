import type { IApiClient, IErrorsClient, IPage } from '../tokens';
import type {
  ExportFormat,
  IErrorGroup,
  IErrorGroupPatch,
  IErrorHistory,
  IErrorRecord,
  IErrorTrend,
  IRunErrors
} from './types';

/** What a file of exported errors is called. */
export const EXPORT_NAMES: Readonly<Record<ExportFormat, string>> = {
  otlp: 'errors.otlp.json',
  sentry: 'errors.envelope',
  jsonl: 'errors.jsonl',
  markdown: 'errors.md'
};

/** The typed methods about errors; loaded by those who show some. */
export class ErrorsClient implements IErrorsClient {
  constructor(options: ErrorsClient.IOptions) {
    this._client = options.client;
  }

  errorGroups(
    query: Parameters<IErrorsClient['errorGroups']>[0] = {},
    signal?: AbortSignal
  ): Promise<IPage<IErrorGroup>> {
    return this._get('errors', query, signal);
  }

  errorGroup(id: string, signal?: AbortSignal): Promise<IErrorGroup> {
    return this._get(groupPath(id), {}, signal);
  }

  patchErrorGroup(id: string, patch: IErrorGroupPatch): Promise<IErrorGroup> {
    return this._client.request('PATCH', groupPath(id), { body: patch });
  }

  occurrences(
    id: string,
    query: Parameters<IErrorsClient['occurrences']>[1] = {},
    signal?: AbortSignal
  ): Promise<IPage<IErrorRecord>> {
    return this._get(`${groupPath(id)}/occurrences`, query, signal);
  }

  errorHistory(id: string, signal?: AbortSignal): Promise<IErrorHistory> {
    return this._get(`${groupPath(id)}/history`, {}, signal);
  }

  errorTrend(
    query: Parameters<IErrorsClient['errorTrend']>[0] = {},
    signal?: AbortSignal
  ): Promise<IErrorTrend> {
    return this._get('errors/trend', query, signal);
  }

  runErrors(runId: string, signal?: AbortSignal): Promise<IRunErrors> {
    return this._get(`runs/${encodeURIComponent(runId)}/errors`, {}, signal);
  }

  exportErrors(
    query: Parameters<IErrorsClient['exportErrors']>[0],
    signal?: AbortSignal
  ): Promise<Blob> {
    return this._client.download('errors/export', {
      query: { ...query },
      signal
    });
  }

  private _get<T>(
    path: string,
    query: object,
    signal: AbortSignal | undefined
  ): Promise<T> {
    return this._client.request('GET', path, { query: { ...query }, signal });
  }

  private _client: Pick<IApiClient, 'download' | 'request'>;
}

export namespace ErrorsClient {
  export interface IOptions {
    client: Pick<IApiClient, 'download' | 'request'>;
  }
}

function groupPath(id: string): string {
  return `errors/${encodeURIComponent(id)}`;
}
