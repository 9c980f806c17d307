import type { IArtifact } from '../../api/types';

/** Bytes of a text that are read for a preview: some thousand lines. */
export const TEXT_PREVIEW_BYTES = 256_000;

/** The largest picture that is fetched for a preview, in bytes. */
export const IMAGE_PREVIEW_BYTES = 20_000_000;

/** Rows and columns of a table that a preview shows. */
const ROWS = 50;
const COLUMNS = 50;

/** How an artifact can be shown. */
export type PreviewKind = 'image' | 'table' | 'json' | 'text' | 'none';

/** Pictures that an `img` shows; it runs no script, not even that of an SVG. */
const IMAGES: Record<string, string> = {
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp'
};

const TEXTS = new Set(
  'cfg conf css diff env htm html ini ipynb js jsonl log md patch py r rst sh sql tex toml ts txt xml yaml yml'.split(
    ' '
  )
);

/** Return how an artifact can be shown, by its media type, else by its name. */
export function previewKind(artifact: IArtifact): PreviewKind {
  const type = plainType(artifact.media_type);
  const extension = extensionOf(artifact.name);
  if (imageType(artifact) !== null) {
    return 'image';
  }
  if (type === 'text/csv' || type === 'text/tab-separated-values') {
    return 'table';
  }
  if (extension === 'csv' || extension === 'tsv') {
    return 'table';
  }
  if (type === 'application/json' || extension === 'json') {
    return 'json';
  }
  return type.startsWith('text/') || TEXTS.has(extension) ? 'text' : 'none';
}

/** Return the media type under which a picture is shown; null if it is none. */
export function imageType(artifact: IArtifact): string | null {
  const type = plainType(artifact.media_type);
  return Object.values(IMAGES).includes(type)
    ? type
    : (IMAGES[extensionOf(artifact.name)] ?? null);
}

function plainType(mediaType: string): string {
  return mediaType.split(';', 1)[0].trim().toLowerCase();
}

function extensionOf(name: string): string {
  return /\.([^./]+)$/.exec(name)?.[1].toLowerCase() ?? '';
}

/** Return the first rows of a table that is written as CSV or TSV. */
export function tableHead(text: string, isWhole: boolean): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < text.length && rows.length < ROWS; i++) {
    const char = text[i];
    if (isQuoted) {
      if (char !== '"') {
        cell += char;
      } else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else {
        isQuoted = false;
      }
    } else if (char === '"' && cell === '') {
      isQuoted = true;
    } else if (char === separator || char === '\n') {
      row.push(cell);
      cell = '';
      if (char === '\n') {
        rows.push(row);
        row = [];
      }
    } else if (char !== '\r') {
      cell += char;
    }
  }
  // The last line of a piece may have been cut in the middle.
  if (isWhole && rows.length < ROWS && (cell !== '' || row.length > 0)) {
    rows.push([...row, cell]);
  }
  return rows.map(cells => cells.slice(0, COLUMNS));
}

/** Return what stands between the cells of the first line. */
function separatorOf(text: string): string {
  const line = text.split('\n', 1)[0];
  const count = (char: string): number => line.split(char).length;
  return ['\t', ';'].find(char => count(char) > count(',')) ?? ',';
}

/** Return JSON with a line for each value; as it is where it is not JSON, or cut. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Artifacts of one folder; names are parted by `/`. */
export interface IFolder {
  readonly name: string;
  readonly folders: IFolder[];
  readonly artifacts: IArtifact[];
}

/** Put artifacts into the folders that their names tell of. */
export function foldersOf(artifacts: readonly IArtifact[]): IFolder {
  const root: IFolder = { name: '', folders: [], artifacts: [] };
  for (const artifact of artifacts) {
    const parts = artifact.name.split('/').filter(part => part !== '');
    let folder = root;
    for (const part of parts.slice(0, -1)) {
      let next = folder.folders.find(({ name }) => name === part);
      if (next === undefined) {
        next = { name: part, folders: [], artifacts: [] };
        folder.folders.push(next);
      }
      folder = next;
    }
    folder.artifacts.push(artifact);
  }
  return root;
}

/** Return the last part of an artifact's name. */
export function baseName(artifact: IArtifact): string {
  return artifact.name.split('/').filter(Boolean).pop() ?? artifact.name;
}
