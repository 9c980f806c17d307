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
const ROW_GAP = 48;
const MARGIN = 8;

/** Room that a line takes which passes a row. */
const PASS_WIDTH = 12;

/** How often rows are sorted anew by what they are linked to. */
const SWEEPS = 8;

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
}

/** A line of the graph, from above to below; it passes other boxes at the side. */
export interface ILink {
  readonly points: readonly IPlace[];
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

/** A box while it is being laid out: a run, data, or the place where a line passes. */
interface IBox {
  level: number;
  x: number;
  readonly width: number;
  readonly above: IBox[];
  readonly below: IBox[];
}

/** A line and the boxes it leads through, its ends included. */
interface IChain {
  readonly boxes: IBox[];
  readonly names: readonly string[];
  readonly runIds: readonly string[];
}

/**
 * Lay out a lineage from top to bottom: what a run read stands above it.
 *
 * Within a row, boxes stand near what they are linked to, else in the order they ran.
 * An edge leads from an earlier run to a later one, so that there are no circles.
 */
export function layOut(lineage: ILineage): IGraph {
  const runs = new Map(
    lineage.nodes.map(node => [node.run_id, makeBox(NODE_WIDTH)])
  );
  const data = mergedData(lineage).map(({ item, runIds }) => ({
    item,
    runIds,
    box: makeBox(NODE_WIDTH)
  }));
  const edges = [
    ...data.flatMap(({ box, runIds }) =>
      runIds.flatMap(id => edgeOf(box, runs.get(id), [], [id]))
    ),
    ...lineage.edges.flatMap((edge: ILineageEdge) =>
      edgeOf(runs.get(edge.from_run_id), runs.get(edge.to_run_id), edge.names, [
        edge.from_run_id,
        edge.to_run_id
      ])
    )
  ];
  const boxes = [...data.map(({ box }) => box), ...runs.values()];
  setLevels(boxes, edges);
  const { chains, passes } = route(edges);
  const rows = arrange([...boxes, ...passes]);
  const width = MARGIN * 2 + Math.max(...rows.map(widthOf), 0);
  place(rows, width);
  return {
    runs: lineage.nodes.map(node => ({
      node,
      ...placeOf(runs.get(node.run_id))
    })),
    data: data.map(({ box, item }) => ({ item, ...placeOf(box) })),
    links: chains.map(linkOf),
    width,
    height: MARGIN * 2 + rows.length * (NODE_HEIGHT + ROW_GAP) - ROW_GAP
  };
}

/** The path of a link: it leaves, passes and arrives upright. */
export function pathOf(link: ILink): string {
  const [first, ...rest] = link.points;
  let from = first;
  return rest.reduce((path, to) => {
    const bend = (to.y - from.y) / 2;
    const piece =
      from.x === to.x
        ? `V${to.y}`
        : `C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`;
    from = to;
    return path + piece;
  }, `M${first.x} ${first.y}`);
}

/**
 * Where the names of a link stand: far from the run that is looked at, since all the
 * lines of that one come together there.
 */
export function labelOf(link: ILink, active: string): IPlace {
  const isAtEnd = link.runIds[link.runIds.length - 1] === active;
  const [from, to] = isAtEnd ? link.points : link.points.slice(-2);
  const share = isAtEnd ? 0.3 : 0.7;
  return {
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share
  };
}

function makeBox(width: number): IBox {
  return { level: 0, x: 0, width, above: [], below: [] };
}

interface IEdge {
  readonly from: IBox;
  readonly to: IBox;
  readonly names: readonly string[];
  readonly runIds: readonly string[];
}

function edgeOf(
  from: IBox | undefined,
  to: IBox | undefined,
  names: readonly string[],
  runIds: readonly string[]
): IEdge[] {
  return from && to && from !== to ? [{ from, to, names, runIds }] : [];
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

/**
 * Say how far below the top each box stands: below all that it read, and right above
 * the first that reads it, so that lines are short.
 *
 * @param boxes - In the order they ran, so that what a box read comes before it.
 */
function setLevels(boxes: readonly IBox[], edges: readonly IEdge[]): void {
  for (const box of boxes) {
    const above = edges.filter(({ to }) => to === box);
    box.level = Math.max(0, ...above.map(({ from }) => from.level + 1));
  }
  for (const box of [...boxes].reverse()) {
    const below = edges.filter(({ from }) => from === box);
    if (below.length > 0) {
      box.level = Math.min(...below.map(({ to }) => to.level)) - 1;
    }
  }
}

/** Lead each edge through every row between its ends. */
function route(edges: readonly IEdge[]): { chains: IChain[]; passes: IBox[] } {
  const passes: IBox[] = [];
  const chains = edges.map(({ from, to, names, runIds }) => {
    const boxes = [from];
    for (let level = from.level + 1; level < to.level; level++) {
      const pass = { ...makeBox(PASS_WIDTH), level };
      passes.push(pass);
      boxes.push(pass);
    }
    boxes.push(to);
    boxes.slice(1).forEach((box, index) => {
      box.above.push(boxes[index]);
      boxes[index].below.push(box);
    });
    return { boxes, names, runIds };
  });
  return { chains, passes };
}

/** Put boxes into rows, each row in an order that lets few lines cross. */
function arrange(boxes: readonly IBox[]): IBox[][] {
  const count = Math.max(0, ...boxes.map(({ level }) => level)) + 1;
  const rows = Array.from({ length: count }, (_, level) =>
    boxes.filter(box => box.level === level)
  );
  rows.forEach(row => row.forEach((box, index) => (box.x = index)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows : [...rows].reverse()) {
      const wanted = new Map(
        row.map(box => [box, mean(isDown ? box.above : box.below, box.x)])
      );
      row.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      row.forEach((box, index) => (box.x = index));
    }
  }
  return rows;
}

function mean(boxes: readonly IBox[], otherwise: number): number {
  return boxes.length === 0
    ? otherwise
    : boxes.reduce((sum, { x }) => sum + x, 0) / boxes.length;
}

function widthOf(row: readonly IBox[]): number {
  return row.reduce((sum, { width }) => sum + width + COLUMN_GAP, -COLUMN_GAP);
}

/** Set the left edge of each box: rows stand in the middle. */
function place(rows: readonly IBox[][], width: number): void {
  for (const row of rows) {
    let x = (width - widthOf(row)) / 2;
    for (const box of row) {
      box.x = x;
      x += box.width + COLUMN_GAP;
    }
  }
}

function placeOf(box: IBox | undefined): IPlace {
  const { level, x } = box ?? { level: 0, x: 0 };
  return { x, y: MARGIN + level * (NODE_HEIGHT + ROW_GAP) };
}

/** A line from the lower side of its first box to the upper side of its last. */
function linkOf({ boxes, names, runIds }: IChain): ILink {
  const points = boxes.flatMap((box, index) => {
    const { x, y } = placeOf(box);
    const middle = x + box.width / 2;
    const upper = { x: middle, y };
    const lower = { x: middle, y: y + NODE_HEIGHT };
    return index === 0
      ? [lower]
      : index === boxes.length - 1
        ? [upper]
        : [upper, lower];
  });
  return { points, names, runIds };
}
