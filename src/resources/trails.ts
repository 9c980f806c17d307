import type { ISampleWindow, ISnapshot } from '../api/types';

/** Seconds that one point of a trail stands for, and how many there are: five minutes. */
const STEP_S = 5;
const POINTS = 60;

/** Points that may lack between two looks, which are ten seconds apart while nobody looks on. */
const HOLE = 2;

/** The past that trails hold, in seconds. */
export const TRAIL_S = STEP_S * POINTS;

/** What was read lately: of each series the most in each few seconds. */
export class Trails {
  /** Take the readings that panels draw. */
  add(snapshot: ISnapshot): void {
    const at = Date.parse(snapshot.at) / 1000;
    const readings = readingsOf(snapshot);
    for (const [name, value] of readings) {
      this._put(name, at, value);
    }
    for (const name of this._trails.keys()) {
      // Kernels and GPUs that are gone.
      if (!readings.has(name)) {
        this._trails.delete(name);
      }
    }
  }

  /** Take readings of the past; those that are there already stay. */
  fill(window: ISampleWindow): void {
    for (const [name, values] of Object.entries(window.series)) {
      values.forEach((value, index) => {
        const at = window.at_s[index];
        if (at !== undefined) {
          this._put(name, at, value);
        }
      });
    }
  }

  /** Return the points of a series, the newest last; null where nothing was read. */
  of(name: string): (number | null)[] {
    const points: (number | null)[] = new Array(POINTS).fill(null);
    for (const [place, value] of this._trails.get(name) ?? []) {
      const index = place - this._newest + POINTS - 1;
      if (index >= 0 && index < POINTS) {
        points[index] = value;
      }
    }
    // What was read holds until the next look.
    let last = -1;
    for (let index = 0; index < POINTS; index++) {
      if (points[index] !== null) {
        if (last >= 0 && index - last <= HOLE + 1) {
          points.fill(points[last] ?? null, last + 1, index);
        }
        last = index;
      }
    }
    return points;
  }

  private _put(name: string, at: number, value: number | null): void {
    const place = Math.floor(at / STEP_S);
    if (value === null || Number.isNaN(place)) {
      return;
    }
    let trail = this._trails.get(name);
    if (trail === undefined) {
      trail = new Map();
      this._trails.set(name, trail);
    }
    trail.set(place, Math.max(value, trail.get(place) ?? 0));
    this._newest = Math.max(this._newest, place);
    for (const [old] of trail) {
      if (old <= this._newest - POINTS) {
        trail.delete(old);
      }
    }
  }

  /** By series the points by their number since 1970. */
  private _trails = new Map<string, Map<number, number>>();
  private _newest = 0;
}

/** Return the readings that panels draw, by the names that the server gives their series. */
export function readingsOf(snapshot: ISnapshot): Map<string, number | null> {
  const { host, kernels } = snapshot;
  const readings = new Map<string, number | null>();
  if (host !== null) {
    readings.set('host.cpu_ratio', host.cpu_ratio);
    readings.set('host.memory_used_bytes', host.memory_used_bytes);
    readings.set('host.disk_used_bytes', host.disk_used_bytes);
  }
  for (const kernel of kernels) {
    readings.set(`kernel.${kernel.kernel_id}.rss_bytes`, kernel.rss_bytes);
  }
  return readings;
}
