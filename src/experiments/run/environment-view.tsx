import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IEnvironment, IGitState } from '../../api/types';
import type { ILoadable } from './model';

/** What the environment section shows; it asks for it when it is opened. */
export interface IEnvironmentProps {
  environment: ILoadable<IEnvironment>;
  load: () => void;
  trans: TranslationBundle;
}

/** Interpreter, packages and repository at the time of the run. */
export function EnvironmentSection(props: IEnvironmentProps): JSX.Element {
  const { environment, trans } = props;
  const { failure, value } = environment;
  return (
    <details
      className="jp-DsinfraRun-environment"
      onToggle={event => {
        if (event.currentTarget.open) {
          props.load();
        }
      }}
    >
      <summary>
        <h2>{trans.__('Environment')}</h2>
      </summary>
      {failure !== null ? (
        <p className="jp-DsinfraRun-failure" role="alert">
          {failure}{' '}
          <button className="jp-DsinfraRun-link" onClick={props.load}>
            {trans.__('Try again')}
          </button>
        </p>
      ) : value === null ? (
        <p role="status">{trans.__('Loading…')}</p>
      ) : (
        <>
          <EnvironmentFacts environment={value} trans={trans} />
          <Packages packages={value.packages} trans={trans} />
        </>
      )}
    </details>
  );
}

function EnvironmentFacts(props: {
  environment: IEnvironment;
  trans: TranslationBundle;
}): JSX.Element {
  const { environment, trans } = props;
  const facts: [string, string | null][] = [
    [trans.__('Python'), environment.python],
    [
      trans.__('Language'),
      environment.python === null && environment.language
        ? `${environment.language} ${environment.language_version ?? ''}`
        : null
    ],
    [trans.__('Interpreter'), environment.interpreter],
    [trans.__('Platform'), environment.platform],
    [trans.__('Git'), describeGit(environment.git, trans)]
  ];
  return (
    <dl className="jp-DsinfraRun-facts">
      {facts.map(
        ([label, value]) =>
          value && (
            <div key={label} className="jp-DsinfraRun-fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          )
      )}
    </dl>
  );
}

/** Return branch, commit and whether there were uncommitted changes. */
function describeGit(
  git: IGitState | null,
  trans: TranslationBundle
): string | null {
  if (git === null) {
    return null;
  }
  const place = [git.branch, git.commit?.slice(0, 10)].filter(Boolean);
  return (
    place.join(' @ ') +
    (git.dirty ? `, ${trans.__('uncommitted changes')}` : '')
  );
}

function Packages(props: {
  packages: Record<string, string>;
  trans: TranslationBundle;
}): JSX.Element {
  const { packages, trans } = props;
  const [filter, setFilter] = React.useState('');
  const all = Object.entries(packages);
  const shown = all.filter(([name]) =>
    name.toLowerCase().includes(filter.toLowerCase())
  );
  if (all.length === 0) {
    return (
      <p className="jp-DsinfraRun-quiet">
        {trans.__('No packages were seen.')}
      </p>
    );
  }
  return (
    <div className="jp-DsinfraRun-packages">
      <input
        aria-label={trans.__('Filter packages')}
        className="jp-mod-styled"
        placeholder={trans.__('Filter packages')}
        type="search"
        value={filter}
        onChange={event => setFilter(event.target.value)}
      />
      <p className="jp-DsinfraRun-quiet" role="status">
        {filter
          ? trans.__('%1 of %2 packages', shown.length, all.length)
          : trans._n('%1 package', '%1 packages', all.length)}
      </p>
      <ul aria-label={trans.__('Packages')}>
        {shown.map(([name, version]) => (
          <li key={name}>
            <span>{name}</span> <span>{version}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
