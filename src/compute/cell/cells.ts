import type { Notebook } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import type { ISignal } from '@lumino/signaling';

import type { IMetadata } from './mark';

/** A cell as it is shown. */
export type Cell = Notebook['widgets'][number];

/** What of the model of a cell of code is needed to put output into it. */
export interface ICodeModel extends IMetadata {
  readonly id: string;
  readonly isDisposed: boolean;
  readonly outputs: IOutputAreaModel;
  readonly contentChanged: ISignal<unknown, void>;
  executionCount: number | null;
  executionState: string;
  trusted: boolean;

  /** Take the outputs and the count away. */
  clearExecution(): void;
  readonly sharedModel: { getSource(): string };
}

/** Return the model of a cell if it is one of code. */
export function codeModelOf(cell: Cell): ICodeModel | null {
  return cell.model.type === 'code'
    ? (cell.model as unknown as ICodeModel)
    : null;
}

/** The models of the cells that are code, by their ids, in the order of the cells. */
export function codeModelsOf(cells: readonly Cell[]): Map<string, ICodeModel> {
  const models = new Map<string, ICodeModel>();
  for (const cell of cells) {
    const model = codeModelOf(cell);
    if (model !== null) {
      models.set(model.id, model);
    }
  }
  return models;
}
