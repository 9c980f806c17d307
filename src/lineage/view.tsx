import type { TranslationBundle } from '@jupyterlab/translation';
import { fileIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IDataItem, ILineage, ILineageNode } from '../api/types';
import { flagLabel, flagText } from '../ui/flags';
import { formatBytes } from '../ui/format';
import { NoticeBar } from '../ui/notice';
import { StatusIcon } from '../ui/status';
import type { IGraph, ILink } from './layout';
import {
  GRAPH_NODES_MAX,
  NODE_HEIGHT,
  NODE_WIDTH,
  labelOf,
  layOut,
  pathOf
} from './layout';

/** Longest list of names in a label of the graph. */
const NAMES_MAX_CHARS = 40;

/** What a lineage is shown with. */
export interface ILineageProps {
  lineage: ILineage;
  open: (runId: string) => void;
  trans: TranslationBundle;
}

/** Which cell versions and data a result came from. */
export function LineageSection(props: ILineageProps): JSX.Element {
  const { lineage, trans } = props;
  const boxes =
    lineage.nodes.length +
    new Set(lineage.data.map(({ item }) => item.name)).size;
  return (
    <div className="jp-DsinfraLineage">
      <p className="jp-DsinfraLineage-summary">{lineage.summary}</p>
      {lineage.gaps.length > 0 && (
        <NoticeBar level="warning">
          <strong>{trans.__('Not all of it is known')}</strong>
          <ul className="jp-DsinfraRun-reasons">
            {lineage.gaps.map(gap => (
              <li key={gap}>{gap}</li>
            ))}
          </ul>
        </NoticeBar>
      )}
      {boxes > GRAPH_NODES_MAX ? (
        <LineageList {...props} />
      ) : (
        <LineageGraph {...props} />
      )}
    </div>
  );
}

/** The graph: lines as SVG, nodes as buttons above it. */
function LineageGraph(props: ILineageProps): JSX.Element {
  const { lineage, open, trans } = props;
  const graph = React.useMemo(() => layOut(lineage), [lineage]);
  const [active, setActive] = React.useState<string | null>(null);
  const target = lineage.nodes.find(node => node.is_target);
  const [current, setCurrent] = React.useState(target?.run_id ?? '');
  const host = React.useRef<HTMLDivElement>(null);
  const move = (event: React.KeyboardEvent): void => {
    const next = neighbour(lineage, current, event.key);
    if (next !== null) {
      event.preventDefault();
      event.stopPropagation();
      setCurrent(next);
      host.current
        ?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)
        ?.focus();
    }
  };
  return (
    <div className="jp-DsinfraLineage-scroll">
      <div
        ref={host}
        className="jp-DsinfraLineage-graph"
        role="group"
        aria-label={trans.__('Where the result came from')}
        style={{ height: graph.height, width: graph.width }}
        onKeyDown={move}
      >
        <Links graph={graph} active={active} />
        {graph.data.map(({ item, x, y }) => (
          <DataNode
            key={`${item.kind} ${item.name} ${item.digest}`}
            item={item}
            style={{ left: x, top: y, width: NODE_WIDTH, height: NODE_HEIGHT }}
            trans={trans}
          />
        ))}
        {graph.runs.map(({ node, x, y }) => (
          <button
            key={node.run_id}
            aria-label={describeNode(node, lineage, trans)}
            className="jp-DsinfraLineage-node"
            data-node={node.run_id}
            data-target={node.is_target}
            style={{ left: x, top: y, width: NODE_WIDTH, height: NODE_HEIGHT }}
            tabIndex={node.run_id === current ? 0 : -1}
            title={tooltipOf(node, trans)}
            onBlur={() => setActive(null)}
            onClick={() => open(node.run_id)}
            onFocus={() => {
              setActive(node.run_id);
              setCurrent(node.run_id);
            }}
            onMouseEnter={() => setActive(node.run_id)}
            onMouseLeave={() => setActive(null)}
          >
            <NodeContent node={node} trans={trans} />
          </button>
        ))}
        <LinkLabels graph={graph} active={active} />
      </div>
    </div>
  );
}

/** Return the run that an arrow leads to, in the order of execution. */
function neighbour(
  lineage: ILineage,
  current: string,
  key: string
): string | null {
  const step =
    key === 'ArrowUp' || key === 'ArrowLeft'
      ? -1
      : key === 'ArrowDown' || key === 'ArrowRight'
        ? 1
        : 0;
  const from = lineage.nodes.findIndex(node => node.run_id === current);
  const next = lineage.nodes[from + step];
  return step === 0 || next === undefined ? null : next.run_id;
}

function Links(props: { graph: IGraph; active: string | null }): JSX.Element {
  const { active, graph } = props;
  return (
    <svg width={graph.width} height={graph.height} aria-hidden="true">
      <defs>
        <marker
          id="jp-dsinfra-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0.5 8 4 0 7.5Z" />
        </marker>
      </defs>
      {graph.links.map((link, index) => (
        <path
          key={index}
          className="jp-DsinfraLineage-link"
          d={pathOf(link)}
          data-active={isActive(link, active)}
          markerEnd="url(#jp-dsinfra-arrow)"
        >
          <title>{link.names.join(', ')}</title>
        </path>
      ))}
    </svg>
  );
}

/** The names that go along the lines of the node that is looked at. */
function LinkLabels(props: {
  graph: IGraph;
  active: string | null;
}): JSX.Element {
  const { active, graph } = props;
  return (
    <>
      {graph.links
        .filter(link => link.names.length > 0 && isActive(link, active))
        .map((link, index) => {
          const { x, y } = labelOf(link, active ?? '');
          return (
            <span
              key={index}
              className="jp-DsinfraLineage-names"
              style={{ left: x, top: y }}
              aria-hidden
            >
              {shortNames(link.names)}
            </span>
          );
        })}
    </>
  );
}

function isActive(link: ILink, active: string | null): boolean {
  return active !== null && link.runIds.includes(active);
}

function shortNames(names: readonly string[]): string {
  const text = names.join(', ');
  return text.length > NAMES_MAX_CHARS
    ? `${text.slice(0, NAMES_MAX_CHARS - 1)}…`
    : text;
}

function NodeContent(props: {
  node: ILineageNode;
  trans: TranslationBundle;
}): JSX.Element {
  const { node, trans } = props;
  return (
    <>
      <StatusIcon status={node.status} trans={trans} />
      <span className="jp-DsinfraLineage-count">
        {countOf(node.execution_count)}
      </span>
      <span className="jp-DsinfraLineage-line">
        {node.code_line || trans.__('Code not recorded')}
      </span>
      {node.flags.length > 0 && <FlagIcon />}
    </>
  );
}

function countOf(count: number | null): string {
  return count === null ? '' : `[${count}]`;
}

/** A flag: something about the run is doubtful. */
function FlagIcon(): JSX.Element {
  return (
    <svg
      className="jp-DsinfraLineage-flag"
      viewBox="0 0 16 16"
      width="14"
      height="14"
      aria-hidden="true"
    >
      <path d="M3.5 14.5V2M3.5 2.5h8.5l-2 3 2 3H3.5" />
    </svg>
  );
}

/** A file, or other data, in the shape of a document. */
function DataNode(props: {
  item: IDataItem;
  style: React.CSSProperties;
  trans: TranslationBundle;
}): JSX.Element {
  const { item, style } = props;
  const size = item.size_bytes === null ? '' : formatBytes(item.size_bytes);
  const title = [item.name, size, item.digest ?? ''].filter(Boolean).join('\n');
  return (
    <div
      className="jp-DsinfraLineage-data"
      role="img"
      aria-label={`${item.name} ${size}`}
      style={style}
      title={title}
    >
      <fileIcon.react tag="span" />
      <span className="jp-DsinfraLineage-line">{lastPart(item.name)}</span>
      <span className="jp-DsinfraLineage-size">{size}</span>
    </div>
  );
}

/** The last part of a path or address. */
function lastPart(name: string): string {
  return name.split(/[\\/]/).filter(Boolean).pop() ?? name;
}

function tooltipOf(node: ILineageNode, trans: TranslationBundle): string {
  return [
    node.code_line,
    ...node.flags.map(
      flag => `${flagLabel(flag, trans)}: ${flagText(flag, trans)}`
    )
  ].join('\n');
}

/** Return what a node is and what it read, in words. */
function describeNode(
  node: ILineageNode,
  lineage: ILineage,
  trans: TranslationBundle
): string {
  const sources = lineage.edges
    .filter(edge => edge.to_run_id === node.run_id)
    .map(edge => {
      const from = lineage.nodes.find(
        other => other.run_id === edge.from_run_id
      );
      return trans.__(
        'reads %1 from %2',
        edge.names.join(', '),
        countOf(from?.execution_count ?? null) || (from?.code_line ?? '')
      );
    });
  const data = lineage.data
    .filter(({ run_id: id }) => id === node.run_id)
    .map(({ item }) => trans.__('reads the data %1', lastPart(item.name)));
  const flags = node.flags.map(flag => flagText(flag, trans));
  return [
    `${countOf(node.execution_count)} ${node.code_line}`.trim(),
    ...(node.is_target ? [trans.__('this run')] : []),
    ...sources,
    ...data,
    ...flags
  ].join('; ');
}

/** The same as a list, where a graph would be too large to read. */
function LineageList(props: ILineageProps): JSX.Element {
  const { lineage, open, trans } = props;
  return (
    <ol
      className="jp-DsinfraLineage-list"
      aria-label={trans.__('Where the result came from')}
    >
      {lineage.nodes.map(node => (
        <li key={node.run_id} data-target={node.is_target}>
          <button
            className="jp-DsinfraLineage-row"
            title={tooltipOf(node, trans)}
            onClick={() => open(node.run_id)}
          >
            <NodeContent node={node} trans={trans} />
          </button>
          <Origins node={node} lineage={lineage} trans={trans} />
        </li>
      ))}
    </ol>
  );
}

/** What a run of the list read, and from where. */
function Origins(props: {
  node: ILineageNode;
  lineage: ILineage;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { lineage, node, trans } = props;
  const names = lineage.edges
    .filter(edge => edge.to_run_id === node.run_id)
    .map(edge => {
      const from = lineage.nodes.find(
        other => other.run_id === edge.from_run_id
      );
      return trans.__(
        '%1 from %2',
        shortNames(edge.names),
        countOf(from?.execution_count ?? null) || (from?.code_line ?? '')
      );
    });
  const data = lineage.data
    .filter(({ run_id: id }) => id === node.run_id)
    .map(({ item }) => lastPart(item.name));
  const read = [...names, ...data];
  return read.length === 0 ? null : (
    <span className="jp-DsinfraLineage-origins">{read.join(' · ')}</span>
  );
}
