/** A stretch of a sentence: plain, or code. */
export interface IPiece {
  readonly text: string;
  readonly isCode: boolean;
}

/** Return a sentence in pieces: what stands between backticks is code. */
export function piecesOf(sentence: string): IPiece[] {
  const pieces = sentence.split('`');
  // Without a second backtick there is no code.
  if (pieces.length % 2 === 0) {
    return [{ text: sentence, isCode: false }];
  }
  return pieces
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(({ text }) => text !== '');
}
