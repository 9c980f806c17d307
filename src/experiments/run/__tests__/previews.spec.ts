import type { IArtifact } from '../../../api/types';
import {
  foldersOf,
  imageType,
  indented,
  previewKind,
  tableHead
} from '../previews';

function artifactOf(name: string, mediaType = ''): IArtifact {
  return {
    id: name,
    run_id: 'r1',
    name,
    media_type: mediaType,
    size_bytes: 1,
    digest: 'sha256:0',
    created_at: '2026-11-22T10:00:00.000Z'
  };
}

describe('previewKind', () => {
  it.each([
    ['plot.png', '', 'image'],
    ['plot', 'image/jpeg', 'image'],
    ['drawing.SVG', '', 'image'],
    ['table.csv', 'text/csv; charset=utf-8', 'table'],
    ['conf.json', 'application/json', 'json'],
    ['page.html', 'text/html', 'text'],
    ['model.pt', 'application/octet-stream', 'none'],
    ['noextension', '', 'none']
  ])('shows %s (%s) as %s', (name, mediaType, kind) => {
    expect(previewKind(artifactOf(name, mediaType))).toBe(kind);
  });

  it('gives pictures a type that an img takes, and nothing else one', () => {
    expect(imageType(artifactOf('a.svg', 'text/html'))).toBe('image/svg+xml');
    expect(imageType(artifactOf('a.html', 'text/html'))).toBeNull();
  });
});

describe('tableHead', () => {
  it('reads quotes, line ends in cells and both kinds of line ends', () => {
    expect(tableHead('a,b\r\n"x, ""y""","1\n2"\r\n', true)).toEqual([
      ['a', 'b'],
      ['x, "y"', '1\n2']
    ]);
  });

  it('keeps a last line without an end, but not one that was cut', () => {
    expect(tableHead('a;b\n1;2', true)).toEqual([
      ['a', 'b'],
      ['1', '2']
    ]);
    expect(tableHead('a;b\n1;2', false)).toEqual([['a', 'b']]);
  });

  it('shows the beginning of what is long and wide', () => {
    const row = Array.from({ length: 500 }, (_, i) => i).join(',');
    const rows = tableHead(`${row}\n`.repeat(500), true);

    expect(rows).toHaveLength(50);
    expect(rows[0]).toHaveLength(50);
  });
});

describe('indented', () => {
  it('leaves alone what is not JSON', () => {
    expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(indented('{"a":')).toBe('{"a":');
  });
});

describe('foldersOf', () => {
  it('makes folders of names with slashes', () => {
    const root = foldersOf(
      ['top.txt', 'a/b/deep.txt', 'a/near.txt', '/a//odd.txt'].map(name =>
        artifactOf(name)
      )
    );

    expect(root.artifacts.map(({ name }) => name)).toEqual(['top.txt']);
    expect(root.folders.map(({ name }) => name)).toEqual(['a']);
    expect(root.folders[0].artifacts.map(({ name }) => name)).toEqual([
      'a/near.txt',
      '/a//odd.txt'
    ]);
    expect(root.folders[0].folders[0].artifacts[0].name).toBe('a/b/deep.txt');
  });
});
