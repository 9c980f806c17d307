import { ServerConnection } from '@jupyterlab/services';

import type { IErrorsChanged, IRunsChanged } from '../../tokens';
import { EventStream } from '../events';

/** A socket that a test opens, feeds and closes. */
class ScriptedSocket {
  static readonly made: ScriptedSocket[] = [];

  constructor(readonly url: string) {
    ScriptedSocket.made.push(this);
  }

  sent: { topics: string[]; visible: boolean }[] = [];
  isClosed = false;
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;
  onclose: () => void = () => undefined;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
    this.onclose();
  }

  receive(message: unknown): void {
    this.onmessage({
      data: typeof message === 'string' ? message : JSON.stringify(message)
    });
  }
}

function setHidden(isHidden: boolean): void {
  Object.defineProperty(document, 'hidden', {
    configurable: true,
    value: isHidden
  });
  document.dispatchEvent(new Event('visibilitychange'));
}

describe('EventStream', () => {
  let stream: EventStream;

  beforeEach(() => {
    jest.useFakeTimers();
    ScriptedSocket.made.length = 0;
    stream = new EventStream({
      serverSettings: ServerConnection.makeSettings({
        appendToken: true,
        token: 'a b',
        wsUrl: 'ws://localhost:8888/hub/user/ana/',
        WebSocket: ScriptedSocket as unknown as typeof WebSocket
      })
    });
  });

  afterEach(() => {
    stream.dispose();
    setHidden(false);
    jest.useRealTimers();
  });

  async function pass(milliseconds: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(milliseconds);
  }

  async function connect(): Promise<ScriptedSocket> {
    stream.watch('run');
    await pass(0);
    const socket = ScriptedSocket.made[0]!;
    socket.onopen();
    return socket;
  }

  it('connects with the first watch, below the base URL', async () => {
    await pass(60_000);
    expect(ScriptedSocket.made).toHaveLength(0);

    await connect();

    expect(ScriptedSocket.made).toHaveLength(1);
    expect(ScriptedSocket.made[0]!.url).toBe(
      'ws://localhost:8888/hub/user/ana/dsinfra/api/events?token=a%20b'
    );
    expect(stream.isConnected).toBe(true);
  });

  it('says what is watched, as long as it is', async () => {
    const socket = await connect();
    const first = stream.watch('health');
    const second = stream.watch('health');
    first.dispose();
    first.dispose();
    expect(socket.sent.pop()).toEqual({
      type: 'watch',
      topics: ['health', 'run'],
      visible: true
    });

    second.dispose();
    expect(socket.sent.pop()!.topics).toEqual(['run']);
  });

  it('says that nobody looks when nothing is watched or the page is hidden', async () => {
    const socket = await connect();
    setHidden(true);
    expect(socket.sent.pop()!.visible).toBe(false);
    setHidden(false);
    expect(socket.sent.pop()!.visible).toBe(true);
  });

  it('emits what the server tells', async () => {
    const socket = await connect();
    const changes: IRunsChanged[] = [];
    const errors: IErrorsChanged[] = [];
    let healths = 0;
    stream.errorsChanged.connect((_, change) => errors.push(change));
    stream.runsChanged.connect((_, change) => changes.push(change));
    stream.healthChanged.connect(() => (healths += 1));

    socket.receive({
      type: 'run',
      run_ids: ['r1'],
      experiment_ids: ['e1'],
      is_complete: false,
      seq: 1
    });
    socket.receive({ type: 'health', seq: 2 });
    socket.receive({
      type: 'error',
      group_ids: ['g1'],
      run_ids: ['r1'],
      is_complete: true,
      seq: 3
    });

    expect(changes).toEqual([
      { runIds: ['r1'], experimentIds: ['e1'], isComplete: false }
    ]);
    expect(errors).toEqual([
      { groupIds: ['g1'], runIds: ['r1'], isComplete: true }
    ]);
    expect(healths).toBe(1);
  });

  it('passes readings and alerts on as they come', async () => {
    const socket = await connect();
    const received: string[] = [];
    stream.received.connect((_, event) => {
      if (event.type === 'samples') {
        received.push(`${event.snapshot.seq}`);
      } else if (event.type === 'alert') {
        received.push(event.alert_ids.join());
      } else {
        received.push(event.type);
      }
    });

    socket.receive({ type: 'samples', snapshot: { seq: 7 }, seq: 1 });
    socket.receive({ type: 'alert', alert_ids: ['a1'], seq: 2 });
    socket.receive({ type: 'health', seq: 3 });
    for (const noEvent of ['', 'null', '[]', '7', '{}']) {
      socket.receive(noEvent);
    }

    expect(received).toEqual(['7', 'a1']);
  });

  it.each(['', 'no JSON', 'null', '[]', '7', '{"type": "from tomorrow"}'])(
    'passes over %p',
    async text => {
      const socket = await connect();
      let emitted = 0;
      stream.runsChanged.connect(() => (emitted += 1));
      stream.healthChanged.connect(() => (emitted += 1));

      expect(() => socket.receive(text)).not.toThrow();

      expect(emitted).toBe(0);
    }
  );

  it('connects again, says what it watches, and that events may be missed', async () => {
    const socket = await connect();
    let missed = 0;
    stream.missed.connect(() => (missed += 1));
    socket.close();
    expect(stream.isConnected).toBe(false);

    await pass(3000);
    const next = ScriptedSocket.made[1]!;
    next.onopen();

    expect(missed).toBe(1);
    expect(next.sent[0]!.topics).toEqual(['run']);
  });

  it('has what is shown asked for when a lost connection stays away', async () => {
    const socket = await connect();
    let missed = 0;
    stream.missed.connect(() => missed++);

    socket.onclose();
    await pass(4000);
    ScriptedSocket.made[1]!.onopen();
    await pass(10_000);
    expect(missed).toBe(1); // at its return, and no more

    ScriptedSocket.made[1]!.onclose();
    await pass(2000);
    ScriptedSocket.made[2]!.onclose();
    await pass(2900);
    expect(missed).toBe(1);
    await pass(200);
    expect(missed).toBe(2);
    await pass(60_000);
    expect(missed).toBe(2);
    ScriptedSocket.made.at(-1)!.onopen();
    expect(missed).toBe(3);
  });

  it('asks nobody to ask once it is disposed', async () => {
    const socket = await connect();
    let missed = 0;
    stream.missed.connect(() => missed++);
    socket.onclose();
    stream.dispose();
    await pass(60_000);
    expect(missed).toBe(0);
  });

  it('makes a connection anew that is open and dead', async () => {
    const socket = await connect();
    const told: boolean[] = [];
    stream.connectionChanged.connect((_, isConnected) => {
      told.push(isConnected);
    });
    // A server that hangs answers no closing either.
    socket.close = () => {
      socket.isClosed = true;
    };
    stream.renew();
    stream.renew();
    expect(socket.isClosed).toBe(true);
    expect(told).toEqual([false]);

    await pass(3000);
    expect(ScriptedSocket.made).toHaveLength(2);
    ScriptedSocket.made[1]!.onopen();
    expect(told).toEqual([false, true]);
  });

  it('pauses longer and longer while the server is away, but not for ever', async () => {
    const socket = await connect();
    socket.close();
    const refuse = async (milliseconds: number): Promise<number> => {
      const before = ScriptedSocket.made.length;
      for (let at = 0; at < milliseconds; at += 250) {
        await pass(250);
        const last = ScriptedSocket.made[ScriptedSocket.made.length - 1]!;
        if (!last.isClosed) {
          last.close();
        }
      }
      return ScriptedSocket.made.length - before;
    };

    await refuse(120_000);
    const late = await refuse(120_000);

    expect(late).toBeGreaterThanOrEqual(6);
    expect(late).toBeLessThan(60);
  });

  it('closes its connection for good when disposed', async () => {
    const socket = await connect();
    stream.dispose();
    await pass(120_000);

    expect(socket.isClosed).toBe(true);
    expect(ScriptedSocket.made).toHaveLength(1);
  });
});
