import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IJob, ILandRequest, IParcelName } from '../../api/types';
import { formatBytes } from '../../ui/format';
import { NoticeBar } from '../../ui/notice';
import { broughtNames } from '../names';
import { isOpen } from '../states';

export interface IResultProps {
  isBusy: boolean;
  job: IJob;
  land: (request: ILandRequest) => void;
  trans: TranslationBundle;
}

/** What became of the names that a job brought back, and what the user can choose. */
export function Result(props: IResultProps): JSX.Element | null {
  const { job } = props;
  if (isOpen(job)) {
    return null;
  }
  return (
    <>
      <Standing {...props} />
      {job.changed_inputs.length > 0 && job.result_state !== 'gone' && (
        <Changed {...props} />
      )}
    </>
  );
}

function Standing(props: IResultProps): JSX.Element | null {
  const { isBusy, job, land, trans } = props;
  const names = broughtNames(job).map(({ name }) => name);
  switch (job.result_state) {
    case 'none':
      return null;
    case 'waiting':
      return (
        <NoticeBar
          level="info"
          action={
            isBusy
              ? undefined
              : {
                  label: trans.__('Bring into the kernel'),
                  onClick: () => land({ names: null, overwrite: false })
                }
          }
        >
          {job.detail === ''
            ? trans.__(
                'The notebook’s kernel takes %1 before its next cell.',
                listed(names, trans)
              )
            : trans.__(
                '%1 can be brought into the notebook’s kernel.',
                listed(names, trans)
              )}
        </NoticeBar>
      );
    case 'landed':
      return (
        <p className="jp-DsinfraRun-quiet">
          {trans.__('In the notebook’s kernel: %1.', listed(names, trans))}
        </p>
      );
    case 'conflict':
      return <Conflicts {...props} />;
    case 'gone':
      return (
        <NoticeBar level="warning">
          {trans.__(
            'The results are no longer there: their kernel has ended, or their folder was removed.'
          )}
        </NoticeBar>
      );
  }
}

type Choice = 'mine' | 'theirs';

/** Names that were changed here meanwhile: the user says which value stays. */
function Conflicts(props: IResultProps): JSX.Element {
  const { isBusy, job, land, trans } = props;
  const [choices, setChoices] = React.useState<Record<string, Choice>>({});
  const id = React.useId();
  const { conflicts } = job;
  const choose = (names: readonly string[], choice: Choice): void => {
    const made = Object.fromEntries(names.map(name => [name, choice]));
    setChoices({ ...choices, ...made });
  };
  const open = conflicts.filter(name => choices[name] === undefined).length;
  const apply = (): void =>
    land({
      names: conflicts.filter(name => choices[name] === 'theirs'),
      overwrite: true
    });
  return (
    <section className="jp-DsinfraJob-choice" aria-labelledby={id}>
      <p id={id}>
        {trans._n(
          'This name was changed in the notebook while the job ran. Which value shall it have?',
          'These names were changed in the notebook while the job ran. Which values shall they have?',
          conflicts.length
        )}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">
              <ColumnButton
                label={trans.__('Keep mine')}
                isPlain={conflicts.length < 2}
                onClick={() => choose(conflicts, 'mine')}
              />
            </th>
            <th scope="col">
              <ColumnButton
                label={trans.__('Take theirs')}
                isPlain={conflicts.length < 2}
                onClick={() => choose(conflicts, 'theirs')}
              />
            </th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map(name => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
                <Described item={find(job.returned, name)} />
              </th>
              {(['mine', 'theirs'] as const).map(choice => (
                <td key={choice}>
                  <input
                    type="radio"
                    name={`${id}${name}`}
                    aria-label={
                      choice === 'mine'
                        ? trans.__('Keep my %1', name)
                        : trans.__('Take %1 of the job', name)
                    }
                    checked={choices[name] === choice}
                    onChange={() => choose([name], choice)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="jp-DsinfraButton"
        disabled={isBusy || open > 0}
        title={open > 0 ? trans.__('Choose for each name first') : undefined}
        onClick={apply}
      >
        {trans.__('Apply')}
      </button>
    </section>
  );
}

/** Names that were sent and changed there: brought back only on the user's word. */
function Changed(props: IResultProps): JSX.Element {
  const { isBusy, job, land, trans } = props;
  const [wanted, setWanted] = React.useState<readonly string[]>([]);
  // The server does not keep which of them were asked for.
  const [brought, setBrought] = React.useState<readonly string[]>([]);
  const id = React.useId();
  const toggle = (name: string): void =>
    setWanted(
      wanted.includes(name)
        ? wanted.filter(other => other !== name)
        : [...wanted, name]
    );
  return (
    <section className="jp-DsinfraJob-choice" aria-labelledby={id}>
      <p id={id}>
        {trans.__(
          'The job changed these inputs in place. They stay as they are in the notebook unless you bring them.'
        )}
      </p>
      <ul>
        {job.changed_inputs.map(item => (
          <li key={item.name}>
            <label>
              <input
                type="checkbox"
                checked={wanted.includes(item.name)}
                onChange={() => toggle(item.name)}
              />
              <code>{item.name}</code>
              <Described item={item} />
              {brought.includes(item.name) && (
                <span className="jp-DsinfraRun-quiet">
                  {trans.__('– brought')}
                </span>
              )}
            </label>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="jp-DsinfraButton"
        disabled={isBusy || wanted.length === 0}
        onClick={() => {
          land({ names: [...wanted], overwrite: true });
          setBrought([...brought, ...wanted]);
          setWanted([]);
        }}
      >
        {trans.__('Bring into the kernel')}
      </button>
    </section>
  );
}

/** The head of a column, which chooses for all lines where there are several. */
function ColumnButton(props: {
  label: string;
  isPlain: boolean;
  onClick: () => void;
}): JSX.Element {
  const { label, isPlain, onClick } = props;
  return isPlain ? (
    <>{label}</>
  ) : (
    <button type="button" className="jp-DsinfraRun-link" onClick={onClick}>
      {label}
    </button>
  );
}

/** Type and size of a name, in small print. */
function Described(props: { item: IParcelName | null }): JSX.Element | null {
  const { item } = props;
  return item === null ? null : (
    <span className="jp-DsinfraRun-quiet">
      {`${item.type}, ${formatBytes(item.size_bytes)}`}
    </span>
  );
}

function find(items: readonly IParcelName[], name: string): IParcelName | null {
  return items.find(item => item.name === name) ?? null;
}

/** Names named in a sentence before the others are counted. */
const NAMES_MAX = 4;

/** `a, b and c`; of many the first ones and how many more. */
function listed(names: readonly string[], trans: TranslationBundle): string {
  const last = names[names.length - 1];
  if (last === undefined) {
    return trans.__('the results');
  }
  if (names.length > NAMES_MAX) {
    const shown = names.slice(0, NAMES_MAX - 1);
    return trans.__(
      '%1 and %2 more',
      shown.join(', '),
      names.length - shown.length
    );
  }
  return names.length === 1
    ? last
    : trans.__('%1 and %2', names.slice(0, -1).join(', '), last);
}
