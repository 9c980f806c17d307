import type { IErrorRecord, IFrame } from '../../api/types';
import type { AdviceAction } from './advice';

/** What the view of an error asks to be done. */
export interface IErrorActions {
  advice(action: AdviceAction, record: IErrorRecord): void;
  compare(runIds: readonly string[]): void;
  copy(text: string): void;
  openFrame(frame: IFrame, record: IErrorRecord): void;
  openGroup(id: string): void;
  openNotebook(path: string): void;
  openRun(id: string): void;

  /** Let go of what the last traceback of a kernel holds; resolves to what came of it. */
  release(record: IErrorRecord): Promise<ReleaseOutcome>;

  /** Render Markdown into an element; returns a function that takes it out again. */
  renderMarkdown(text: string, host: HTMLElement): () => void;

  /** Show the cell of an error at the line. */
  showCell(record: IErrorRecord): void;
}

/** What came of freeing memory; `gone`: the kernel no longer runs. */
export type ReleaseOutcome = 'released' | 'gone' | 'failed';
