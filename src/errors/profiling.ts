import type { TranslationBundle } from '@jupyterlab/translation';

/** A profiler that IPython can load. */
export interface IProfiler {
  /** What it is called where packages are installed. */
  readonly package: string;
  /** What stands above the code of a cell to profile it. */
  readonly magic: string;
}

/** Where the time goes, and where the memory goes. */
export const PROFILERS: Readonly<Record<'time' | 'memory', IProfiler>> = {
  time: { package: 'pyinstrument', magic: '%%pyinstrument' },
  memory: { package: 'memray', magic: '%%memray_flamegraph' }
};

/** Return the version of a package in an environment; null if it is not there. */
export function versionOf(
  name: string,
  packages: Readonly<Record<string, string>>
): string | null {
  const found = Object.entries(packages).find(
    ([other]) => other.toLowerCase().replace(/_/g, '-') === name
  );
  return found?.[1] ?? null;
}

/** Return the code of the cells that profile some code, first to last. */
export function profilingCells(profiler: IProfiler, code: string): string[] {
  // A cell magic has to be the first line of its cell.
  return [
    `%load_ext ${profiler.package}`,
    `${profiler.magic}\n${code.replace(/^\n+/, '')}`
  ];
}

/** Return what a menu says of a profiler: also how to install it where it is missing. */
export function profilerLabel(
  what: keyof typeof PROFILERS,
  isInstalled: boolean,
  trans: TranslationBundle
): string {
  const { package: name } = PROFILERS[what];
  if (isInstalled) {
    return what === 'time'
      ? trans.__('Profile Time of This Cell (%1)', name)
      : trans.__('Profile Memory of This Cell (%1)', name);
  }
  return what === 'time'
    ? trans.__('Profile Time: needs “%pip install %1”', name)
    : trans.__('Profile Memory: needs “%pip install %1”', name);
}
