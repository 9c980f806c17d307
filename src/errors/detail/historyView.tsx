import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IErrorGroup, IErrorHistory } from '../../api/types';
import { FailedNotice, OutOfDate } from '../../ui/failures';
import { formatFullMoment } from '../../ui/format';
import type { ILoadable } from '../../ui/loadable';
import { Skeleton } from '../../ui/notice';
import { formatValue } from '../../ui/numbers';
import { stateLabel } from '../labels';
import type { IErrorActions } from './actions';
import { Changes, Section } from './contextView';
import { LinkButton } from './headView';

/** Values of a parameter that are shown. */
const PARAM_VALUES_MAX = 8;

/** What the history of a group is shown with. */
export interface IHistoryProps {
  actions: IErrorActions;
  group: IErrorGroup;
  history: ILoadable<IErrorHistory>;
  locale: string;
  retry: () => void;
  trans: TranslationBundle;
}

/** Since when, how often and where it happens, and what was different before. */
export function History(props: IHistoryProps): JSX.Element {
  const { group, history, locale, retry, trans } = props;
  const { failure, value } = history;
  return (
    <div className="jp-DsinfraError-context">
      <dl className="jp-DsinfraError-facts">
        <Fact label={trans.__('First seen')}>
          <Moment at={group.first_at} locale={locale} />
        </Fact>
        <Fact label={trans.__('Last seen')}>
          <Moment at={group.last_at} locale={locale} />
        </Fact>
        <Fact label={trans.__('Occurrences')}>
          {group.count.toLocaleString()}
        </Fact>
        {group.resolved_at !== null && (
          <Fact label={trans.__('Resolved')}>
            <Moment at={group.resolved_at} locale={locale} />
          </Fact>
        )}
      </dl>
      {value === null ? (
        failure === null ? (
          <Skeleton label={trans.__('Loading…')} />
        ) : (
          <FailedNotice
            title={trans.__('The history could not be loaded')}
            failure={failure}
            retry={retry}
            trans={trans}
          />
        )
      ) : (
        <>
          <OutOfDate failure={failure} retry={retry} trans={trans} />
          <Loaded {...props} value={value} />
        </>
      )}
    </div>
  );
}

function Loaded(props: IHistoryProps & { value: IErrorHistory }): JSX.Element {
  const { trans, value } = props;
  return (
    <>
      {value.began_after.length > 0 && (
        <Section label={trans.__('It began after')}>
          <ul className="jp-DsinfraError-sentences">
            {value.began_after.map((change, index) => (
              <li key={index}>{change}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section label={trans.__('Since the last success of the cell')}>
        <Changes {...props} />
      </Section>
      <Notebooks {...props} />
      <Environments {...props} />
      <Params {...props} />
      <Family {...props} />
    </>
  );
}

function Notebooks(
  props: IHistoryProps & { value: IErrorHistory }
): JSX.Element {
  const { actions, locale, trans, value } = props;
  return (
    <Section label={trans.__('Notebooks')}>
      <table className="jp-DsinfraError-table">
        <tbody>
          {value.notebooks.map(share => (
            <tr key={share.notebook_path}>
              <th scope="row">
                {share.notebook_path === null ? (
                  trans.__('Not in a notebook')
                ) : (
                  <LinkButton
                    onClick={() =>
                      actions.openNotebook(share.notebook_path ?? '')
                    }
                  >
                    {share.notebook_path}
                  </LinkButton>
                )}
              </th>
              <td>{trans._n('%1 time', '%1 times', share.count)}</td>
              <td>
                <Moment at={share.last_at} locale={locale} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Environments(
  props: IHistoryProps & { value: IErrorHistory }
): JSX.Element | null {
  const { locale, trans, value } = props;
  return value.environments.length < 2 ? null : (
    <Section label={trans.__('Environments')}>
      <table className="jp-DsinfraError-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Environment')}</th>
            <th scope="col">{trans.__('Occurrences')}</th>
            <th scope="col">{trans.__('First')}</th>
            <th scope="col">{trans.__('Last')}</th>
          </tr>
        </thead>
        <tbody>
          {value.environments.map(share => (
            <tr key={share.environment_id}>
              <th scope="row">
                <code>{share.environment_id.slice(0, 8)}</code>
              </th>
              <td>{share.count.toLocaleString()}</td>
              <td>
                <Moment at={share.first_at} locale={locale} />
              </td>
              <td>
                <Moment at={share.last_at} locale={locale} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Params(
  props: IHistoryProps & { value: IErrorHistory }
): JSX.Element | null {
  const { trans, value } = props;
  const params = Object.entries(value.params);
  return params.length === 0 ? null : (
    <Section label={trans.__('Parameters that differ between occurrences')}>
      <table className="jp-DsinfraError-table">
        <tbody>
          {params.map(([name, values]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {values.slice(0, PARAM_VALUES_MAX).map(formatValue).join(', ')}
                {values.length > PARAM_VALUES_MAX && ', …'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** The same trouble elsewhere. */
function Family(
  props: IHistoryProps & { value: IErrorHistory }
): JSX.Element | null {
  const { actions, trans, value } = props;
  return value.family.length === 0 ? null : (
    <Section label={trans.__('The same trouble elsewhere')}>
      <ul className="jp-DsinfraError-rows">
        {value.family.map(group => (
          <li key={group.id}>
            <button type="button" onClick={() => actions.openGroup(group.id)}>
              <code>{group.title}</code>
              <span className="jp-DsinfraError-quiet">
                {[
                  group.notebooks[0]?.split('/').pop() ?? '',
                  stateLabel(group.state, trans),
                  trans._n('%1 time', '%1 times', group.count)
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Fact(props: {
  label: string;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Moment(props: { at: string; locale: string }): JSX.Element {
  return (
    <time dateTime={props.at} title={props.at}>
      {formatFullMoment(new Date(props.at), props.locale)}
    </time>
  );
}
