import { ErrorsClient } from '../errors';

/** A client that remembers what it was asked. */
function recorder() {
  const asked: [string, string, object | undefined][] = [];
  const client = {
    request: async <T>(method: string, path: string, options?: object) => {
      asked.push([method, path, options]);
      return { items: [] } as T;
    },
    download: async (path: string, options?: object) => {
      asked.push(['download', path, options]);
      return new Blob(['{}']);
    }
  };
  return { asked, errors: new ErrorsClient({ client }) };
}

describe('ErrorsClient', () => {
  it('asks each route by its path, with ids encoded', async () => {
    const { asked, errors } = recorder();
    await errors.errorGroups({ q: 'pandas', is_open: true });
    await errors.errorGroup('a/b');
    await errors.occurrences('g', { limit: 5 });
    await errors.errorHistory('g');
    await errors.errorTrend({ bucket: 'day' });
    await errors.runErrors('r 1');
    await errors.exportErrors({ format: 'markdown', group_id: 'g' });
    expect(asked.map(([method, path]) => `${method} ${path}`)).toEqual([
      'GET errors',
      'GET errors/a%2Fb',
      'GET errors/g/occurrences',
      'GET errors/g/history',
      'GET errors/trend',
      'GET runs/r%201/errors',
      'download errors/export'
    ]);
    expect(asked[0]?.[2]).toMatchObject({
      query: { q: 'pandas', is_open: true }
    });
    expect(asked[6]?.[2]).toMatchObject({
      query: { format: 'markdown', group_id: 'g' }
    });
  });

  it('sends what a user decides as it is', async () => {
    const { asked, errors } = recorder();
    await errors.patchErrorGroup('g', {
      state: 'ignored',
      ignore_until: 'count',
      ignore_count: 3
    });
    expect(asked).toEqual([
      [
        'PATCH',
        'errors/g',
        { body: { state: 'ignored', ignore_until: 'count', ignore_count: 3 } }
      ]
    ]);
  });

  it('passes the signal on', async () => {
    const { asked, errors } = recorder();
    const { signal } = new AbortController();
    await errors.errorGroups({}, signal);
    expect((asked[0]?.[2] as { signal: unknown }).signal === signal).toBe(true);
  });
});
