import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type {
  IGpuOwner,
  IGpuSample,
  IGpuSlowdown,
  ISnapshot
} from '../api/types';
import { formatBytes } from '../ui/format';
import type { IGaugePart } from '../ui/gauge';
import { Gauge } from '../ui/gauge';
import { ratioOf } from './hostView';
import {
  NOTHING,
  boundText,
  coarseDuration,
  percentText,
  shareText
} from './words';

/** Seconds after which readings of a GPU are old: three looks at the slower rate. */
const STALE_S = 30;

/** The GPUs, or why there are none. */
export function GpusView(props: {
  snapshot: ISnapshot;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { snapshot, trans } = props;
  const { gpus, kernels, absent } = snapshot;
  const reason = absent['nvidia'] ?? '';
  // A driver that hangs leaves its last readings; elsewhere the cards say it.
  const isSaid = reason === '' || gpus.some(gpu => gpu.absent['device']);
  const note = isSaid ? null : (
    <div className="jp-DsinfraQuiet" role="note">
      {reason}
    </div>
  );
  if (gpus.length === 0) {
    return note;
  }
  const names = new Map(kernels.map(item => [item.kernel_id, item.name]));
  const uuids = new Set(gpus.map(gpu => gpu.uuid));
  const isWhole = (gpu: IGpuSample): boolean =>
    gpu.parent_uuid === null || !uuids.has(gpu.parent_uuid);
  return (
    <>
      {note}
      {gpus.filter(isWhole).map(gpu => (
        <div key={gpu.uuid} className="jp-DsinfraGpu">
          <GpuCard
            gpu={gpu}
            isDivided={gpus.some(other => other.parent_uuid === gpu.uuid)}
            names={names}
            trans={trans}
          />
          {gpus
            .filter(other => !isWhole(other) && other.parent_uuid === gpu.uuid)
            .map(instance => (
              <div key={instance.uuid} className="jp-DsinfraGpu-instance">
                <GpuCard
                  gpu={instance}
                  isDivided={false}
                  names={names}
                  trans={trans}
                />
              </div>
            ))}
        </div>
      ))}
    </>
  );
}

interface ICardProps {
  gpu: IGpuSample;

  /** Whether its instances stand below, and its processes with them. */
  isDivided: boolean;

  /** What kernels are called, by their ids. */
  names: ReadonlyMap<string, string>;
  trans: TranslationBundle;
}

function GpuCard(props: ICardProps): JSX.Element {
  const { gpu, trans } = props;
  const isInstance = gpu.parent_uuid !== null;
  const label = isInstance
    ? trans.__('Instance %1', gpu.index)
    : trans.__('GPU %1', gpu.index);
  const isStale = gpu.age_s > STALE_S;
  return (
    <div
      className="jp-DsinfraGpu-card"
      role="group"
      aria-label={`${label}: ${gpu.name}`}
      data-stale={isStale}
    >
      <div className="jp-DsinfraGpu-head">
        <span className="jp-DsinfraGpu-label">{label}</span>
        <span className="jp-DsinfraGpu-name" title={`${gpu.name}\n${gpu.uuid}`}>
          {gpu.name}
        </span>
        {isStale && (
          <span className="jp-DsinfraGpu-age">
            {trans.__('read %1 ago', coarseDuration(gpu.age_s))}
          </span>
        )}
      </div>
      {gpu.absent['device'] ? (
        <div className="jp-DsinfraQuiet">{gpu.absent['device']}</div>
      ) : (
        <Readings {...props} />
      )}
    </div>
  );
}

function Readings(props: ICardProps): JSX.Element {
  const { gpu, isDivided, names, trans } = props;
  const memory = shareText(
    gpu.memory_used_bytes,
    gpu.memory_total_bytes,
    trans
  );
  const physical = physicalText(gpu, trans);
  const slowed = slowedText(gpu, trans);
  const untold = isDivided ? '' : (gpu.absent['owners'] ?? '');
  return (
    <>
      <div className="jp-DsinfraGpu-readings">
        <div
          className="jp-DsinfraGpu-line"
          title={
            gpu.absent['util_ratio'] ??
            trans.__('Part of the time in which anything ran on it')
          }
        >
          <span>{trans.__('In use')}</span>
          <Gauge
            label={trans.__('In use')}
            text={percentText(gpu.util_ratio)}
            parts={
              gpu.util_ratio === null
                ? null
                : [{ key: 'util', ratio: gpu.util_ratio }]
            }
          />
          <span className="jp-DsinfraGpu-figure">
            {percentText(gpu.util_ratio)}
          </span>
        </div>
        <div
          className="jp-DsinfraGpu-line"
          title={gpu.absent['memory_used_bytes']}
        >
          <span>{trans.__('Memory')}</span>
          <Gauge
            label={trans.__('Memory')}
            text={memory}
            parts={memoryParts(gpu, names, trans)}
            isScarce
          />
          <span className="jp-DsinfraGpu-figure">{memory}</span>
        </div>
      </div>
      {gpu.owners.length > 0 && (
        <ul
          className="jp-DsinfraGpu-owners"
          aria-label={trans.__('Who holds its memory')}
        >
          {gpu.owners.map((owner, index) => (
            <li key={owner.kernel_id ?? `other-${index}`}>
              <span
                className="jp-DsinfraGpu-swatch"
                data-kind={owner.kernel_id === null ? 'other' : 'own'}
              />
              <span className="jp-DsinfraGpu-owner">
                {ownerText(owner, names, trans)}
              </span>
              {owner.util_ratio !== null && (
                <span
                  className="jp-DsinfraGpu-share"
                  title={trans.__('Part of the time in which it used the GPU')}
                >
                  {percentText(owner.util_ratio)}
                </span>
              )}
              <span className="jp-DsinfraGpu-figure">
                {boundText(owner.memory_bytes, owner.memory_at_most_bytes)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {untold !== '' && <div className="jp-DsinfraQuiet">{untold}</div>}
      {slowed !== '' && <div className="jp-DsinfraGpu-slowed">{slowed}</div>}
      {physical !== '' && (
        <div className="jp-DsinfraGpu-physical" title={physicalAbsence(gpu)}>
          {physical}
        </div>
      )}
    </>
  );
}

/** Whose memory it is: this server's notebooks by name, all others without. */
export function ownerText(
  owner: IGpuOwner,
  names: ReadonlyMap<string, string>,
  trans: TranslationBundle
): string {
  if (owner.kernel_id === null) {
    return trans._n(
      '%1 other process',
      '%1 other processes',
      owner.process_count
    );
  }
  return (
    names.get(owner.kernel_id) ??
    owner.notebook_path?.split('/').pop() ??
    trans.__('A kernel of this server')
  );
}

function memoryParts(
  gpu: IGpuSample,
  names: ReadonlyMap<string, string>,
  trans: TranslationBundle
): IGaugePart[] | null {
  const used = ratioOf(gpu.memory_used_bytes, gpu.memory_total_bytes);
  if (used === null) {
    return null;
  }
  const parts: IGaugePart[] = [];
  let told = 0;
  gpu.owners.forEach((owner, index) => {
    const ratio = ratioOf(owner.memory_bytes, gpu.memory_total_bytes);
    if (ratio !== null && owner.memory_bytes !== null) {
      told += ratio;
      parts.push({
        key: owner.kernel_id ?? `other-${index}`,
        ratio,
        title: `${ownerText(owner, names, trans)}: ${formatBytes(owner.memory_bytes)}`,
        kind: owner.kernel_id === null ? 'other' : 'own'
      });
    }
  });
  if (used > told) {
    parts.push({
      key: 'rest',
      ratio: used - told,
      title: trans.__('The driver, or not known whose'),
      kind: 'other'
    });
  }
  return parts;
}

/** Why a GPU runs slower than it could, in words; empty if it does not. */
export function slowedText(gpu: IGpuSample, trans: TranslationBundle): string {
  const reasons: Record<IGpuSlowdown, string> = {
    hardware: trans.__('the chip does not say why'),
    overheated: trans.__('it is too hot'),
    power_brake: trans.__('the power supply asks for it'),
    hot: trans.__('it would become too hot'),
    power_cap: trans.__('it draws as much power as it may'),
    sync_boost: trans.__('it waits for a slower GPU of its group')
  };
  const told = (gpu.slowed_by ?? []).map(why => reasons[why]);
  return told.length === 0
    ? ''
    : trans.__('Slowed down: %1', told.join(trans.__(', ')));
}

function physicalText(gpu: IGpuSample, trans: TranslationBundle): string {
  const { temperature_c: heat, power_w: power, power_limit_w: limit } = gpu;
  const parts: string[] = [];
  if (heat !== null) {
    parts.push(`${Math.round(heat)} °C`);
  }
  if (power !== null) {
    parts.push(
      limit === null
        ? `${Math.round(power)} W`
        : trans.__('%1 of %2 W', Math.round(power), Math.round(limit))
    );
  }
  return parts.join(' · ') || (physicalAbsence(gpu) === '' ? '' : NOTHING);
}

function physicalAbsence(gpu: IGpuSample): string {
  return ['temperature_c', 'power_w', 'power_limit_w']
    .map(name => gpu.absent[name] ?? '')
    .filter((text, index, all) => text !== '' && all.indexOf(text) === index)
    .join('\n');
}
