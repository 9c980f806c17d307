import { ServerConnection } from '@jupyterlab/services';

import { ApiClient } from '../client';
import { ApiError } from '../failures';

/** A client below a prefix, and a server that answers as told. */
class Bench {
  requests: Request[] = [];
  answer: () => Promise<Response> = async () => new Response('{}');

  readonly client = new ApiClient({
    serverSettings: ServerConnection.makeSettings({
      baseUrl: 'http://localhost:8888/hub/user/ana/',
      token: 'secret',
      fetch: async request => {
        this.requests.push(request as Request);
        return this.answer();
      }
    })
  });

  reply(status: number, body: string, headers: HeadersInit = {}): void {
    this.answer = async () => new Response(body, { status, headers });
  }

  get url(): URL {
    return new URL(this.requests[this.requests.length - 1]!.url);
  }
}

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error('The request did not fail.');
}

describe('ApiClient', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  it('asks below the base URL, with the token', async () => {
    await bench.client.health();

    expect(bench.url.pathname).toBe('/hub/user/ana/dsinfra/api/health');
    expect(bench.requests[0]!.headers.get('Authorization')).toBe(
      'token secret'
    );
  });

  it('sends what restricts a list, and nothing for what does not', async () => {
    await bench.client.runs({
      q: 'a&b=c "d"',
      kind: 'cell',
      cursor: null,
      status: undefined
    });

    const { searchParams } = bench.url;
    expect(searchParams.get('q')).toBe('a&b=c "d"');
    expect(searchParams.get('kind')).toBe('cell');
    expect(searchParams.has('cursor')).toBe(false);
    expect(searchParams.has('status')).toBe(false);
  });

  it('keeps an id with odd characters in its place', async () => {
    await bench.client.run('../settings?x=1#y');

    expect(bench.url.pathname).toBe(
      '/hub/user/ana/dsinfra/api/runs/..%2Fsettings%3Fx%3D1%23y'
    );
  });

  it('sends a patch as JSON', async () => {
    await bench.client.patchRun('r1', { is_starred: true });

    expect(bench.requests[0]!.method).toBe('PATCH');
    expect(await bench.requests[0]!.json()).toEqual({ is_starred: true });
  });

  it('gives a parameter that is a list once for each', async () => {
    await bench.client.compare(['a', 'b&c']);

    expect(bench.url.pathname).toMatch(/\/api\/runs\/compare$/);
    expect(bench.url.searchParams.getAll('id')).toEqual(['a', 'b&c']);
  });

  it('asks for trials of a cell in one notebook', async () => {
    await bench.client.trials('c/1', { notebook_path: 'a b.ipynb', limit: 5 });

    expect(bench.url.pathname).toMatch(/\/api\/cells\/c%2F1\/trials$/);
    expect(bench.url.searchParams.get('notebook_path')).toBe('a b.ipynb');
  });

  it('asks for no more of an artifact than is wanted', async () => {
    bench.reply(206, 'beginning', { 'Content-Type': 'text/csv' });

    const content = await bench.client.artifactContent('r1', 'a1', 9);

    expect(bench.requests[0]!.headers.get('Range')).toBe('bytes=0-8');
    expect(content.size).toBe(9);
    expect(content.type).toBe('text/csv');
  });

  it('reads the error of an artifact that is not there', async () => {
    const body = { code: 'not_found', message: 'Gone.', details: {} };
    bench.reply(404, JSON.stringify({ error: body }));

    const error = await errorOf(bench.client.artifactContent('r1', 'a1'));

    expect(error).toMatchObject({ ...body, status: 404 });
    expect(bench.requests[0]!.headers.has('Range')).toBe(false);
  });

  it('downloads a file by its query', async () => {
    bench.reply(200, '# Errors', { 'Content-Type': 'text/markdown' });

    const content = await bench.client.download('errors/export', {
      query: { format: 'markdown', group_id: 'a&b', since: undefined }
    });

    expect(bench.url.pathname).toMatch(/\/api\/errors\/export$/);
    expect(bench.url.search).toMatch(/^\?format=markdown&group_id=a%26b\b/);
    expect(bench.url.searchParams.has('since')).toBe(false);
    expect(content.size).toBe(8);
  });

  it('takes an empty answer for what it is', async () => {
    bench.answer = async () => new Response(null, { status: 204 });

    await expect(bench.client.deleteRun('r1')).resolves.toBeUndefined();
  });

  it("reads the contract's error", async () => {
    const details = { position: 4 };
    const body = { code: 'bad_input', message: 'No such field.', details };
    bench.reply(400, JSON.stringify({ error: body }));

    const error = await errorOf(bench.client.runs({ q: 'x' }));

    expect(error).toMatchObject({ ...body, status: 400 });
  });

  it.each([
    [404, '<html>404 : Not Found</html>', 'missing'],
    [404, '{"message": "Not Found", "reason": null}', 'missing'],
    [502, 'Bad gateway', 'malformed'],
    [403, '{"message": "Forbidden"}', 'malformed'],
    [200, '<html>Log in</html>', 'malformed']
  ])('tells %d with %p from an error of ours', async (status, body, code) => {
    bench.reply(status, body);

    expect((await errorOf(bench.client.health())).code).toBe(code);
  });

  it('says that a Hub has stopped the server', async () => {
    bench.reply(424, '{"status": 424, "message": "Failed Dependency"}');

    const error = await errorOf(bench.client.health());

    expect(error.message).toContain('was stopped');
    expect(error.code).toBe('malformed');
  });

  it('says that nobody answers', async () => {
    bench.answer = () => Promise.reject(new TypeError('Failed to fetch'));

    const error = await errorOf(bench.client.health());

    expect(error).toMatchObject({ code: 'unreachable', status: 0 });
  });

  it('tells a request that was given up from a server that is away', async () => {
    const abort = new AbortController();
    bench.answer = async () => {
      abort.abort();
      throw new DOMException('Aborted', 'AbortError');
    };

    const error = await errorOf(bench.client.run('r1', abort.signal));

    expect(error.code).toBe('aborted');
  });

  it('learns how far the clock of the server is off', async () => {
    const served = (ahead: number): HeadersInit => ({
      Date: new Date(Date.now() + ahead).toUTCString()
    });
    bench.reply(200, '{}', served(60_000));
    await bench.client.health();
    expect(Math.abs(bench.client.clockOffset - 60_000)).toBeLessThan(2000);

    bench.reply(200, '{}', served(500));
    await bench.client.health();
    expect(bench.client.clockOffset).toBe(0);
  });

  it('does not take a slow answer for a clock that is behind', async () => {
    const now = jest.spyOn(Date, 'now');
    const begun = new Date('2026-01-05T10:00:00.900Z').getTime();
    const answer = (servedAt: number, tookMs: number): void => {
      now.mockReturnValue(begun);
      bench.answer = async () => {
        now.mockReturnValue(begun + tookMs);
        const headers = { Date: new Date(servedAt).toUTCString() };
        return new Response('{}', { headers });
      };
    };

    answer(begun, 9000);
    await bench.client.health();
    expect(bench.client.clockOffset).toBe(0);

    answer(begun - 60_000, 9000);
    await bench.client.health();
    expect(bench.client.clockOffset).toBeGreaterThanOrEqual(-60_000);
    expect(bench.client.clockOffset).toBeLessThan(-58_000);
    now.mockRestore();
  });
});
