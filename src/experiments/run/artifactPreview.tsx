import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IArtifact } from '../../api/types';
import { formatBytes } from '../../ui/format';
import type { PreviewKind } from './previews';
import {
  IMAGE_PREVIEW_BYTES,
  TEXT_PREVIEW_BYTES,
  imageType,
  indented,
  tableHead
} from './previews';

/** An artifact that is looked at, and how its content is read. */
interface IPreviewProps {
  artifact: IArtifact;
  kind: PreviewKind;
  read: (
    artifact: IArtifact,
    maxBytes?: number,
    signal?: AbortSignal
  ) => Promise<Blob>;
  trans: TranslationBundle;
}

/** The content of an artifact as far as it can be shown: a picture, or text. */
export function ArtifactPreview(props: IPreviewProps): JSX.Element {
  const { artifact, kind, trans } = props;
  if (kind === 'image' && artifact.size_bytes > IMAGE_PREVIEW_BYTES) {
    return (
      <p className="jp-DsinfraRun-preview jp-DsinfraRun-quiet">
        {trans.__(
          'Pictures of more than %1 are not shown here. Download it to see it.',
          formatBytes(IMAGE_PREVIEW_BYTES)
        )}
      </p>
    );
  }
  return kind === 'image' ? (
    <PicturePreview {...props} />
  ) : (
    <TextPreview {...props} />
  );
}

/** Something read of an artifact, or why it could not be read. */
interface IRead<T> {
  value: T | null;
  failure: string | null;
}

/** Read an artifact while its preview is open. */
function useRead<T>(
  props: IPreviewProps,
  maxBytes: number | undefined,
  convert: (content: Blob) => Promise<T>
): IRead<T> {
  const { artifact, read } = props;
  const [state, setState] = React.useState<IRead<T>>({
    value: null,
    failure: null
  });
  // Functions of the caller, made anew with each drawing.
  const calls = React.useRef({ convert, read });
  calls.current = { convert, read };
  React.useEffect(() => {
    const control = new AbortController();
    calls.current
      .read(artifact, maxBytes, control.signal)
      .then(calls.current.convert)
      .then(
        value => {
          if (!control.signal.aborted) {
            setState({ value, failure: null });
          }
        },
        (error: unknown) => {
          if (!control.signal.aborted) {
            setState({ value: null, failure: messageOf(error) });
          }
        }
      );
    return () => control.abort();
  }, [artifact, maxBytes]);
  return state;
}

function PicturePreview(props: IPreviewProps): JSX.Element {
  const { artifact, trans } = props;
  const { failure, value: content } = useRead(props, undefined, content =>
    Promise.resolve(content)
  );
  const [url, setUrl] = React.useState<string | null>(null);
  const [isBroken, setBroken] = React.useState(false);
  React.useEffect(() => {
    if (content === null) {
      return;
    }
    const type = imageType(artifact) ?? 'image/png';
    const made = URL.createObjectURL(new Blob([content], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [artifact, content]);
  if (failure !== null || isBroken) {
    return (
      <p className="jp-DsinfraRun-preview jp-DsinfraRun-failure" role="alert">
        {failure ??
          trans.__('This is not a picture that the browser can show.')}
      </p>
    );
  }
  return (
    <div className="jp-DsinfraRun-preview">
      {url === null ? (
        <Loading trans={trans} />
      ) : (
        <img alt={artifact.name} src={url} onError={() => setBroken(true)} />
      )}
    </div>
  );
}

function TextPreview(props: IPreviewProps): JSX.Element {
  const { artifact, kind, trans } = props;
  const { failure, value: text } = useRead(props, TEXT_PREVIEW_BYTES, content =>
    // A server that knows no ranges sends all of it.
    content.slice(0, TEXT_PREVIEW_BYTES).text()
  );
  const isWhole = artifact.size_bytes <= TEXT_PREVIEW_BYTES;
  if (failure !== null) {
    return (
      <p className="jp-DsinfraRun-preview jp-DsinfraRun-failure" role="alert">
        {failure}
      </p>
    );
  }
  return (
    <div className="jp-DsinfraRun-preview" tabIndex={0}>
      {text === null ? (
        <Loading trans={trans} />
      ) : kind === 'table' ? (
        <Table rows={tableHead(text, isWhole)} name={artifact.name} />
      ) : (
        <pre>{kind === 'json' ? indented(text) : text}</pre>
      )}
      {text !== null && !isWhole && (
        <p className="jp-DsinfraRun-quiet">
          {trans.__(
            'Only the first %1 of %2 are shown.',
            formatBytes(TEXT_PREVIEW_BYTES),
            formatBytes(artifact.size_bytes)
          )}
        </p>
      )}
    </div>
  );
}

function Loading(props: { trans: TranslationBundle }): JSX.Element {
  return <p role="status">{props.trans.__('Loading…')}</p>;
}

/** The first rows of a table; its first line names the columns. */
function Table(props: {
  rows: readonly string[][];
  name: string;
}): JSX.Element {
  const [head = [], ...rows] = props.rows;
  return (
    <table className="jp-DsinfraRun-table" aria-label={props.name}>
      <thead>
        <tr>
          {head.map((cell, index) => (
            <th key={index} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, column) => (
              <td key={column}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
