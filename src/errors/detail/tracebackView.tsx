import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IErrorRecord, IFrame } from '../../api/types';
import type { IErrorActions } from './actions';
import type { IExceptionNode, IFrameGroup, ISourceLine } from './frames';
import {
  exceptionTree,
  firstFrame,
  folded,
  groupFrames,
  sourceLines
} from './frames';
import { frameLabel, relationLabel } from './labels';

/** Messages of exceptions in a chain are shown up to here. */
const CHAIN_MESSAGE_MAX_CHARS = 400;
const CHAIN_MESSAGE_MAX_LINES = 4;

/** Of a very deep stack so many entries are shown at first, from each end. */
const HEAD_GROUPS = 8;
const TAIL_GROUPS = 12;

/** What the calls of an error are shown with. */
export interface ITracebackProps {
  actions: IErrorActions;
  record: IErrorRecord;
  trans: TranslationBundle;
}

/** The calls that led to an error, and to those behind it. */
export function Traceback(props: ITracebackProps): JSX.Element {
  const { record, trans } = props;
  const tree = React.useMemo(() => exceptionTree(record), [record]);
  return (
    <div className="jp-DsinfraError-traceback">
      {tree.notes.length > 0 && <Notes {...props} notes={tree.notes} />}
      {tree.frames.length > 0 ? (
        <Frames {...props} frames={tree.frames} />
      ) : (
        <p className="jp-DsinfraError-quiet">{noFrames(record, trans)}</p>
      )}
      {record.frames_omitted > 0 && (
        <p className="jp-DsinfraError-quiet">
          {trans._n(
            '%1 call in the middle of the stack was left out.',
            '%1 calls in the middle of the stack were left out.',
            record.frames_omitted
          )}
        </p>
      )}
      <Children {...props} nodes={tree.children} />
    </div>
  );
}

/** Why there are no frames to show. */
function noFrames(record: IErrorRecord, trans: TranslationBundle): string {
  switch (record.kind) {
    case 'kernel_death':
      return trans.__(
        'The process ended at once: which call it was in is not known.'
      );
    case 'shell':
      return trans.__('A command of the shell has no calls to show.');
    default:
      return trans.__(
        'The calls that led here are not known. The outputs of the run have what the kernel printed.'
      );
  }
}

function Children(
  props: ITracebackProps & { nodes: readonly IExceptionNode[] }
): JSX.Element | null {
  const { nodes } = props;
  return nodes.length === 0 ? null : (
    <ul className="jp-DsinfraError-chain">
      {nodes.map((node, index) => (
        <li key={index}>
          <Linked {...props} node={node} />
        </li>
      ))}
    </ul>
  );
}

/** An exception behind or below another one; its calls are folded. */
function Linked(
  props: ITracebackProps & { node: IExceptionNode }
): JSX.Element {
  const { node } = props;
  const [isOpen, setOpen] = React.useState(false);
  return (
    <>
      {node.frames.length === 0 ? (
        <LinkedTitle {...props} />
      ) : (
        <details onToggle={event => setOpen(event.currentTarget.open)}>
          <summary>
            <LinkedTitle {...props} />
          </summary>
          {isOpen && <Frames {...props} frames={node.frames} />}
        </details>
      )}
      {node.notes.length > 0 && <Notes {...props} notes={node.notes} />}
      <Children {...props} nodes={node.children} />
    </>
  );
}

function LinkedTitle(props: {
  node: IExceptionNode;
  trans: TranslationBundle;
}): JSX.Element {
  const { node, trans } = props;
  return (
    <>
      <span className="jp-DsinfraError-quiet">
        {node.relation && relationLabel(node.relation, trans)}
      </span>{' '}
      <strong className="jp-DsinfraError-class">{node.ename}</strong>
      {node.evalue !== '' && (
        <span className="jp-DsinfraError-chainMessage">
          {folded(
            node.evalue,
            CHAIN_MESSAGE_MAX_CHARS,
            CHAIN_MESSAGE_MAX_LINES
          )}
        </span>
      )}
    </>
  );
}

function Notes(
  props: ITracebackProps & { notes: readonly string[] }
): JSX.Element {
  return (
    <ul
      className="jp-DsinfraError-notes"
      aria-label={props.trans.__('Notes of the exception')}
    >
      {props.notes.map((note, index) => (
        <li key={index}>{note}</li>
      ))}
    </ul>
  );
}

/** The calls of one exception, the last of which failed. */
function Frames(
  props: ITracebackProps & { frames: readonly IFrame[] }
): JSX.Element {
  const { frames, record, trans } = props;
  const groups = React.useMemo(() => groupFrames(frames), [frames]);
  const first = firstFrame(frames);
  const [selected, select] = React.useState(first);
  const [isWhole, setWhole] = React.useState(false);
  React.useEffect(() => {
    select(first);
    setWhole(false);
  }, [record.id, frames]);
  // All of it library code: the place of the failure is in there.
  const isAllLibrary = frames.every(frame => frame.kind === 'library');
  const hidden = isWhole ? 0 : groups.length - HEAD_GROUPS - TAIL_GROUPS;
  const isCut = hidden > 1;
  return (
    <ol
      className="jp-DsinfraError-frames"
      aria-label={trans.__('Calls, the last one failed')}
    >
      {groups.map((group, position) => {
        const tail = groups.length - position;
        if (isCut && position >= HEAD_GROUPS && tail > TAIL_GROUPS) {
          return position > HEAD_GROUPS ? null : (
            <li key="hidden">
              <button
                type="button"
                className="jp-DsinfraError-fold"
                onClick={() => setWhole(true)}
              >
                <Caret isOpen={false} />
                {trans.__('Show %1 more calls', hidden)}
              </button>
            </li>
          );
        }
        return (
          <li key={group.index}>
            {group.kind === 'own' ? (
              <FrameItem
                {...props}
                frame={group.frame}
                index={group.index}
                select={select}
                selected={selected}
              />
            ) : (
              <Folded
                {...props}
                group={group}
                isOpen={isAllLibrary && group.frames.length <= 3}
                select={select}
                selected={selected}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}

interface ISelection {
  select: (index: number) => void;
  selected: number;
}

/** A row of calls within libraries. */
function Folded(
  props: ITracebackProps &
    ISelection & {
      group: Extract<IFrameGroup, { kind: 'library' }>;
      isOpen: boolean;
    }
): JSX.Element {
  const { group, trans } = props;
  const [isOpen, setOpen] = React.useState(props.isOpen);
  return (
    <>
      <button
        type="button"
        className="jp-DsinfraError-fold"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Caret isOpen={isOpen} />
        {foldLabel(group.frames.length, group.packages, trans)}
      </button>
      {isOpen && (
        <ol className="jp-DsinfraError-frames">
          {group.frames.map((frame, index) => (
            <li key={index}>
              <FrameItem {...props} frame={frame} index={group.index + index} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** Return what is said of folded frames: "12 frames in pandas and numpy". */
export function foldLabel(
  count: number,
  packages: readonly string[],
  trans: TranslationBundle
): string {
  const frames = trans._n('%1 frame', '%1 frames', count);
  const [first, second] = packages;
  if (first === undefined) {
    return trans.__('%1 in libraries', frames);
  }
  if (second === undefined) {
    return trans.__('%1 in %2', frames, first);
  }
  return packages.length === 2
    ? trans.__('%1 in %2 and %3', frames, first, second)
    : trans.__('%1 in %2 and %3 more', frames, first, packages.length - 1);
}

/** One call: where, what ran, and what its names stood for. */
function FrameItem(
  props: ITracebackProps & ISelection & { frame: IFrame; index: number }
): JSX.Element {
  const { actions, frame, index, record, select, selected, trans } = props;
  const lines = sourceLines(frame);
  const isOpen = selected === index && frame.variables.length > 0;
  const tableId = `${React.useId()}-variables`;
  return (
    <div className="jp-DsinfraError-frame" data-kind={frame.kind}>
      <div className="jp-DsinfraError-frameHead">
        <button
          type="button"
          className="jp-DsinfraError-link"
          title={frame.file}
          onClick={() => actions.openFrame(frame, record)}
        >
          {frameLabel(frame, { cellId: record.cell_id, trans })}
        </button>
        {frame.function !== '' && frame.function !== '<module>' && (
          <code>{frame.function}()</code>
        )}
        {frame.repeated > 0 && (
          <span className="jp-DsinfraError-quiet">
            {trans._n('and %1 more time', 'and %1 more times', frame.repeated)}
          </span>
        )}
        {frame.variables.length > 0 && (
          <button
            type="button"
            className="jp-DsinfraError-fold jp-mod-end"
            aria-controls={tableId}
            aria-expanded={isOpen}
            onClick={() => select(isOpen ? -1 : index)}
          >
            <Caret isOpen={isOpen} />
            {trans._n('%1 variable', '%1 variables', frame.variables.length)}
          </button>
        )}
      </div>
      {lines.length > 0 && <Source lines={lines} />}
      <div id={tableId}>
        {isOpen && (
          <table
            className="jp-DsinfraError-table"
            aria-label={trans.__('Variables when it failed')}
          >
            <tbody>
              {frame.variables.map(variable => (
                <tr key={variable.name}>
                  <th scope="row">{variable.name}</th>
                  <td>{variable.type}</td>
                  <td>{variable.summary}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </div>
  );
}

function Source(props: { lines: readonly ISourceLine[] }): JSX.Element {
  return (
    <pre className="jp-DsinfraError-source">
      {props.lines.map((line, index) => (
        <span key={index} data-current={line.isCurrent || undefined}>
          <span className="jp-DsinfraError-lineNumber" aria-hidden>
            {line.number ?? ''}
          </span>
          <Marked line={line} />
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function Marked(props: { line: ISourceLine }): JSX.Element {
  const { mark, text } = props.line;
  return mark === null ? (
    <span>{text}</span>
  ) : (
    <span>
      {text.slice(0, mark[0])}
      <mark>{text.slice(...mark)}</mark>
      {text.slice(mark[1])}
    </span>
  );
}

function Caret(props: { isOpen: boolean }): JSX.Element {
  return (
    <svg
      className="jp-DsinfraError-caret"
      data-open={props.isOpen || undefined}
      viewBox="0 0 16 16"
      width="12"
      height="12"
      aria-hidden
    >
      <path d="m6 3 5 5-5 5" />
    </svg>
  );
}
