import type { IOutput } from '@jupyterlab/nbformat';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';

import type { IJobMessage } from '../api/types';

/**
 * Puts what a job publishes into the outputs of a cell, as a notebook does with what its
 * own kernel publishes.
 *
 * Messages are given in the order of their numbers; one that was given before is passed
 * over, so that a stretch can safely be given twice.
 */
export class JobOutput {
  /**
   * @param maxChars - How much text of streams is shown; what is beyond it is counted.
   * @param lastSeq - The newest message that is in the model already.
   */
  constructor(model: IOutputAreaModel, maxChars = Infinity, lastSeq = 0) {
    this._model = model;
    this._maxChars = maxChars;
    this._lastSeq = lastSeq;
  }

  /** Characters of streams that are not shown. */
  get omittedChars(): number {
    return Math.max(0, this._chars - this._maxChars);
  }

  /** The number of the newest message that was applied. */
  get lastSeq(): number {
    return this._lastSeq;
  }

  /** Take all outputs away, and begin with the first message again. */
  restart(): void {
    this._clear();
    this._lastSeq = 0;
  }

  /** Know no more of what stands where: somebody else took outputs away. */
  forget(): void {
    this._chars = 0;
    this._forget();
  }

  apply(messages: readonly IJobMessage[]): void {
    let stream: { name: unknown; texts: string[] } | null = null;
    const flush = (): void => {
      if (stream !== null) {
        // Added as one: the model looks at all it has with each addition.
        const { name, texts } = stream;
        stream = null;
        this._addText(name, texts.join(''));
      }
    };
    for (const { seq, type, content } of messages) {
      if (seq <= this._lastSeq) {
        continue;
      }
      this._lastSeq = seq;
      if (type === 'stream') {
        if (stream !== null && stream.name !== content.name) {
          flush();
        }
        stream ??= { name: content.name, texts: [] };
        stream.texts.push(textOf(content.text));
      } else {
        flush();
        this._applyOne(type, content);
      }
    }
    flush();
  }

  private _applyOne(type: string, content: Record<string, unknown>): void {
    switch (type) {
      case 'display_data':
      case 'execute_result':
      case 'error':
        this._add({ ...content, output_type: type });
        this._note(content, this._model.length - 1);
        break;
      case 'update_display_data':
        this._update(content);
        break;
      case 'clear_output':
        if (content.wait === true) {
          this._model.clear(true);
          this._clearsNext = true;
        } else {
          this._clear();
        }
        break;
      default:
      // What is no output is not shown.
    }
  }

  private _addText(name: unknown, text: string): void {
    if (this._clearsNext) {
      this._chars = 0;
    }
    const room = this._maxChars - this._chars;
    this._chars += text.length;
    if (room > 0) {
      const shown = text.slice(0, room);
      this._add({ output_type: 'stream', name, text: shown });
    }
  }

  private _add(output: Record<string, unknown>): void {
    if (this._clearsNext) {
      // The model does so itself, and knows nothing of the places kept here.
      this._forget();
    }
    this._model.add(output as unknown as IOutput);
  }

  /** Show newer data wherever something of this name is shown. */
  private _update(content: Record<string, unknown>): void {
    const id = displayIdOf(content);
    // What waits to be cleared would be drawn for nothing, but stays until then.
    for (const place of (id !== null && this._places.get(id)) || []) {
      this._model.set(place, {
        ...content,
        output_type: 'display_data'
      } as unknown as IOutput);
    }
  }

  private _note(content: Record<string, unknown>, place: number): void {
    const id = displayIdOf(content);
    if (id !== null) {
      this._places.set(id, [...(this._places.get(id) ?? []), place]);
    }
  }

  private _clear(): void {
    this._model.clear();
    this._chars = 0;
    this._forget();
  }

  private _forget(): void {
    this._clearsNext = false;
    this._places.clear();
  }

  private _model: IOutputAreaModel;
  private _maxChars: number;
  private _chars = 0;
  private _lastSeq: number;
  private _clearsNext = false;

  /** Where each display id is shown. */
  private _places = new Map<string, number[]>();
}

/** The name under which a display can be changed later; null if it has none. */
function displayIdOf(content: Record<string, unknown>): string | null {
  const { transient } = content;
  if (typeof transient !== 'object' || transient === null) {
    return null;
  }
  const id = (transient as Record<string, unknown>).display_id;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** The text of a stream, which the notebook format also has as a list of lines. */
function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}
