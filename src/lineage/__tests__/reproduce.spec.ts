import type { Contents } from '@jupyterlab/services';

import type { IReproduction } from '../../api/types';
import { folderOf, saveReproduction } from '../reproduce';

const MADE: IReproduction = {
  name: 'train-3-reproduced.ipynb',
  notebook: { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 },
  run_ids: [],
  gaps: []
};

/** Files as the contents manager has them. */
class Files {
  readonly saved: string[] = [];
  failure: object | null = null;

  constructor(readonly taken: string[]) {}

  get manager(): Pick<Contents.IManager, 'get' | 'save'> {
    return {
      get: async path => {
        if (this.failure) {
          throw this.failure;
        }
        if (!this.taken.includes(path)) {
          throw { response: { status: 404 } };
        }
        return { path } as Contents.IModel;
      },
      save: async path => {
        this.saved.push(path);
        return { path } as Contents.IModel;
      }
    };
  }
}

describe('saveReproduction', () => {
  it('saves beside the original', async () => {
    const files = new Files([]);

    expect(await saveReproduction(MADE, 'work', files.manager)).toBe(
      'work/train-3-reproduced.ipynb'
    );
  });

  it('never writes over a file', async () => {
    const files = new Files([
      'train-3-reproduced.ipynb',
      'train-3-reproduced-2.ipynb'
    ]);
    await saveReproduction(MADE, '', files.manager);

    expect(files.saved).toEqual(['train-3-reproduced-3.ipynb']);
  });

  it('writes nothing if it cannot know what is there', async () => {
    const files = new Files([]);
    files.failure = { response: { status: 403 } };

    await expect(saveReproduction(MADE, '', files.manager)).rejects.toBe(
      files.failure
    );
    expect(files.saved).toEqual([]);
  });

  it('takes no folder from the name', async () => {
    const files = new Files([]);
    const sly = { ...MADE, name: '../../etc/x.ipynb' };

    expect(await saveReproduction(sly, 'work', files.manager)).toBe(
      'work/x.ipynb'
    );
  });
});

describe('folderOf', () => {
  it('is the root for what lies outside of it', () => {
    expect(folderOf('a/b/c.ipynb')).toBe('a/b');
    expect(folderOf('c.ipynb')).toBe('');
    expect(folderOf('/elsewhere/c.ipynb')).toBe('');
    expect(folderOf(null)).toBe('');
  });
});
