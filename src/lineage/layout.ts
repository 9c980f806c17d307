import type {
  IDataItem,
  ILineage,
  ILineageEdge,
  ILineageNode
} from '../api/types';

/** Sizes in pixels. */
export const NODE_WIDTH = 216;
export const NODE_HEIGHT = 46;
const COLUMN_GAP = 20;
const ROW_GAP = 44;
const MARGIN = 8;

/** More nodes than these make a list easier to read than a graph. */
export const GRAPH_NODES_MAX = 40;

/** A node where it is drawn. */
interface IPlace {
  readonly x: number;
  readonly y: number;
}

/** A cell version in the graph. */
export interface IRunBox extends IPlace {
  readonly node: ILineageNode;
}

/** Data in the graph; drawn once, however many runs read it. */
export interface IDataBox extends IPlace {
  readonly item: IDataItem;
  readonly runIds: readonly string[];
}

/** A line of the graph, from above to below. */
export interface ILink {
  readonly from: IPlace;
  readonly to: IPlace;
  readonly names: readonly string[];
  /** Runs at its ends; data has none. */
  readonly runIds: readonly string[];
}

/** A lineage laid out. */
export interface IGraph {
  readonly runs: readonly IRunBox[];
  readonly data: readonly IDataBox[];
  readonly links: readonly ILink[];
  readonly width: number;
  readonly height: number;
}

/**
 * Lay out a lineage from top to bottom: what a run read stands above it.
 *
 * Within a row, runs stand in the order they ran. An edge leads from an earlier run
 * to a later one, so that there are no circles.
 */
export function layOut(lineage: ILineage): IGraph {
  const data = mergedData(lineage);
  const rows = rowsOf(lineage, data);
  const columns = Math.max(...rows.map(row => row.length), 1);
  const width = MARGIN * 2 + columns * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP;
  const places = new Map<ILineageNode | IDataItem, IPlace>();
  rows.forEach((row, level) => {
    const rowWidth = row.length * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP;
    row.forEach((box, column) => {
      places.set(box, {
        x: (width - rowWidth) / 2 + column * (NODE_WIDTH + COLUMN_GAP),
        y: MARGIN + level * (NODE_HEIGHT + ROW_GAP)
      });
    });
  });
  const placeOf = (box: ILineageNode | IDataItem): IPlace =>
    places.get(box) ?? { x: 0, y: 0 };
  return {
    runs: lineage.nodes.map(node => ({ node, ...placeOf(node) })),
    data: data.map(({ item, runIds }) => ({ item, runIds, ...placeOf(item) })),
    links: [
      ...lineage.edges.flatMap(edge => linkOf(edge, lineage, placeOf)),
      ...data.flatMap(({ item, runIds }) =>
        lineage.nodes
          .filter(node => runIds.includes(node.run_id))
          .map(node => ({
            from: bottomOf(placeOf(item)),
            to: topOf(placeOf(node)),
            names: [],
            runIds: [node.run_id]
          }))
      )
    ],
    width,
    height: MARGIN * 2 + rows.length * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
  };
}

/** The path of a link: it leaves and arrives upright. */
export function pathOf({ from, to }: ILink): string {
  const bend = Math.max(16, (to.y - from.y) / 2);
  return `M${from.x} ${from.y}C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`;
}

interface IData {
  readonly item: IDataItem;
  readonly runIds: readonly string[];
}

/** Data by its kind, name and content: a file that changed in between is two. */
function mergedData(lineage: ILineage): IData[] {
  const merged = new Map<string, { item: IDataItem; runIds: string[] }>();
  for (const { item, run_id: runId } of lineage.data) {
    const key = JSON.stringify([item.kind, item.name, item.digest]);
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { item, runIds: [runId] });
    } else if (!known.runIds.includes(runId)) {
      known.runIds.push(runId);
    }
  }
  return [...merged.values()];
}

/** Runs and data by row, from top to bottom. */
function rowsOf(
  lineage: ILineage,
  data: readonly IData[]
): (ILineageNode | IDataItem)[][] {
  const levels = levelsOf(lineage, data);
  const rows: (ILineageNode | IDataItem)[][] = [];
  const add = (level: number, box: ILineageNode | IDataItem): void => {
    while (rows.length <= level) {
      rows.push([]);
    }
    rows[level].push(box);
  };
  for (const node of lineage.nodes) {
    add(levels.get(node.run_id) ?? 0, node);
  }
  for (const { item, runIds } of data) {
    const below = Math.min(...runIds.map(id => levels.get(id) ?? 1));
    add(Math.max(0, below - 1), item);
  }
  return rows.filter(row => row.length > 0);
}

/** How far below the top each run stands: below all that it read. */
function levelsOf(
  lineage: ILineage,
  data: readonly IData[]
): Map<string, number> {
  const readers = new Set(data.flatMap(({ runIds }) => runIds));
  const levels = new Map<string, number>();
  // Nodes come in the order they ran, so that what a run read has its level already.
  for (const { run_id: id } of lineage.nodes) {
    const above = lineage.edges
      .filter(edge => edge.to_run_id === id)
      .map(edge => levels.get(edge.from_run_id) ?? -1);
    levels.set(id, Math.max(readers.has(id) ? 1 : 0, ...above.map(l => l + 1)));
  }
  return levels;
}

function linkOf(
  edge: ILineageEdge,
  lineage: ILineage,
  placeOf: (node: ILineageNode) => IPlace
): ILink[] {
  const find = (id: string): ILineageNode | undefined =>
    lineage.nodes.find(node => node.run_id === id);
  const from = find(edge.from_run_id);
  const to = find(edge.to_run_id);
  return from && to && from !== to
    ? [
        {
          from: bottomOf(placeOf(from)),
          to: topOf(placeOf(to)),
          names: edge.names,
          runIds: [from.run_id, to.run_id]
        }
      ]
    : [];
}

function topOf({ x, y }: IPlace): IPlace {
  return { x: x + NODE_WIDTH / 2, y };
}

function bottomOf({ x, y }: IPlace): IPlace {
  return { x: x + NODE_WIDTH / 2, y: y + NODE_HEIGHT };
}
