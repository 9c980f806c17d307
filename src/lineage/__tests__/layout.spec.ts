import type { ILineage, ILineageData, ILineageNode } from '../../api/types';
import type { IGraph, ILink } from '../layout';
import { NODE_HEIGHT, NODE_WIDTH, layOut, pathOf } from '../layout';

function nodeOf(id: string, isTarget = false): ILineageNode {
  return {
    run_id: id,
    cell_id: id,
    execution_count: 1,
    status: 'ok',
    queued_at: '2026-11-22T10:00:00.000Z',
    code_line: `${id} = 1`,
    flags: [],
    is_target: isTarget
  };
}

function readOf(runId: string, name: string, digest = 'a'): ILineageData {
  return {
    run_id: runId,
    item: {
      kind: 'file',
      name,
      mode: 'read',
      size_bytes: 1,
      digest,
      modified_at: null,
      collector: 'audit'
    }
  };
}

/** Return a lineage from edges such as `a>b`, nodes in the order they ran. */
function lineageOf(
  nodes: string,
  edges: string[],
  data: ILineageData[] = []
): ILineage {
  const ids = nodes.split(' ');
  return {
    nodes: ids.map((id, index) => nodeOf(id, index === ids.length - 1)),
    edges: edges.map(edge => {
      const [from, to] = edge.split('>');
      return { from_run_id: from, to_run_id: to, names: [from] };
    }),
    data,
    flags: [],
    is_complete: true,
    gaps: [],
    summary: ''
  };
}

function rowOf(graph: IGraph, id: string): number {
  return graph.runs.find(({ node }) => node.run_id === id)?.y ?? NaN;
}

/** Whether a link goes through a box that is not one of its ends. */
function isHit(link: ILink, box: { x: number; y: number }): boolean {
  return link.points.some(
    ({ x, y }) =>
      x > box.x &&
      x < box.x + NODE_WIDTH &&
      y > box.y &&
      y < box.y + NODE_HEIGHT
  );
}

describe('layOut', () => {
  it('stands what was read above what read it', () => {
    const graph = layOut(lineageOf('a b c', ['a>b', 'b>c', 'a>c']));

    expect(rowOf(graph, 'a')).toBeLessThan(rowOf(graph, 'b'));
    expect(rowOf(graph, 'b')).toBeLessThan(rowOf(graph, 'c'));
  });

  it('stands sources right above what needs them first', () => {
    const graph = layOut(lineageOf('a b x c', ['a>b', 'b>c', 'x>c']));

    expect(rowOf(graph, 'x')).toBe(rowOf(graph, 'b'));
  });

  it('leads long lines past the boxes between', () => {
    const graph = layOut(
      lineageOf('a b c d', ['a>b', 'b>c', 'c>d', 'a>d', 'a>c', 'b>d'])
    );
    const long = graph.links.filter(({ points }) => points.length > 2);

    expect(long).toHaveLength(3);
    for (const link of long) {
      expect(graph.runs.some(box => isHit(link, box))).toBe(false);
    }
  });

  it('lets no boxes overlap', () => {
    const graph = layOut(
      lineageOf(
        'a b c d e f',
        ['a>d', 'b>d', 'c>e', 'd>f', 'e>f', 'a>f'],
        [readOf('a', '/x'), readOf('b', '/x'), readOf('c', '/y')]
      )
    );
    const boxes = [...graph.runs, ...graph.data];
    const clashes = boxes.filter((box, index) =>
      boxes
        .slice(0, index)
        .some(
          other => other.y === box.y && Math.abs(other.x - box.x) < NODE_WIDTH
        )
    );

    expect(clashes).toEqual([]);
    expect(
      boxes.every(({ x }) => x >= 0 && x + NODE_WIDTH <= graph.width)
    ).toBe(true);
  });

  it('draws a file once, but twice if it changed in between', () => {
    const graph = layOut(
      lineageOf(
        'a b c',
        ['a>c', 'b>c'],
        [readOf('a', '/x'), readOf('b', '/x'), readOf('c', '/x', 'changed')]
      )
    );

    expect(graph.data).toHaveLength(2);
    expect(graph.links).toHaveLength(5);
  });

  it('leaves out edges to runs that it does not have', () => {
    expect(layOut(lineageOf('a', ['gone>a', 'a>a'])).links).toEqual([]);
  });
});

describe('pathOf', () => {
  it('leaves and arrives upright', () => {
    const link = {
      names: [],
      runIds: [],
      points: [
        { x: 0, y: 0 },
        { x: 10, y: 20 },
        { x: 10, y: 40 }
      ]
    };

    expect(pathOf(link)).toBe('M0 0C0 10 10 10 10 20V40');
  });
});
