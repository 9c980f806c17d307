import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import type { IErrorRecord } from '../../../api/types';
import { makeRecord } from '../../../errors/detail/__tests__/fixtures';
import { ErrorsSection } from '../errorsView';

const trans = nullTranslator.load('dsinfra_jlab');

function show(items: IErrorRecord[]): IErrorRecord[] {
  const opened: IErrorRecord[] = [];
  render(
    <ErrorsSection
      errors={{ value: { items }, failure: null, isLoading: false }}
      open={record => opened.push(record)}
      trans={trans}
    />
  );
  return opened;
}

describe('ErrorsSection', () => {
  it('is not there for a run without errors', () => {
    show([]);
    expect(screen.queryByRole('region')).toBeNull();
  });

  it('says the diagnosis and leads to each error', () => {
    const first = makeRecord({ diagnosis: 'Did you mean `price`?' });
    const second = makeRecord({
      id: 'o2',
      kind: 'warning',
      severity: 'warning',
      ename: 'UserWarning',
      evalue: 'slow'
    });
    const opened = show([first, second]);
    expect(screen.getByText('price').tagName).toBe('CODE');
    expect(screen.getByText('UserWarning: slow')).not.toBeNull();
    screen
      .getAllByRole('button', { name: 'Details' })
      .forEach(button => fireEvent.click(button));
    expect(opened).toEqual([first, second]);
  });

  it('does not repeat what the run says of itself', () => {
    show([makeRecord({ diagnosis: "KeyError: 'price'" })]);
    expect(screen.queryByText("KeyError: 'price'")).toBeNull();
    expect(screen.getByRole('button', { name: 'Details' })).not.toBeNull();
  });

  it('shows a few of very many', () => {
    show(Array.from({ length: 100 }, (_, i) => makeRecord({ id: `o${i}` })));
    expect(screen.getAllByRole('listitem')).toHaveLength(5);
    expect(screen.getByText('and 95 more errors')).not.toBeNull();
  });
});
