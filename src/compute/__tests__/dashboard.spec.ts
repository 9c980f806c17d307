import { isDashboardSafe, reachable } from '../dashboard';

const BASE = 'http://hub.example.org/user/ana/';
const PAGE = 'http://127.0.0.1:8787/status?theme=dark';

describe('the dashboard of a target', () => {
  let asked: string[];

  /** Answer what is asked of the server, or not at all. */
  function answer(status: number | null): void {
    asked = [];
    globalThis.fetch = jest.fn(async (url: string) => {
      asked.push(url);
      if (status === null) {
        throw new TypeError('no answer');
      }
      return { ok: status === 200 };
    }) as unknown as typeof fetch;
  }

  it('is opened as it is where it is another machine', async () => {
    answer(200);
    const url = 'https://dask.example.org:8787/status';
    expect(await reachable(url, BASE)).toBe(url);
    expect(asked).toEqual([]);
  });

  it('is opened through the proxy of the server, behind its prefix', async () => {
    answer(200);
    const proxied = `${BASE}proxy/8787/status?theme=dark`;
    expect(await reachable(PAGE, BASE)).toBe(proxied);
    expect(asked).toEqual([proxied]);
    expect(await reachable('http://[::1]:8787/status', BASE)).toBe(
      `${BASE}proxy/8787/status`
    );
  });

  it.each([404, null])(
    'is opened as it is on the machine itself without a proxy (%s)',
    async status => {
      answer(status);
      // The page of these tests is one of localhost.
      expect(await reachable(PAGE, 'http://localhost/')).toBe(PAGE);
    }
  );

  it('is no code', () => {
    expect(isDashboardSafe('javascript:alert(1)')).toBe(false);
    expect(isDashboardSafe(PAGE)).toBe(true);
  });
});
