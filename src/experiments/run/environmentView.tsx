import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IEnvironment, IGitState } from '../../api/types';
import { FailedNotice } from '../../ui/failures';
import type { ILoadable } from '../../ui/loadable';
import { Skeleton } from '../../ui/notice';

/** What the environment section shows; it asks for it when it is opened. */
export interface IEnvironmentProps {
  environment: ILoadable<IEnvironment>;
  load: () => void;
  trans: TranslationBundle;
}

/** Interpreter, packages and repository at the time of the run. */
export function EnvironmentSection(props: IEnvironmentProps): JSX.Element {
  const { environment, load, trans } = props;
  const { failure, value } = environment;
  const isWanted = value === null && failure === null;
  React.useEffect(() => {
    if (isWanted) {
      load();
    }
    // What failed is asked for again by hand only.
  }, [isWanted]);
  if (failure !== null) {
    return (
      <FailedNotice
        title={trans.__('The environment could not be loaded')}
        failure={failure}
        retry={load}
        trans={trans}
      />
    );
  }
  if (value === null) {
    return <Skeleton label={trans.__('Loading…')} />;
  }
  return (
    <div className="jp-DsinfraRun-environment">
      <EnvironmentFacts environment={value} trans={trans} />
      <Packages environment={value} trans={trans} />
    </div>
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
  environment: IEnvironment;
  trans: TranslationBundle;
}): JSX.Element {
  const { environment, trans } = props;
  const [filter, setFilter] = React.useState('');
  const { loaded, rest } = partition(environment);
  const all = [...loaded, ...rest];
  const shown = (list: readonly IPackage[]): IPackage[] =>
    list.filter(({ name }) =>
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
      <div className="jp-DsinfraRun-actions">
        <input
          aria-label={trans.__('Filter packages')}
          className="jp-mod-styled"
          placeholder={trans.__('Filter packages')}
          type="search"
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
        <button
          className="jp-Button jp-mod-styled"
          title={trans.__('Copy all packages with their versions')}
          onClick={() => Clipboard.copyToSystem(requirements(all))}
        >
          {trans.__('Copy as requirements.txt')}
        </button>
      </div>
      <p className="jp-DsinfraRun-quiet" role="status">
        {filter
          ? trans.__('%1 of %2 packages', shown(all).length, all.length)
          : trans._n('%1 package', '%1 packages', all.length)}
        {loaded.length > 0 &&
          `, ${trans._n('%1 was imported', '%1 were imported', loaded.length)}`}
      </p>
      {loaded.length > 0 && (
        <>
          <h3>{trans.__('Imported')}</h3>
          <PackageList
            label={trans.__('Imported packages')}
            packages={shown(loaded)}
          />
          <h3>{trans.__('Installed')}</h3>
        </>
      )}
      <PackageList label={trans.__('Packages')} packages={shown(rest)} />
    </div>
  );
}

/** A package and its version. */
interface IPackage {
  readonly name: string;
  readonly version: string;
}

/** Part the packages that were imported from those that were only installed. */
function partition(environment: IEnvironment): {
  loaded: IPackage[];
  rest: IPackage[];
} {
  const loaded = new Set(environment.loaded);
  const all = Object.entries(environment.packages).map(([name, version]) => ({
    name,
    version
  }));
  return {
    loaded: all.filter(({ name }) => loaded.has(name)),
    rest: all.filter(({ name }) => !loaded.has(name))
  };
}

/** Return packages as pip installs them. */
export function requirements(packages: readonly IPackage[]): string {
  return [...packages]
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ name, version }) => `${name}==${version}\n`)
    .join('');
}

function PackageList(props: {
  label: string;
  packages: readonly IPackage[];
}): JSX.Element {
  return (
    <ul aria-label={props.label}>
      {props.packages.map(({ name, version }) => (
        <li key={name}>
          <span>{name}</span> <span>{version}</span>
        </li>
      ))}
    </ul>
  );
}
