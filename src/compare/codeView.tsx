import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IComparison, IRun } from '../api/types';
import { DiffView, countDiff } from '../ui/diff';
import type { IPair } from './pairs';
import { pairsOf } from './pairs';
import { runName } from './sections';

/** Lines side by side that are shown before somebody asks for more. */
const LINES = 400;

/** How the code of each run differs from that of the first. */
export function CodeDifferences(props: {
  comparison: IComparison;
  trans: TranslationBundle;
}): JSX.Element {
  const { comparison, trans } = props;
  const { code_diff: diffs, runs } = comparison;
  const [isSplit, setIsSplit] = React.useState(false);
  const baseline = runs[0];
  const differing = diffs.filter(({ diff }) => diff !== '');
  if (differing.length === 0 || baseline === undefined) {
    return (
      <p className="jp-DsinfraCompare-quiet">
        {trans.__('All runs have the same code.')}
      </p>
    );
  }
  return (
    <>
      {runs.length === 2 && (
        <button
          type="button"
          className="jp-DsinfraTool"
          aria-pressed={isSplit}
          onClick={() => setIsSplit(!isSplit)}
        >
          {trans.__('Side by side')}
        </button>
      )}
      {differing.map(({ diff, run_id: id }) => {
        const run = runs.find(item => item.id === id);
        return run === undefined ? null : (
          <Difference
            key={id}
            baseline={baseline}
            run={run}
            diff={diff}
            isSplit={isSplit && runs.length === 2}
            trans={trans}
          />
        );
      })}
      {differing.length < diffs.length && (
        <p className="jp-DsinfraCompare-quiet">
          {trans._n(
            '%1 run has the code of the baseline.',
            '%1 runs have the code of the baseline.',
            diffs.length - differing.length
          )}
        </p>
      )}
    </>
  );
}

function Difference(props: {
  baseline: IRun;
  run: IRun;
  diff: string;
  isSplit: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { baseline, run, diff, isSplit, trans } = props;
  const { added, removed } = countDiff(diff);
  const label = trans.__('%1 against %2', runName(run), runName(baseline));
  return (
    <div className="jp-DsinfraCompare-difference">
      <h3>
        {label}
        <span className="jp-DsinfraCompare-counts">
          {`+${added} −${removed}`}
        </span>
      </h3>
      {isSplit ? (
        <SplitView diff={diff} label={label} trans={trans} />
      ) : (
        <DiffView diff={diff} label={label} trans={trans} />
      )}
    </div>
  );
}

/** Both sides of a difference, line beside line. */
function SplitView(props: {
  diff: string;
  label: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { diff, label, trans } = props;
  const [shown, setShown] = React.useState(LINES);
  const pairs = React.useMemo(() => pairsOf(diff), [diff]);
  return (
    <div
      className="jp-DsinfraDiff jp-DsinfraCompare-split"
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <Side pairs={pairs.slice(0, shown)} side="left" />
      <Side pairs={pairs.slice(0, shown)} side="right" />
      {shown < pairs.length && (
        <button
          type="button"
          className="jp-DsinfraButton jp-mod-plain"
          onClick={() => setShown(shown + 10 * LINES)}
        >
          {trans.__('Show more (%1 of %2 lines)', shown, pairs.length)}
        </button>
      )}
    </div>
  );
}

function Side(props: {
  pairs: readonly IPair[];
  side: 'left' | 'right';
}): JSX.Element {
  const { pairs, side } = props;
  return (
    <pre>
      {pairs.map((pair, index) => {
        const text = pair[side];
        const kind =
          pair.kind !== 'changed'
            ? pair.kind
            : text === null
              ? 'none'
              : side === 'left'
                ? 'removed'
                : 'added';
        return (
          <span key={index} className="jp-DsinfraDiff-line" data-kind={kind}>
            {text || ' '}
          </span>
        );
      })}
    </pre>
  );
}
