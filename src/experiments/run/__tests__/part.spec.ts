import { RunPart } from '../part';
import { ScriptedEvents } from './fixtures';

async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

describe('RunPart', () => {
  let events: ScriptedEvents;
  let answers: (string | Error)[];
  let asked: number;
  let part: RunPart<string>;

  beforeEach(() => {
    jest.useFakeTimers();
    events = new ScriptedEvents();
    answers = ['first'];
    asked = 0;
    part = new RunPart(
      events,
      async () => {
        asked += 1;
        const answer = answers.shift() ?? 'later';
        if (answer instanceof Error) {
          throw answer;
        }
        return answer;
      },
      change => change.runIds.includes('r1')
    );
  });

  afterEach(() => {
    part.dispose();
    jest.useRealTimers();
  });

  it('is fetched when it is first seen, and once', async () => {
    events.change('r1');
    await pass(2000);
    expect(asked).toBe(0);

    part.isActive = true;
    await pass(10);
    part.isActive = false;
    part.isActive = true;
    await pass(2000);

    expect(asked).toBe(1);
    expect(part.current.value).toBe('first');
  });

  it('is fetched again when its run changed, at most once a second', async () => {
    part.isActive = true;
    await pass(10);
    events.change('other');
    await pass(1500);
    expect(asked).toBe(1);

    for (let i = 0; i < 30; i++) {
      events.change('r1');
      await pass(100);
    }
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it('learns when it is seen again what changed while it was not', async () => {
    part.isActive = true;
    await pass(10);
    part.isActive = false;
    events.change('r1');
    await pass(2000);
    expect(asked).toBe(1);

    part.isActive = true;
    await pass(10);
    expect(part.current.value).toBe('later');
  });

  it('keeps what it knew beside a failure', async () => {
    answers = ['first', new Error('The store is away.')];
    part.isActive = true;
    await pass(10);
    events.change('r1');
    await pass(1500);

    expect(part.current).toEqual({
      value: 'first',
      failure: 'The store is away.',
      isLoading: false
    });
  });
});
