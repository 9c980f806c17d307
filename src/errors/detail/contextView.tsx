import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type {
  IErrorHistory,
  IErrorRecord,
  IResourceState,
  IRun
} from '../../api/types';
import { formatBytes } from '../../ui/format';
import type { ILoadable } from '../../ui/loadable';
import { Notice, Skeleton } from '../../ui/notice';
import { formatValue } from '../../ui/numbers';
import type { IErrorActions } from './actions';
import { LinkButton } from './headView';

/** What the surroundings of an error are shown with. */
export interface IContextProps {
  actions: IErrorActions;
  history: ILoadable<IErrorHistory>;
  record: IErrorRecord;
  run: ILoadable<IRun>;
  trans: TranslationBundle;
}

/** What ran before, with which parameters, on what machine, and what is new. */
export function Context(props: IContextProps): JSX.Element {
  const { record, trans } = props;
  return (
    <div className="jp-DsinfraError-context">
      <Operations {...props} />
      <Section label={trans.__('Parameters of the run')}>
        <Params {...props} />
      </Section>
      <Section label={trans.__('Changed since the last success')}>
        <Changes {...props} />
      </Section>
      {record.resources && (
        <Section label={trans.__('Memory when it happened')}>
          <Resources resources={record.resources} trans={trans} />
        </Section>
      )}
      {Object.keys(record.dropped).length > 0 && (
        <p className="jp-DsinfraError-quiet">
          {trans.__('Left out because of limits: %1', droppedList(record))}
        </p>
      )}
    </div>
  );
}

function droppedList(record: IErrorRecord): string {
  return Object.entries(record.dropped)
    .map(([kind, count]) => `${kind.replace(/_/g, ' ')} (${count})`)
    .join(', ');
}

/** A part with a heading. */
export function Section(props: {
  label: string;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section aria-label={props.label}>
      <h2>{props.label}</h2>
      {props.children}
    </section>
  );
}

/** The runs before it that made what the failing statement used. */
function Operations(props: IContextProps): JSX.Element {
  const { actions, record, trans } = props;
  return (
    <Section label={trans.__('Cells that made what it used')}>
      {record.operations.length === 0 ? (
        <p className="jp-DsinfraError-quiet">
          {trans.__('None are known: it used no names of other cells.')}
        </p>
      ) : (
        <ol className="jp-DsinfraError-rows">
          {record.operations.map(operation => (
            <li key={operation.run_id}>
              <button
                type="button"
                title={trans.__('Open the run')}
                onClick={() => actions.openRun(operation.run_id)}
              >
                <span className="jp-DsinfraError-count">
                  [{operation.execution_count ?? ' '}]
                </span>
                <code>{operation.code_line}</code>
                <span className="jp-DsinfraError-quiet">
                  {operation.names.join(', ')}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

function Params(props: IContextProps): JSX.Element {
  const { run, trans } = props;
  if (run.value === null) {
    return run.failure === null ? (
      <Skeleton label={trans.__('Loading…')} />
    ) : (
      <p className="jp-DsinfraError-quiet">{run.failure}</p>
    );
  }
  const params = Object.entries(run.value.params);
  return params.length === 0 ? (
    <p className="jp-DsinfraError-quiet">{trans.__('It had none.')}</p>
  ) : (
    <table className="jp-DsinfraError-table">
      <tbody>
        {params.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{formatValue(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What differs from the last success of the cell, with a way to look closer. */
export function Changes(props: {
  actions: IErrorActions;
  history: ILoadable<IErrorHistory>;
  trans: TranslationBundle;
}): JSX.Element {
  const { actions, history, trans } = props;
  const { failure, value } = history;
  if (value === null) {
    return failure === null ? (
      <Skeleton label={trans.__('Loading…')} />
    ) : (
      <Notice kind="failed" title={trans.__('The history could not be loaded')}>
        {failure}
      </Notice>
    );
  }
  const { changes, failed_run_id: failed, last_success_run_id: ok } = value;
  if (ok === null) {
    return (
      <p className="jp-DsinfraError-quiet">
        {trans.__('No success of this cell is known.')}
      </p>
    );
  }
  return (
    <>
      {changes.length === 0 ? (
        <p className="jp-DsinfraError-quiet">
          {trans.__(
            'Nothing that is recorded: code, parameters, data, packages.'
          )}
        </p>
      ) : (
        <ul className="jp-DsinfraError-sentences">
          {changes.map((change, index) => (
            <li key={index}>{change}</li>
          ))}
        </ul>
      )}
      <p className="jp-DsinfraError-links">
        {failed !== null && (
          <LinkButton onClick={() => actions.compare([ok, failed])}>
            {trans.__('Compare with the last success')}
          </LinkButton>
        )}
        <LinkButton onClick={() => actions.openRun(ok)}>
          {trans.__('Open the last success')}
        </LinkButton>
      </p>
    </>
  );
}

/** How full the memory was. */
function Resources(props: {
  resources: IResourceState;
  trans: TranslationBundle;
}): JSX.Element {
  const { resources, trans } = props;
  const limit = resources.memory_limit_bytes;
  const used = resources.memory_used_bytes;
  const facts: [string, string | null][] = [
    [trans.__('Kernel'), bytesText(resources.rss_bytes)],
    [
      trans.__('In use'),
      used !== null && limit !== null && limit > 0
        ? trans.__(
            '%1 of %2 (%3 %)',
            formatBytes(used),
            formatBytes(limit),
            Math.round((100 * used) / limit)
          )
        : bytesText(used)
    ],
    [
      trans.__('Limit'),
      limit === null
        ? null
        : resources.memory_limit_source === 'machine'
          ? trans.__('%1, of the machine', formatBytes(limit))
          : trans.__(
              '%1, of %2',
              formatBytes(limit),
              resources.memory_limit_source
            )
    ],
    [
      trans.__('Kills for want of memory'),
      resources.oom_kills ? resources.oom_kills.toLocaleString() : null
    ]
  ];
  return (
    <>
      <dl className="jp-DsinfraError-facts">
        {facts.map(
          ([label, value]) =>
            value !== null && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            )
        )}
      </dl>
      <Trail resources={resources} trans={trans} />
    </>
  );
}

function bytesText(bytes: number | null): string | null {
  return bytes === null ? null : formatBytes(bytes);
}

const TRAIL_WIDTH = 320;
const TRAIL_HEIGHT = 60;

/** The memory of the kernel in the last minute. */
function Trail(props: {
  resources: IResourceState;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { resources, trans } = props;
  const { trail } = resources;
  const [first] = trail;
  if (trail.length < 2 || first === undefined) {
    return null;
  }
  const most = Math.max(...trail.map(point => point.rss_bytes));
  const limit = resources.memory_limit_bytes ?? 0;
  // A limit far above would press the curve flat.
  const isNearLimit = limit > 0 && most > limit / 4;
  const top = (isNearLimit ? Math.max(limit, most) : most) * 1.05;
  const x = (beforeS: number): number =>
    TRAIL_WIDTH * (1 - beforeS / Math.max(first.before_s, 1));
  const y = (bytes: number): number => TRAIL_HEIGHT * (1 - bytes / top);
  const points = trail
    .map(
      point =>
        `${x(point.before_s).toFixed(1)},${y(point.rss_bytes).toFixed(1)}`
    )
    .join(' ');
  const label = trans.__(
    'Memory of the kernel in the last %1 s, at most %2',
    Math.round(first.before_s),
    formatBytes(most)
  );
  return (
    <figure className="jp-DsinfraError-trail">
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${TRAIL_WIDTH} ${TRAIL_HEIGHT}`}
        width={TRAIL_WIDTH}
        height={TRAIL_HEIGHT}
      >
        {isNearLimit && (
          <line
            className="jp-DsinfraError-limit"
            x1="0"
            x2={TRAIL_WIDTH}
            y1={y(limit)}
            y2={y(limit)}
          />
        )}
        <polyline points={points} />
      </svg>
      <figcaption className="jp-DsinfraError-quiet">{label}</figcaption>
    </figure>
  );
}
