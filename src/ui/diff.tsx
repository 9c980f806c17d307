import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

/** Lines that are shown before somebody asks for more. */
const LINES = 400;

/** What a line of a unified diff is. */
type LineKind = 'added' | 'removed' | 'place' | 'same';

function kindOf(line: string): LineKind {
  switch (line[0]) {
    case '+':
      return 'added';
    case '-':
      return 'removed';
    case '@':
      return 'place';
    default:
      return 'same';
  }
}

/** Return the lines of a unified diff without the names of its files. */
export function diffLines(diff: string): string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const first = lines.findIndex(line => line.startsWith('@@'));
  return first < 0 ? lines : lines.slice(first);
}

/** Count the lines that a unified diff adds and removes. */
export function countDiff(diff: string): { added: number; removed: number } {
  const kinds = diff === '' ? [] : diffLines(diff).map(kindOf);
  return {
    added: kinds.filter(kind => kind === 'added').length,
    removed: kinds.filter(kind => kind === 'removed').length
  };
}

/** A unified diff, its lines marked by sign and colour. */
export function DiffView(props: {
  diff: string;
  label: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { diff, label, trans } = props;
  const [shown, setShown] = React.useState(LINES);
  const lines = diffLines(diff);
  return (
    <div
      className="jp-DsinfraDiff"
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <pre>
        {lines.slice(0, shown).map((line, index) => (
          <span
            key={index}
            className="jp-DsinfraDiff-line"
            data-kind={kindOf(line)}
          >
            {line === '' ? ' ' : line}
          </span>
        ))}
      </pre>
      {shown < lines.length && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => setShown(shown + 10 * LINES)}
        >
          {trans.__('Show more (%1 of %2 lines)', shown, lines.length)}
        </button>
      )}
    </div>
  );
}
