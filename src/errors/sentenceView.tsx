import * as React from 'react';

import { piecesOf } from './inline';

/** A sentence with code in it. */
export function Sentence(props: { text: string }): JSX.Element {
  return (
    <>
      {piecesOf(props.text).map(({ isCode, text }, index) =>
        isCode ? <code key={index}>{text}</code> : text
      )}
    </>
  );
}
