import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import type { IJob, IParcelName } from '../../../api/types';
import {
  makeEnded,
  makeJob,
  makePreflight
} from '../../__tests__/memoryCompute';
import { Details } from '../detailsView';
import { Names } from '../namesView';
import { Result } from '../resultView';
import type { IJobActions } from '../view';
import { Head } from '../view';

const trans = nullTranslator.load('dsinfra_jlab');

function named(name: string, note = ''): IParcelName {
  return { name, type: 'dict', size_bytes: 1500, digest: '', note };
}

describe('Head', () => {
  let actions: { [name in keyof IJobActions]: jest.Mock };

  beforeEach(() => {
    actions = {
      review: jest.fn(),
      land: jest.fn(),
      openError: jest.fn(),
      openJob: jest.fn(),
      openNotebook: jest.fn()
    };
  });

  function show(job: IJob): void {
    render(
      <Head
        actions={actions}
        clockOffset={0}
        isActive
        isBusy={false}
        locale="en"
        retry={jest.fn()}
        state={{ kind: 'ready', job, failure: null }}
        trans={trans}
      />
    );
  }

  it('shows how far a job is, where, and since when', () => {
    const started = new Date(Date.now() - 65_000).toISOString();
    show(
      makeJob({
        started_at: started,
        progress_ratio: 0.5,
        progress_text: 'epoch 5 of 10',
        cost: 0.5,
        currency: 'EUR'
      })
    );
    expect(screen.getByText('on local')).toBeTruthy();
    expect(screen.getByText('1:05')).toBeTruthy();
    expect(screen.getByRole('progressbar')).toBeTruthy();
    expect(screen.getByText('epoch 5 of 10')).toBeTruthy();
    expect(screen.getByText('Cost so far')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'train.ipynb' }));
    expect(actions.openNotebook).toHaveBeenCalledTimes(1);
  });

  it('counts down until a job that is cancelled is killed', () => {
    const soon = new Date(Date.now() + 3500).toISOString();
    const asked = new Date().toISOString();
    show(makeJob({ cancel_asked_at: asked, kill_at: soon }));
    expect(screen.getByText('Interrupted; killed in 4 s')).toBeTruthy();
  });

  it('leads to what waits for a word, and to the error', () => {
    show(
      makeJob({
        state: 'queued',
        started_at: null,
        queue_place: 2,
        preflight: makePreflight()
      })
    );
    expect(screen.getByText('2 jobs ahead of it')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Review…' }));
    expect(actions.review).toHaveBeenCalledTimes(1);
  });

  it('says why a job failed, and leads to the explanation', () => {
    show(makeEnded({ state: 'error', detail: 'KeyError', error_id: 'e1' }));
    expect(screen.getByText('KeyError')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Explain the error' }));
    expect(actions.openError).toHaveBeenCalledTimes(1);
  });
});

describe('Result', () => {
  const land = jest.fn();

  beforeEach(() => land.mockReset());

  function show(changes: Partial<IJob>): void {
    render(
      <Result
        isBusy={false}
        job={makeEnded(changes)}
        land={land}
        trans={trans}
      />
    );
  }

  it('brings what waits into the kernel', () => {
    show({
      result_state: 'waiting',
      returned: [named('model'), named('acc')]
    });
    expect(screen.getByText(/takes model and acc before/)).toBeTruthy();
    fireEvent.click(
      screen.getByRole('button', { name: 'Bring into the kernel' })
    );
    expect(land).toHaveBeenCalledWith({ names: null, overwrite: false });
  });

  it('has the user choose for each name that was changed here', () => {
    show({
      result_state: 'conflict',
      conflicts: ['model', 'acc'],
      returned: [named('model'), named('acc')]
    });
    const apply = screen.getByRole('button', { name: 'Apply' });
    expect(apply).toHaveProperty('disabled', true);
    fireEvent.click(screen.getByRole('radio', { name: 'Keep my model' }));
    expect(apply).toHaveProperty('disabled', true);
    fireEvent.click(screen.getByRole('radio', { name: 'Take acc of the job' }));
    fireEvent.click(apply);
    expect(land).toHaveBeenCalledWith({ names: ['acc'], overwrite: true });
  });

  it('chooses for all names at once', () => {
    show({ result_state: 'conflict', conflicts: ['a', 'b'] });
    fireEvent.click(screen.getByRole('button', { name: 'Take theirs' }));
    fireEvent.click(screen.getByRole('button', { name: 'Apply' }));
    expect(land).toHaveBeenCalledWith({ names: ['a', 'b'], overwrite: true });
  });

  it('brings inputs that were changed there back only when asked to', () => {
    show({ result_state: 'landed', changed_inputs: [named('config')] });
    const bring = screen.getByRole('button', { name: 'Bring into the kernel' });
    expect(bring).toHaveProperty('disabled', true);
    fireEvent.click(screen.getByRole('checkbox', { name: /config/ }));
    fireEvent.click(bring);
    expect(land).toHaveBeenCalledWith({ names: ['config'], overwrite: true });
  });

  it('says nothing of a job that goes on', () => {
    const { container } = render(
      <Result
        isBusy={false}
        job={makeJob({ result_state: 'waiting' })}
        land={land}
        trans={trans}
      />
    );
    expect(container.textContent).toBe('');
  });

  it('says that results are gone', () => {
    show({ result_state: 'gone', changed_inputs: [named('config')] });
    expect(screen.getByText(/no longer there/)).toBeTruthy();
    expect(screen.queryByRole('checkbox')).toBeNull();
  });
});

describe('Names', () => {
  it('shows what was sent and what came back, with notes', () => {
    render(
      <Names
        job={makeEnded({
          sent: [named('features')],
          sent_bytes: 1500,
          returned: [named('model', 'left out: larger than the limit')]
        })}
        trans={trans}
      />
    );
    const [sent, returned] = screen.getAllByRole('table');
    expect(within(sent as HTMLElement).getByText('1.5 kB')).toBeTruthy();
    expect(
      within(returned as HTMLElement).getByText(
        'left out: larger than the limit'
      )
    ).toBeTruthy();
  });

  it('says why there is nothing', () => {
    render(<Names job={makeJob()} trans={trans} />);
    expect(
      screen.getByText('The code needs no names of the notebook.')
    ).toBeTruthy();
    expect(screen.getByText('Names come back when the job ends.')).toBeTruthy();
  });
});

describe('Details', () => {
  it('shows what was asked for and what was found, the worst first', () => {
    render(
      <Details
        job={makeJob({
          resources: { cpus: 2, memory_bytes: 4e9, gpus: null },
          preflight: makePreflight({
            items: [
              {
                kind: 'dynamic',
                text: 'The cell uses eval().',
                is_blocking: false,
                needs_word: false,
                name: null,
                path: null,
                size_bytes: null
              },
              {
                kind: 'unpicklable',
                text: 'A lock cannot be sent.',
                is_blocking: true,
                needs_word: false,
                name: 'model',
                path: 'model.layers[2].lock',
                size_bytes: null
              }
            ]
          })
        })}
        trans={trans}
      />
    );
    expect(screen.getByText('4.0 GB')).toBeTruthy();
    const [first, second] = screen.getAllByRole('listitem');
    expect(first?.textContent).toContain('model.layers[2].lock');
    expect(
      within(first as HTMLElement).getByRole('img', { name: 'Error' })
    ).toBeTruthy();
    expect(second?.textContent).toContain('eval()');
  });
});
