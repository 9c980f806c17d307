import type { ITrial } from '../../api/types';
import { columnsOf, versionsOf } from '../columns';
import { compileFilter, parseFilter } from '../filter';
import { makeTrial } from './makeTrial';

const TRIALS: readonly ITrial[] = [
  makeTrial({
    run_id: 'fine',
    params: { lr: 0.001, optimizer: 'adam', 'batch size': 32, epochs: 10_000 },
    metrics: { acc: 0.95, lr: 7 },
    tags: { team: 'nlp' },
    is_starred: true,
    code_sha256: 'b'
  }),
  makeTrial({
    run_id: 'coarse',
    params: { lr: 0.1, optimizer: 'sgd', 'batch size': 64, delta: -0.5 },
    metrics: { acc: 0.7 },
    note: 'see https://example.org/x?a=1',
    duration_s: 75,
    queued_at: '2026-11-20T10:00:00.000Z',
    code_sha256: 'a'
  }),
  makeTrial({
    run_id: 'broken',
    params: { lr: 0.01 },
    status: 'error',
    error_name: 'ValueError',
    flags: [{ kind: 'edited_cell', name: 'data', run_id: null, cell_id: null }],
    code_sha256: 'a'
  })
];

const CONTEXT = {
  columns: columnsOf(TRIALS),
  versions: versionsOf(TRIALS)
};

function found(filter: string): string[] {
  const test = compileFilter(filter, CONTEXT);
  if (typeof test !== 'function') {
    throw new Error(`${test.kind}: ${test.subject}`);
  }
  return TRIALS.filter(test).map(trial => trial.run_id);
}

describe('a filter of trials', () => {
  it.each<[string, string[]]>([
    ['', ['fine', 'coarse', 'broken']],
    ['lr<0.01', ['fine']],
    ['lr <= 0.01', ['fine', 'broken']],
    ['lr=1e-3', ['fine']],
    ['lr == 0.1', ['coarse']],
    ['lr!=0.1', ['fine', 'broken']],
    ['metric.lr>1', ['fine']],
    ['acc>=0.7 lr<0.05', ['fine']],
    ['acc<inf', ['fine', 'coarse']],
    ['delta>=-0.5', ['coarse']],
    ['-0.5', ['coarse']],
    ['"batch size">32', ['coarse']],
    ['epochs=10_000', ['fine']],
    ['10000', ['fine']],
    ['10,000', ['fine']],
    ['optimizer=adam', ['fine']],
    ['optimizer:AD', ['fine']],
    ['status:error', ['broken']],
    ['-status:ok', ['broken']],
    ['error:value', ['broken']],
    ['flag:edited', ['broken']],
    ['tag.team:nlp', ['fine']],
    ['tag:team', ['fine']],
    ['is:starred', ['fine']],
    ['duration>1min', ['coarse']],
    ['duration<=2', ['fine', 'broken']],
    ['started<2026-11-21', ['coarse']],
    ['code:v1', ['coarse', 'broken']],
    ['version=v2', ['fine']],
    ['adam', ['fine']],
    ['-adam', ['coarse', 'broken']],
    ['https://example.org/x?a=1', ['coarse']],
    ['"see https"', ['coarse']],
    ['nothing', []]
  ])('%s', (filter, ids) => {
    expect(found(filter)).toEqual(ids);
  });

  it.each([
    ['lrr<0.1', 'no-column', 'lrr'],
    ['lr<', 'no-value', 'lr<'],
    ['lr:', 'no-value', 'lr:'],
    ['lr<abc', 'no-number', 'abc'],
    ['lr<5min', 'no-number', '5min'],
    ['duration>5parsec', 'no-number', '5parsec'],
    ['constructor<1', 'no-column', 'constructor']
  ])('%s cannot be applied', (filter, kind, subject) => {
    expect(compileFilter(filter, CONTEXT)).toEqual({ kind, subject });
  });

  it.each(['<', '=', '"', '"open', '-', '--', '<<>>', 'a"b', ':', '\\'])(
    'whatever is typed, it ends: %s',
    filter => {
      expect(parseFilter(filter).length).toBeGreaterThan(0);
      expect(() => compileFilter(filter, CONTEXT)).not.toThrow();
    }
  );
});
