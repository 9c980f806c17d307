import { version } from '../../package.json';

/** The version of this front end. */
export const VERSION: string = version;

const PRERELEASES: Record<string, string> = { alpha: 'a', beta: 'b', rc: 'rc' };

/**
 * The way Python writes a version that npm writes as `version`.
 *
 * Both halves take theirs from package.json, but the server's is normalised.
 */
export function toPythonVersion(version: string): string {
  return version.replace(
    /-(alpha|beta|rc)\.?(\d+)$/,
    (_, name: string, n: string) => `${PRERELEASES[name]}${n}`
  );
}
