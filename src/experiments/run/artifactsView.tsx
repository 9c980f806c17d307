import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  downloadIcon,
  fileIcon,
  folderIcon,
  imageIcon,
  jsonIcon,
  spreadsheetIcon,
  textEditorIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { messageOf } from '../../api/failures';
import type { IArtifact } from '../../api/types';
import { saveFile } from '../../ui/files';
import { formatBytes, formatFullMoment } from '../../ui/format';
import { Notice } from '../../ui/notice';
import { ArtifactPreview } from './artifactPreview';
import { IconButton } from './editView';
import type { IFolder, PreviewKind } from './previews';
import { baseName, foldersOf, previewKind } from './previews';

/** Artifacts of one folder that are shown before somebody asks for more. */
const ROWS = 200;

/** What the artifacts of a run are shown with. */
export interface IArtifactsProps {
  artifacts: readonly IArtifact[];
  /** Give the content, or its beginning. */
  read: (
    artifact: IArtifact,
    maxBytes?: number,
    signal?: AbortSignal
  ) => Promise<Blob>;
  locale: string;
  trans: TranslationBundle;
}

const ICONS: Record<PreviewKind, typeof fileIcon> = {
  image: imageIcon,
  json: jsonIcon,
  none: fileIcon,
  table: spreadsheetIcon,
  text: textEditorIcon
};

/** The files that were kept with a run. */
export function ArtifactsSection(props: IArtifactsProps): JSX.Element {
  const { artifacts, trans } = props;
  const root = React.useMemo(() => foldersOf(artifacts), [artifacts]);
  if (artifacts.length === 0) {
    return (
      <Notice kind="empty" title={trans.__('No artifacts')}>
        {trans.__('Keep a file, a figure or bytes with the run:')}
        <code className="jp-DsinfraNotice-code">{EXAMPLE}</code>
      </Notice>
    );
  }
  const size = artifacts.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  return (
    <>
      <p className="jp-DsinfraRun-quiet">
        {trans._n(
          '%1 file, %2',
          '%1 files, %2',
          artifacts.length,
          formatBytes(size)
        )}
      </p>
      <Folder {...props} folder={root} label={trans.__('Artifacts')} />
    </>
  );
}

const EXAMPLE = `import dsinfra_jlab as dsinfra
dsinfra.log_artifact("model.pt")`;

/** The content of a folder: its folders first. */
function Folder(
  props: IArtifactsProps & { folder: IFolder; label: string }
): JSX.Element {
  const { folder, label, trans } = props;
  const [shown, setShown] = React.useState(ROWS);
  return (
    <ul className="jp-DsinfraRun-artifacts" aria-label={label}>
      {folder.folders.map(inner => (
        <li key={`${inner.name}/`}>
          <details open={folder.folders.length === 1}>
            <summary>
              <folderIcon.react tag="span" />
              {inner.name}
            </summary>
            <Folder {...props} folder={inner} label={inner.name} />
          </details>
        </li>
      ))}
      {folder.artifacts.slice(0, shown).map(artifact => (
        <li key={artifact.id}>
          <Row {...props} artifact={artifact} />
        </li>
      ))}
      {shown < folder.artifacts.length && (
        <li>
          <button
            className="jp-DsinfraRun-link"
            onClick={() => setShown(shown + 10 * ROWS)}
          >
            {trans.__('Show more (%1 of %2)', shown, folder.artifacts.length)}
          </button>
        </li>
      )}
    </ul>
  );
}

/** One file: its preview opens below it. */
function Row(props: IArtifactsProps & { artifact: IArtifact }): JSX.Element {
  const { artifact, locale } = props;
  const [isOpen, setOpen] = React.useState(false);
  const kind = previewKind(artifact);
  const Icon = ICONS[kind];
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  const name = (
    <>
      <Icon.react tag="span" />
      <span className="jp-DsinfraRun-line" title={artifact.name}>
        {baseName(artifact)}
      </span>
    </>
  );
  return (
    <>
      <div className="jp-DsinfraRun-artifact">
        {kind === 'none' ? (
          <span className="jp-DsinfraRun-artifactName">{name}</span>
        ) : (
          <button
            aria-expanded={isOpen}
            className="jp-DsinfraRun-artifactName"
            onClick={() => setOpen(!isOpen)}
          >
            <Caret.react tag="span" />
            {name}
          </button>
        )}
        <span className="jp-DsinfraRun-quiet">{artifact.media_type}</span>
        <span>{formatBytes(artifact.size_bytes)}</span>
        <time className="jp-DsinfraRun-quiet" dateTime={artifact.created_at}>
          {formatFullMoment(new Date(artifact.created_at), locale)}
        </time>
        <Download {...props} />
      </div>
      {isOpen && <ArtifactPreview {...props} kind={kind} />}
    </>
  );
}

/** Fetches a file for the user to keep. */
function Download(
  props: IArtifactsProps & { artifact: IArtifact }
): JSX.Element {
  const { artifact, read, trans } = props;
  const [isBusy, setBusy] = React.useState(false);
  const [failure, setFailure] = React.useState<string | null>(null);
  const download = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      saveFile(await read(artifact), baseName(artifact));
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <IconButton
        isDisabled={isBusy}
        label={trans.__('Download %1', baseName(artifact))}
        onClick={() => void download()}
      >
        <downloadIcon.react tag="span" />
      </IconButton>
      {failure !== null && (
        <span className="jp-DsinfraRun-failure" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
