import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A Jupyter server that shares nothing with the one a developer may be running:
 * own port, own token, own folders.
 */
export interface IServer {
  /** Folder that holds everything the server writes. */
  home: string;
  port: number;
  token: string;
}

/** Return the address of a server. */
export function addressOf(server: IServer): string {
  return `http://127.0.0.1:${server.port}`;
}

/** Return a port nobody listens on. Synchronous, as Playwright's configuration is. */
export function freePort(): number {
  const script =
    'const s = require("net").createServer();' +
    's.listen(0, "127.0.0.1", () => { process.stdout.write(String(s.address().port)); s.close(); });';
  return Number(execFileSync(process.execPath, ['-e', script]).toString());
}

/** Return the Python that has the extension: the checkout's, else the one on PATH. */
export function python(): string {
  const own = join(__dirname, '..', '.venv', 'bin', 'python');
  return process.env.DSINFRA_UI_PYTHON ?? (existsSync(own) ? own : 'python3');
}

/** Return the arguments for `python()` that start JupyterLab on a server's folders. */
export function serverArguments(): string[] {
  const config = join(__dirname, 'jupyter_server_test_config.py');
  // The test machine of a container is root, where Jupyter asks to be told so.
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  return ['-m', 'jupyterlab', `--config=${config}`, ...asRoot];
}

/** Make the folders of a server, and return the environment that leads it there. */
export function serverEnvironment(server: IServer): Record<string, string> {
  const folder = (name: string): string => {
    const path = join(server.home, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined
  );
  return {
    ...Object.fromEntries(inherited),
    // The processes of its targets outlive a server; here only as long as a story needs.
    DSINFRA_AGENT_IDLE_S: '10',
    DSINFRA_UI_PORT: String(server.port),
    DSINFRA_UI_TOKEN: server.token,
    IPYTHONDIR: folder('ipython'),
    JUPYTERLAB_GALATA_ROOT_DIR: folder('files'),
    JUPYTERLAB_SETTINGS_DIR: folder('settings'),
    JUPYTER_CONFIG_DIR: folder('config'),
    JUPYTER_DATA_DIR: folder('data'),
    JUPYTER_RUNTIME_DIR: folder('runtime')
  };
}
