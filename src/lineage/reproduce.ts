import type { Contents } from '@jupyterlab/services';

import type { IReproduction } from '../api/types';

/** Names that are tried before it is given up to find a free one. */
const ATTEMPTS = 100;

/**
 * Save the notebook that leads to a result again, beside the original one.
 *
 * Never writes over a file: a name that is taken gets a number.
 *
 * @param folder - Where the original notebook lies, as a contents path.
 * @returns the path of the new notebook.
 */
export async function saveReproduction(
  reproduction: IReproduction,
  folder: string,
  contents: Pick<Contents.IManager, 'get' | 'save'>
): Promise<string> {
  const path = await freePath(reproduction.name, folder, contents);
  const { path: saved } = await contents.save(path, {
    content: reproduction.notebook,
    format: 'json',
    type: 'notebook'
  });
  return saved;
}

/** Return the folder of a notebook; the root for one outside of it. */
export function folderOf(notebookPath: string | null): string {
  if (notebookPath === null || notebookPath.startsWith('/')) {
    return '';
  }
  return notebookPath.split('/').slice(0, -1).join('/');
}

async function freePath(
  name: string,
  folder: string,
  contents: Pick<Contents.IManager, 'get'>
): Promise<string> {
  // The name comes from the server; a folder in it would lead elsewhere.
  const plain = (name.split('/').pop() ?? '').replace(/\.ipynb$/, '');
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const file = `${plain || 'reproduction'}${attempt > 1 ? `-${attempt}` : ''}.ipynb`;
    const path = folder === '' ? file : `${folder}/${file}`;
    if (!(await exists(path, contents))) {
      return path;
    }
  }
  throw new Error(`There are already ${ATTEMPTS} files like “${name}”.`);
}

async function exists(
  path: string,
  contents: Pick<Contents.IManager, 'get'>
): Promise<boolean> {
  try {
    await contents.get(path, { content: false });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) {
      return false;
    }
    throw error;
  }
}

function statusOf(error: unknown): number | null {
  const response = (error as { response?: { status?: unknown } } | null)
    ?.response;
  return typeof response?.status === 'number' ? response.status : null;
}
