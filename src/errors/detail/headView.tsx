import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAdvice, IErrorGroup, IErrorRecord } from '../../api/types';
import { formatBytes, formatFullMoment } from '../../ui/format';
import { NoticeBar } from '../../ui/notice';
import { SeverityIcon, severityLabel } from '../../ui/severity';
import { categoryLabel, stateLabel } from '../labels';
import type { IErrorActions } from './actions';
import { Sentence } from '../sentenceView';
import { actionLabel, parseAction } from './advice';
import { folded } from './frames';
import { flagLabel, kindLabel, reasonsText } from './labels';

/** A message up to here is shown whole. */
const MESSAGE_MAX_CHARS = 600;
const MESSAGE_MAX_LINES = 8;

/** What the head of an error is shown with. */
export interface IHeadProps {
  actions: IErrorActions;
  group: IErrorGroup;
  locale: string;
  record: IErrorRecord | null;
  trans: TranslationBundle;
}

/** What went wrong and what to do about it. */
export function Head(props: IHeadProps): JSX.Element {
  const { group, record } = props;
  return (
    <header className="jp-DsinfraError-head">
      <Title {...props} />
      <Chips {...props} />
      {record !== null && record.severity_reasons.length > 0 && (
        <p className="jp-DsinfraError-quiet">
          {reasonsText(record.severity_reasons, props.trans)}
        </p>
      )}
      {group.state_reason !== '' && (
        <p className="jp-DsinfraError-quiet">{group.state_reason}</p>
      )}
      {record && <Diagnosis {...props} record={record} />}
      {record && <Held {...props} record={record} />}
    </header>
  );
}

/** Class and message; what is long is folded. */
function Title(props: IHeadProps): JSX.Element {
  const { actions, group, record, trans } = props;
  const [isWhole, setWhole] = React.useState(false);
  const ename = record?.ename || group.ename || kindLabel(group.kind, trans);
  const message = record ? record.evalue : '';
  const short = folded(message, MESSAGE_MAX_CHARS, MESSAGE_MAX_LINES);
  const isFolded = short !== message;
  const cut = record?.evalue_chars ?? null;
  return (
    <div className="jp-DsinfraError-title">
      <h1>
        <span className="jp-DsinfraError-class">{ename}</span>
        {record?.carrier ? (
          <span className="jp-DsinfraError-quiet">
            {' '}
            {trans.__('in %1', record.carrier)}
          </span>
        ) : null}
      </h1>
      {message !== '' && (
        <pre
          className="jp-DsinfraError-message"
          data-whole={isWhole || undefined}
          tabIndex={isWhole ? 0 : undefined}
        >
          {isWhole ? message : short}
        </pre>
      )}
      {(isFolded || cut !== null) && (
        <p className="jp-DsinfraError-links">
          {isFolded && (
            <LinkButton onClick={() => setWhole(!isWhole)}>
              {isWhole
                ? trans.__('Show less')
                : trans.__(
                    'Show whole (%1 characters)',
                    message.length.toLocaleString()
                  )}
            </LinkButton>
          )}
          <LinkButton onClick={() => actions.copy(`${ename}: ${message}`)}>
            {trans.__('Copy message')}
          </LinkButton>
          {cut !== null && record && (
            <>
              <span className="jp-DsinfraError-quiet">
                {trans.__(
                  'The message had %1 characters; the first %2 were kept.',
                  cut.toLocaleString(),
                  message.length.toLocaleString()
                )}
              </span>
              <LinkButton onClick={() => actions.openRun(record.run_id)}>
                {trans.__('Outputs of the run')}
              </LinkButton>
            </>
          )}
        </p>
      )}
    </div>
  );
}

function Chips(props: IHeadProps): JSX.Element {
  const { group, record, trans } = props;
  const severity = record?.severity ?? group.severity;
  const category = record?.category ?? group.category;
  return (
    <ul className="jp-DsinfraError-chips" aria-label={trans.__('What it is')}>
      <li data-state={group.state}>{stateLabel(group.state, trans)}</li>
      <li data-severity={severity}>
        <SeverityIcon severity={severity} trans={trans} />
        <span aria-hidden>{severityLabel(severity, trans)}</span>
      </li>
      <li>{categoryLabel(category, trans)}</li>
      {group.kind !== 'exception' && <li>{kindLabel(group.kind, trans)}</li>}
      {record?.flags.map(flag => (
        <li key={flag} data-flag>
          {flagLabel(flag, trans)}
        </li>
      ))}
    </ul>
  );
}

/** The diagnosis, and what may help with its evidence. */
function Diagnosis(
  props: IHeadProps & { record: IErrorRecord }
): JSX.Element | null {
  const { record, trans } = props;
  const [first] = record.advice;
  // The diagnosis is mostly the first advice: that is said once.
  const isOwn =
    record.diagnosis !== '' &&
    record.diagnosis !== first?.text &&
    !saysTitle(record);
  if (!isOwn && record.advice.length === 0) {
    return null;
  }
  return (
    <section
      className="jp-DsinfraError-diagnosis"
      aria-label={trans.__('Diagnosis')}
    >
      {isOwn && (
        <p>
          <Sentence text={record.diagnosis} />
        </p>
      )}
      {record.advice.length > 0 && (
        <ul>
          {record.advice.map((advice, index) => (
            <AdviceItem key={index} {...props} advice={advice} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Whether the diagnosis only repeats what stands above it. */
function saysTitle(record: IErrorRecord): boolean {
  const { diagnosis, ename, evalue } = record;
  const said = diagnosis.replace(/…$/, '');
  return `${ename}: ${evalue}`.startsWith(said) || evalue.startsWith(said);
}

function AdviceItem(
  props: IHeadProps & { record: IErrorRecord; advice: IAdvice }
): JSX.Element {
  const { actions, advice, record, trans } = props;
  const action = parseAction(advice.action);
  return (
    <li>
      <div>
        <p>
          <Sentence text={advice.text} />
        </p>
        {advice.evidence !== '' && (
          <p className="jp-DsinfraError-quiet">
            <Sentence text={advice.evidence} />
          </p>
        )}
      </div>
      {action && (
        <button
          type="button"
          className="jp-DsinfraButton"
          title={action.kind === 'insert_code' ? action.code : undefined}
          onClick={() => actions.advice(action, record)}
        >
          {actionLabel(action, trans)}
        </button>
      )}
    </li>
  );
}

/** Memory that a traceback keeps from being freed, and the way to free it. */
function Held(
  props: IHeadProps & { record: IErrorRecord }
): JSX.Element | null {
  const { actions, group, record, trans } = props;
  const [outcome, setOutcome] = React.useState('');
  React.useEffect(() => setOutcome(''), [record.id]);
  const bytes = record.memory_held_bytes ?? 0;
  if (bytes < HELD_MIN_BYTES || record.id !== group.last_error_id) {
    return null;
  }
  const release = async (): Promise<void> => {
    switch (await actions.release(record)) {
      case 'released':
        return setOutcome(trans.__('Released.'));
      case 'gone':
        return setOutcome(trans.__('The kernel no longer runs: it is free.'));
      case 'failed':
        return setOutcome(trans.__('The kernel could not release it.'));
    }
  };
  return (
    <NoticeBar
      level="info"
      action={
        outcome === ''
          ? { label: trans.__('Release'), onClick: () => void release() }
          : undefined
      }
    >
      {trans.__('Memory held by the last traceback: %1.', formatBytes(bytes))}{' '}
      {outcome}
    </NoticeBar>
  );
}

/** Less than this is not worth a line. */
const HELD_MIN_BYTES = 10_000_000;

/** Which occurrence is looked at, and the way to its neighbours. */
export function Stepper(
  props: IHeadProps & {
    index: number;
    isLoading: boolean;
    step: (by: number) => void;
    total: number;
  }
): JSX.Element | null {
  const { actions, index, isLoading, record, step, total, trans } = props;
  if (record === null) {
    return null;
  }
  const at = new Date(record.at);
  return (
    <div
      className="jp-DsinfraError-stepper"
      role="group"
      aria-label={trans.__('Occurrence')}
    >
      {(total > 1 || index < 0) && (
        <>
          <StepButton
            label={trans.__('Newer occurrence')}
            isDisabled={index === 0 || isLoading}
            onClick={() => step(-1)}
          >
            <path d="M10 3 5 8l5 5" />
          </StepButton>
          <span aria-live="polite">
            {index < 0
              ? trans.__('An older occurrence')
              : trans.__(
                  '%1 of %2',
                  (index + 1).toLocaleString(),
                  total.toLocaleString()
                )}
          </span>
          <StepButton
            label={trans.__('Older occurrence')}
            isDisabled={index < 0 || index >= total - 1 || isLoading}
            onClick={() => step(1)}
          >
            <path d="m6 3 5 5-5 5" />
          </StepButton>
        </>
      )}
      <time dateTime={record.at} title={record.at}>
        {formatFullMoment(at, props.locale)}
      </time>
      <LinkButton
        title={trans.__('Open the run that failed')}
        onClick={() => actions.openRun(record.run_id)}
      >
        {record.execution_count === null
          ? trans.__('Run')
          : trans.__('Run [%1]', record.execution_count)}
      </LinkButton>
      {record.notebook_path !== null && (
        <LinkButton
          title={record.notebook_path}
          onClick={() => actions.showCell(record)}
        >
          {placeText(record, trans)}
        </LinkButton>
      )}
      {record.count > 1 && (
        <span className="jp-DsinfraError-quiet">
          {trans._n(
            '%1 time in this run',
            '%1 times in this run',
            record.count
          )}
        </span>
      )}
    </div>
  );
}

/** Return where an error happened: "train.ipynb, line 3". */
export function placeText(
  record: IErrorRecord,
  trans: TranslationBundle
): string {
  const name = record.notebook_path?.split('/').pop() ?? '';
  return record.line === null
    ? name
    : trans.__('%1, line %2', name, record.line);
}

function StepButton(props: {
  label: string;
  isDisabled: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-DsinfraError-step"
      aria-label={props.label}
      title={props.label}
      disabled={props.isDisabled}
      onClick={props.onClick}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden>
        {props.children}
      </svg>
    </button>
  );
}

/** A button that looks like a link. */
export function LinkButton(props: {
  title?: string;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-DsinfraError-link"
      title={props.title}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
