import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';

import type { IRun, IRunPatch } from '../../../api/types';
import { parseTag } from '../editView';
import type { RunState } from '../model';
import type { IHeadProps } from '../view';
import { Head } from '../view';
import { makeRun } from './fixtures';

const trans = nullTranslator.load('dsinfra_jlab');

function show(
  state: RunState,
  options: Partial<IHeadProps> = {}
): { patches: IRunPatch[]; restored: () => number } {
  const patches: IRunPatch[] = [];
  const restore = jest.fn();
  render(
    <Head
      clockOffset={0}
      isActive={false}
      kernelHealth={null}
      locale="en"
      openNotebook={null}
      openParent={null}
      openRun={() => undefined}
      patch={patch => {
        patches.push(patch);
        return Promise.resolve();
      }}
      restore={restore}
      retry={() => undefined}
      stale={[]}
      state={state}
      trans={trans}
      {...options}
    />
  );
  return { patches, restored: () => restore.mock.calls.length };
}

function ready(changes: Partial<IRun>): RunState {
  return { kind: 'ready', run: makeRun(changes), failure: null };
}

describe('Head', () => {
  it('calls a run without a name by its first line of code', () => {
    show(ready({}));

    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(
      'lr = 0.1'
    );
  });

  it('shows text of a kernel as text', () => {
    show(ready({ error_name: 'E', error_message: '<img src=x onerror=1>' }));

    expect(screen.getByText(/<img src=x onerror=1>/)).not.toBeNull();
    expect(document.querySelector('img')).toBeNull();
  });

  it('warns of missed messages only where there were some', () => {
    show(ready({ missed_messages: null }));
    expect(screen.queryByText(/missed/)).toBeNull();
    show(ready({ missed_messages: 3 }));
    expect(
      screen.getByText(/3 messages of the kernel were missed/)
    ).not.toBeNull();
  });

  it('says what was left out because of limits', () => {
    show(ready({}));
    expect(screen.queryByText(/Left out/)).toBeNull();
    show(ready({ dropped: { params: 3, points: 120000 } }));
    expect(screen.getByText('3 parameters, 120,000 points')).not.toBeNull();
  });

  it('renames with the keyboard', async () => {
    const { patches } = show(ready({}));
    fireEvent.click(screen.getByRole('button', { name: 'Rename' }));
    const input = screen.getByRole('textbox', { name: 'Name of the run' });
    fireEvent.change(input, { target: { value: ' baseline ' } });
    fireEvent.keyDown(input, { key: 'Enter' });

    await waitFor(() => expect(patches).toEqual([{ name: 'baseline' }]));
  });

  it('forgets a name that was given up', () => {
    const { patches } = show(ready({}));
    fireEvent.click(screen.getByRole('button', { name: 'Rename' }));
    const input = screen.getByRole('textbox', { name: 'Name of the run' });
    fireEvent.change(input, { target: { value: 'never mind' } });
    fireEvent.keyDown(input, { key: 'Escape' });

    expect(screen.queryByRole('textbox')).toBeNull();
    expect(patches).toEqual([]);
  });

  it('keeps a note that could not be saved, and says why', async () => {
    show(ready({ note: 'before' }), {
      patch: () => Promise.reject(new Error('The store is away.'))
    });
    fireEvent.click(screen.getByRole('button', { name: 'Edit note' }));
    const area = screen.getByRole('textbox', { name: 'Note' });
    fireEvent.change(area, { target: { value: 'after' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save note' }));

    expect((await screen.findByRole('alert')).textContent).toBe(
      'The store is away.'
    );
    expect((area as HTMLTextAreaElement).value).toBe('after');
  });

  it('removes one tag and leaves the others', async () => {
    const { patches } = show(ready({ tags: { team: 'nlp', draft: '' } }));
    fireEvent.click(screen.getByRole('button', { name: 'Remove tag draft' }));

    await waitFor(() => expect(patches).toEqual([{ tags: { team: 'nlp' } }]));
  });

  it('offers undo for a deleted run', () => {
    const { restored } = show({ kind: 'deleted', failure: null });
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));

    expect(restored()).toBe(1);
  });

  it('says why a run cannot be loaded', () => {
    show({ kind: 'failed', failure: 'The disk is full.' });

    expect(screen.getByRole('alert').textContent).toContain(
      'The disk is full.'
    );
  });

  it('counts on while a run goes on, by the clock of the server', () => {
    const startedAt = new Date(Date.now() - 65_000 + 3_600_000).toISOString();
    show(
      ready({
        status: 'running',
        started_at: startedAt,
        ended_at: null,
        duration_s: null
      }),
      { clockOffset: 3_600_000 }
    );

    expect(screen.getByText('1:05')).not.toBeNull();
  });
});

describe('parseTag', () => {
  it.each([
    ['team: vision', { key: 'team', value: 'vision' }],
    ['draft', { key: 'draft', value: '' }],
    ['url: http://x', { key: 'url', value: 'http://x' }],
    [' : x', null]
  ])('reads %j', (text, tag) => {
    expect(parseTag(text)).toEqual(tag);
  });
});
