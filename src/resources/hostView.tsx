import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IHostSample } from '../api/types';
import { formatBytes } from '../ui/format';
import { Gauge } from '../ui/gauge';
import { Sparkline } from '../ui/sparkline';
import {
  NOTHING,
  coarseDuration,
  cpusText,
  limitText,
  percentText,
  shareText
} from './words';

/** Part of the time that a CPU may be held back unmentioned. */
const THROTTLED = 0.05;

/** Seconds of a trail in words. */
const MINUTES = 5;

interface ILine {
  key: string;
  label: string;
  figures: string;
  details: string;

  /** Null if it is not known. */
  ratio: number | null;
  trail: (number | null)[];

  /** What fills the height of the trail. */
  full: number;
  isScarce: boolean;
}

/** The machine, or the part of it that this server may use. */
export function HostView(props: {
  host: IHostSample;

  /** Seconds until memory is full, if it goes on as it does; null if that is far off. */
  fullIn: number | null;
  trail: (name: string) => (number | null)[];
  trans: TranslationBundle;
}): JSX.Element {
  const { host, fullIn, trail, trans } = props;
  return (
    <div className="jp-DsinfraHost" role="group" aria-label={trans.__('Host')}>
      {linesOf(host, trail, trans).map(line => (
        <div
          key={line.key}
          className="jp-DsinfraHost-line"
          title={line.details}
        >
          <span className="jp-DsinfraHost-label">{line.label}</span>
          <span className="jp-DsinfraHost-figures">{line.figures}</span>
          <Gauge
            label={line.label}
            text={line.figures}
            parts={
              line.ratio === null ? null : [{ key: 'used', ratio: line.ratio }]
            }
            isScarce={line.isScarce}
          />
          <Sparkline
            values={line.trail}
            full={line.full}
            label={trans.__('%1 in the last %2 minutes', line.label, MINUTES)}
            width={60}
            height={14}
          />
        </div>
      ))}
      {noticesOf(host, fullIn, trans).map(text => (
        <div key={text} className="jp-DsinfraHost-notice">
          {text}
        </div>
      ))}
    </div>
  );
}

function linesOf(
  host: IHostSample,
  trail: (name: string) => (number | null)[],
  trans: TranslationBundle
): ILine[] {
  const { cpu_ratio: cpu, cpu_count: cpus } = host;
  const limit = host.memory_limit_bytes;
  return [
    {
      key: 'cpu',
      label: trans.__('CPU'),
      figures:
        cpu === null || cpus === null
          ? percentText(cpu)
          : trans._n(
              '%2 of %3 CPU',
              '%2 of %3 CPUs',
              Math.ceil(cpus),
              // As many digits at each look, lest it jumps.
              (cpu * cpus).toFixed(cpus < 10 ? 1 : 0),
              cpusText(cpus)
            ),
      details: cpuDetails(host, trans),
      ratio: cpu,
      trail: trail('host.cpu_ratio'),
      full: 1,
      isScarce: false
    },
    {
      key: 'memory',
      label: trans.__('Memory'),
      figures: shareText(host.memory_used_bytes, limit, trans),
      details: memoryDetails(host, trans),
      ratio: ratioOf(host.memory_used_bytes, limit),
      trail: trail('host.memory_used_bytes'),
      full: limit ?? Infinity,
      isScarce: true
    },
    {
      key: 'disk',
      label: trans.__('Disk'),
      figures: shareText(host.disk_used_bytes, host.disk_total_bytes, trans),
      details: diskDetails(host, trans),
      ratio: ratioOf(host.disk_used_bytes, host.disk_total_bytes),
      trail: trail('host.disk_used_bytes'),
      full: host.disk_total_bytes ?? Infinity,
      isScarce: true
    }
  ];
}

/** Return what part of a whole is in use. */
export function ratioOf(
  used: number | null,
  total: number | null
): number | null {
  return used === null || total === null || total <= 0 ? null : used / total;
}

function cpuDetails(host: IHostSample, trans: TranslationBundle): string {
  return lines(
    host.cpu_ratio === null
      ? ''
      : trans.__('CPU: %1 in use', percentText(host.cpu_ratio)),
    limitText(host.cpu_count_source, trans),
    host.load_1m === null
      ? ''
      : trans.__('Load of the last minute: %1', host.load_1m.toFixed(2))
  );
}

function memoryDetails(host: IHostSample, trans: TranslationBundle): string {
  const free =
    host.memory_limit_bytes !== null && host.memory_used_bytes !== null
      ? Math.max(0, host.memory_limit_bytes - host.memory_used_bytes)
      : null;
  return lines(
    free === null ? '' : trans.__('Memory: %1 free', formatBytes(free)),
    limitText(host.memory_limit_source, trans),
    host.swap_total_bytes
      ? trans.__(
          'Swap: %1',
          shareText(host.swap_used_bytes, host.swap_total_bytes, trans)
        )
      : ''
  );
}

function diskDetails(host: IHostSample, trans: TranslationBundle): string {
  const rate = (bytes: number | null): string =>
    bytes === null ? NOTHING : `${formatBytes(bytes)}/s`;
  return lines(
    trans.__('Disk: where the files of this server are.'),
    trans.__(
      'Read %1, written %2',
      rate(host.disk_read_bytes_per_s),
      rate(host.disk_write_bytes_per_s)
    ),
    trans.__(
      'Network: %1 in, %2 out',
      rate(host.network_in_bytes_per_s),
      rate(host.network_out_bytes_per_s)
    )
  );
}

/** What about the machine is worth a line of its own. */
function noticesOf(
  host: IHostSample,
  fullIn: number | null,
  trans: TranslationBundle
): string[] {
  const { throttled_ratio: throttled } = host;
  const notices: string[] = [];
  if (fullIn !== null) {
    notices.push(
      trans.__(
        'At this rate memory is full in %1.',
        coarseDuration(Math.max(1, fullIn))
      )
    );
  }
  if (throttled !== null && throttled >= THROTTLED) {
    notices.push(
      trans.__(
        'The CPU limit holds processes back %1 of the time.',
        percentText(throttled)
      )
    );
  }
  return notices;
}

function lines(...texts: string[]): string {
  return texts.filter(text => text !== '').join('\n');
}
