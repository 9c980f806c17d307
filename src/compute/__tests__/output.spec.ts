import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel } from '@jupyterlab/outputarea';

import type { IJobMessage } from '../../api/types';
import { JobOutput } from '../output';

let seq = 0;

function message(
  type: string,
  content: Record<string, unknown>,
  number?: number
): IJobMessage {
  seq = number ?? seq + 1;
  return { seq, at: '2026-11-22T10:00:00.000Z', type, content };
}

function stream(text: string, name = 'stdout'): IJobMessage {
  return message('stream', { name, text });
}

function display(text: string, id?: string): IJobMessage {
  return message('display_data', {
    data: { 'text/plain': text },
    metadata: {},
    transient: id === undefined ? {} : { display_id: id }
  });
}

function update(text: string, id: string): IJobMessage {
  return message('update_display_data', {
    data: { 'text/plain': text },
    metadata: {},
    transient: { display_id: id }
  });
}

/** What stands in each output, as short as can be. */
function shown(model: OutputAreaModel): string[] {
  return model.toJSON().map((output: IOutput) => {
    const data = output.data as Record<string, string> | undefined;
    return String(data?.['text/plain'] ?? output.text ?? output.ename);
  });
}

describe('JobOutput', () => {
  let model: OutputAreaModel;
  let output: JobOutput;

  beforeEach(() => {
    seq = 0;
    model = new OutputAreaModel({ trusted: false });
    output = new JobOutput(model);
  });

  it('joins neighbouring text of one stream and keeps the order of the others', () => {
    output.apply([stream('a\n'), stream('b\n'), stream('!\n', 'stderr')]);
    output.apply([stream('?\n', 'stderr'), stream('c\n')]);
    expect(shown(model)).toEqual(['a\nb\n', '!\n?\n', 'c\n']);
  });

  it('lets a carriage return begin the line again, also across messages', () => {
    output.apply([stream('10%'), stream('\r20%')]);
    output.apply([stream('\r30%\n'), stream('done\n')]);
    expect(shown(model)).toEqual(['30%\ndone\n']);
  });

  it('passes over what was applied before', () => {
    const first = [stream('a'), stream('b')];
    output.apply(first);
    output.apply([...first, stream('c')]);
    expect(shown(model)).toEqual(['abc']);
    expect(output.lastSeq).toBe(3);
  });

  it('shows results and errors as the notebook format has them', () => {
    output.apply([
      message('execute_result', {
        data: { 'text/plain': '42' },
        metadata: {},
        execution_count: 1
      }),
      message('error', { ename: 'KeyError', evalue: 'x', traceback: [] }),
      message('status', { execution_state: 'idle' })
    ]);
    expect(model.toJSON()).toEqual([
      {
        output_type: 'execute_result',
        data: { 'text/plain': '42' },
        metadata: {},
        execution_count: 1
      },
      { output_type: 'error', ename: 'KeyError', evalue: 'x', traceback: [] }
    ]);
  });

  it('changes every display of a name, and none of another', () => {
    output.apply([
      display('a', 'bar'),
      display('x', 'other'),
      display('b', 'bar'),
      update('c', 'bar'),
      update('nobody', 'unknown')
    ]);
    expect(shown(model)).toEqual(['c', 'x', 'c']);
    expect(model.get(0).toJSON()).not.toHaveProperty('transient');
  });

  it('clears at once, and forgets where displays were', () => {
    output.apply([
      display('a', 'bar'),
      message('clear_output', { wait: false }),
      display('b'),
      update('c', 'bar')
    ]);
    expect(shown(model)).toEqual(['b']);
  });

  it('clears with the next output if it is told to wait', () => {
    output.apply([
      display('a', 'bar'),
      message('clear_output', { wait: true })
    ]);
    expect(shown(model)).toEqual(['a']);
    output.apply([update('b', 'bar')]);
    expect(shown(model)).toEqual(['b']);
    output.apply([stream('new'), display('c', 'bar'), update('d', 'bar')]);
    expect(shown(model)).toEqual(['new', 'd']);
  });

  it('does not join text with that from before a clearing', () => {
    output.apply([
      stream('1'),
      message('clear_output', { wait: true }),
      stream('2'),
      message('clear_output', { wait: true }),
      stream('3')
    ]);
    expect(shown(model)).toEqual(['3']);
  });

  it('begins anew after a restart', () => {
    const first = [stream('a'), display('b', 'bar')];
    output.apply(first);
    output.restart();
    expect(model.length).toBe(0);
    output.apply(first);
    expect(shown(model)).toEqual(['a', 'b']);
  });

  it('shows text up to a limit, counts the rest, and has room again once cleared', () => {
    output = new JobOutput(model, 4);
    output.apply([stream('abc')]);
    output.apply([stream('def'), display('plot'), stream('ghi')]);
    expect(shown(model)).toEqual(['abcd', 'plot']);
    expect(output.omittedChars).toBe(5);
    output.apply([message('clear_output', { wait: true }), stream('new')]);
    expect(shown(model)).toEqual(['new']);
    expect(output.omittedChars).toBe(0);
  });

  it('adds a thousand pieces of text as one', () => {
    let additions = 0;
    model.changed.connect(() => {
      additions += 1;
    });
    output.apply(
      Array.from({ length: 1000 }, (_, index) => stream(`${index}\n`))
    );
    expect(model.length).toBe(1);
    expect(additions).toBe(1);
  });
});
