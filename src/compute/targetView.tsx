import type { TranslationBundle } from '@jupyterlab/translation';
import {
  ellipsesIcon,
  launchIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import React from 'react';

import type { ITarget } from '../api/types';
import { formatBytes } from '../ui/format';
import { Gauge } from '../ui/gauge';
import { TargetMark } from './marks';
import { Stepper } from './stepper';
import { isUp, targetStateLabel } from './states';

/** What the view of a target asks to be done. */
export interface ITargetActions {
  start(target: ITarget): void;
  stop(target: ITarget): void;
  scale(target: ITarget, workers: number): void;
  edit(target: ITarget): void;
  openDashboard(target: ITarget): void;

  /** Show the menu of a target at a place on the screen. */
  showTargetMenu(target: ITarget, x: number, y: number): void;
}

export interface ITargetProps {
  target: ITarget;
  actions: ITargetActions;
  trans: TranslationBundle;
}

/** How a target stands, what is free on it, and what can be done with it. */
export function TargetView(props: ITargetProps): JSX.Element {
  const { target, actions, trans } = props;
  const { capacity, detail, state } = target;
  return (
    <li
      className="jp-DsinfraTarget"
      aria-label={target.name}
      data-state={state}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        actions.showTargetMenu(target, event.clientX, event.clientY);
      }}
    >
      <div className="jp-DsinfraTarget-head">
        <TargetMark state={state} trans={trans} />
        <span className="jp-DsinfraTarget-name" title={hint(target, trans)}>
          {target.name}
        </span>
        <span className="jp-DsinfraTarget-state">
          {targetStateLabel(state, trans)}
        </span>
        <Buttons {...props} />
      </div>
      {detail !== '' && (
        <div
          className="jp-DsinfraTarget-detail"
          role={state === 'failed' ? 'alert' : undefined}
        >
          <span>{detail}</span>
          {state === 'failed' && (
            <span className="jp-DsinfraTarget-remedies">
              <button
                type="button"
                className="jp-DsinfraButton jp-mod-plain"
                onClick={() => actions.start(target)}
              >
                {trans.__('Try again')}
              </button>
              <button
                type="button"
                className="jp-DsinfraButton jp-mod-plain"
                onClick={() => actions.edit(target)}
              >
                {trans.__('Edit…')}
              </button>
            </span>
          )}
        </div>
      )}
      {capacity !== null && <Meters {...props} capacity={capacity} />}
    </li>
  );
}

function Buttons(props: ITargetProps): JSX.Element {
  const { target, actions, trans } = props;
  const canStart = target.capabilities.includes('start');
  return (
    <span className="jp-DsinfraTarget-buttons">
      {target.dashboard_url !== null && isUp(target) && (
        <IconButton
          label={trans.__('Open the dashboard of %1', target.name)}
          onClick={() => actions.openDashboard(target)}
        >
          <launchIcon.react tag="span" />
        </IconButton>
      )}
      {canStart &&
        (isUp(target) ? (
          <IconButton
            label={trans.__('Stop %1', target.name)}
            onClick={() => actions.stop(target)}
          >
            <stopIcon.react tag="span" />
          </IconButton>
        ) : (
          <IconButton
            label={trans.__('Start %1', target.name)}
            isDisabled={target.state === 'stopping'}
            onClick={() => actions.start(target)}
          >
            <runIcon.react tag="span" />
          </IconButton>
        ))}
      <IconButton
        label={trans.__('More actions for %1', target.name)}
        isMenu
        onClick={element => {
          const { left, bottom } = element.getBoundingClientRect();
          actions.showTargetMenu(target, left, bottom);
        }}
      >
        <ellipsesIcon.react tag="span" />
      </IconButton>
    </span>
  );
}

/** A button with a picture alone. */
export function IconButton(props: {
  label: string;
  isDisabled?: boolean;
  isMenu?: boolean;

  /** -1 where the button is reached in another way. */
  tabIndex?: number;
  onClick: (element: HTMLElement) => void;
  children: React.ReactNode;
}): JSX.Element {
  const { label, isDisabled, isMenu, tabIndex, onClick, children } = props;
  return (
    <button
      type="button"
      className="jp-DsinfraRow-action"
      title={label}
      aria-label={label}
      aria-haspopup={isMenu ? 'menu' : undefined}
      disabled={isDisabled}
      tabIndex={tabIndex}
      onClick={event => {
        event.stopPropagation();
        onClick(event.currentTarget);
      }}
    >
      {children}
    </button>
  );
}

/** What is in use of each thing that jobs need. */
function Meters(
  props: ITargetProps & { capacity: NonNullable<ITarget['capacity']> }
): JSX.Element {
  const { target, actions, capacity, trans } = props;
  const busy = capacity.workers - (capacity.free_workers ?? 0);
  const canScale = target.capabilities.includes('scale') && isUp(target);
  const memory = capacity.memory_bytes;
  const freeMemory = capacity.free_memory_bytes ?? null;
  return (
    <div className="jp-DsinfraTarget-meters">
      <Meter
        label={trans.__('Workers')}
        text={trans.__('%1 of %2 busy', busy, capacity.workers)}
        used={busy}
        total={capacity.workers}
      >
        {canScale && (
          <>
            {trans.__('%1 busy of', busy)}
            <Stepper
              label={trans.__('Workers of %1', target.name)}
              value={capacity.workers}
              onChange={workers => actions.scale(target, workers)}
              trans={trans}
            />
          </>
        )}
      </Meter>
      <Meter
        label={trans.__('CPU')}
        text={trans.__('%1 of %2 free', capacity.free_cpus ?? 0, capacity.cpus)}
        used={capacity.cpus - (capacity.free_cpus ?? 0)}
        total={capacity.cpus}
      />
      {memory !== null && (
        <Meter
          label={trans.__('Memory')}
          text={
            freeMemory === null
              ? formatBytes(memory)
              : trans.__('%1 free', shareText(freeMemory, memory, trans))
          }
          used={freeMemory === null ? null : memory - freeMemory}
          total={memory}
        />
      )}
      {capacity.gpus > 0 && (
        <Meter
          label={trans.__('GPU')}
          text={trans.__(
            '%1 of %2 free',
            capacity.free_gpus ?? 0,
            capacity.gpus
          )}
          used={capacity.gpus - (capacity.free_gpus ?? 0)}
          total={capacity.gpus}
        />
      )}
      <Kept capacity={capacity} trans={trans} />
    </div>
  );
}

/** The kernels that are there between jobs: they hold memory though nothing runs in them. */
function Kept(props: {
  capacity: NonNullable<ITarget['capacity']>;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { capacity, trans } = props;
  const { group_kernels: groups = 0, session_kernels: sessions = 0 } = capacity;
  const parts = [
    sessions > 0
      ? trans._n('%1 for a notebook', '%1 for notebooks', sessions)
      : '',
    groups > 0 ? trans._n('%1 for maps', '%1 for maps', groups) : ''
  ].filter(part => part !== '');
  return parts.length === 0 ? null : (
    <>
      <span className="jp-DsinfraTarget-label">{trans.__('Kernels')}</span>
      <span
        className="jp-DsinfraTarget-kept"
        title={trans.__(
          'Kernels that are kept between jobs: with the names of a notebook, or for the next item of a map.'
        )}
      >
        {parts.join(', ')}
      </span>
    </>
  );
}

/** `6.1 of 8.0 GB`: the unit is said once where both have the same. */
function shareText(
  part: number,
  whole: number,
  trans: TranslationBundle
): string {
  const total = formatBytes(whole);
  const [amount, unit] = formatBytes(part).split(' ');
  return trans.__(
    '%1 of %2',
    unit !== undefined && total.endsWith(` ${unit}`)
      ? amount
      : `${amount} ${unit ?? ''}`,
    total
  );
}

/** One thing as a line: what it is, a bar, and the figures, or what changes them. */
function Meter(props: {
  label: string;
  text: string;
  used: number | null;
  total: number;

  /** Stands in place of the figures. */
  children?: React.ReactNode;
}): JSX.Element {
  const { children, label, text, total, used } = props;
  return (
    <div className="jp-DsinfraTarget-meter">
      <span className="jp-DsinfraTarget-label">{label}</span>
      <Gauge
        label={label}
        text={text}
        parts={
          used === null
            ? null
            : [{ key: 'used', ratio: total > 0 ? used / total : 0 }]
        }
      />
      <span className="jp-DsinfraTarget-figure">{children || text}</span>
    </div>
  );
}

/** What a pointer that rests on the name is told. */
function hint(target: ITarget, trans: TranslationBundle): string {
  const lines = [target.name, trans.__('Engine: %1', target.engine)];
  if (target.python !== null) {
    lines.push(trans.__('Python %1', target.python));
  }
  const price = target.price_per_hour ?? null;
  if (price !== null) {
    lines.push(
      trans.__('%1 %2 per worker and hour', price, target.currency ?? '')
    );
  }
  if (target.registered_by) {
    lines.push(trans.__('Registered by the code of a notebook'));
  }
  return lines.join('\n');
}
