import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import type { IJob, IParcelName } from '../../../api/types';
import { makeEnded } from '../../__tests__/memoryCompute';
import { HeaderView, type IHeaderActions } from '../headerView';
import type { CellJob } from '../job';

const trans = nullTranslator.load('dsinfra_jlab');

function named(name: string, note = ''): IParcelName {
  return { name, type: 'dict', size_bytes: 1500, digest: '', note };
}

/** Show the line of a cell whose job has ended. */
function show(changes: Partial<IJob>): { land: jest.Mock } {
  const job = makeEnded(changes);
  const land = jest.fn();
  const model = {
    broughtBack: new Set(),
    clockOffset: 0,
    isBusy: false,
    isEdited: false,
    isTruncated: false,
    job,
    land,
    state: { kind: 'sent', job, failure: null },
    target: job.target
  } as unknown as CellJob;
  render(
    <HeaderView actions={{} as IHeaderActions} model={model} trans={trans} />
  );
  return { land };
}

describe('the line of a cell', () => {
  it('names what was brought back, and says why the rest was not', () => {
    show({
      detail: 'Not brought back: gen (a generator cannot be sent).',
      result_state: 'landed',
      returned: [named('rows'), named('gen', 'left out: cannot be sent')]
    });
    expect(screen.getByText(/Brought back:/).textContent).toBe(
      'Brought back: rows'
    );
    expect(
      screen.getByText('Not brought back: gen (a generator cannot be sent).')
    ).toBeTruthy();
  });

  it('promises names only where a kernel will take them', () => {
    show({ result_state: 'waiting', returned: [named('rows')] });
    expect(screen.getByText(/before the next cell:/)).toBeTruthy();
    expect(screen.queryByText('Bring into the Kernel')).toBeNull();
  });

  it('offers names that are for a kernel of before', () => {
    const { land } = show({
      detail: 'The kernel was restarted.',
      result_state: 'waiting',
      returned: [named('rows')]
    });
    expect(screen.queryByText(/before the next cell/)).toBeNull();
    expect(screen.getByText('The kernel was restarted.')).toBeTruthy();
    fireEvent.click(screen.getByText('Bring into the Kernel'));
    expect(land).toHaveBeenCalledWith({ names: null, overwrite: false });
  });
});
