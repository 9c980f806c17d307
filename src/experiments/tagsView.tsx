import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import React from 'react';

/** A line of the editor; the number keeps a line itself while others go. */
interface ILine {
  id: number;
  key: string;
  value: string;
}

/** Editor of the tags of a run: one line for each, and one to add another. */
export function TagsView(props: {
  tags: Record<string, string>;
  trans: TranslationBundle;
  onChange: (tags: Record<string, string>) => void;
}): JSX.Element {
  const { tags, trans, onChange } = props;
  const nextId = React.useRef(0);
  const blank = (key = '', value = ''): ILine => ({
    id: nextId.current++,
    key,
    value
  });
  const [lines, setLines] = React.useState<ILine[]>(() => [
    ...Object.entries(tags).map(([key, value]) => blank(key, value)),
    blank()
  ]);
  const update = (changed: ILine[]): void => {
    const last = changed[changed.length - 1];
    const isFull = last === undefined || last.key !== '';
    setLines(isFull ? [...changed, blank()] : changed);
    onChange(toTags(changed));
  };
  const set = (id: number, part: Partial<ILine>): void =>
    update(lines.map(line => (line.id === id ? { ...line, ...part } : line)));
  return (
    <div className="jp-DsinfraTags">
      {lines.map(line => (
        <div key={line.id} className="jp-DsinfraTags-line">
          <input
            className="jp-mod-styled"
            aria-label={trans.__('Tag')}
            placeholder={trans.__('Tag')}
            maxLength={100}
            value={line.key}
            onChange={event => set(line.id, { key: event.target.value })}
          />
          <input
            className="jp-mod-styled"
            aria-label={trans.__('Value')}
            placeholder={trans.__('Value')}
            maxLength={1000}
            value={line.value}
            onChange={event => set(line.id, { value: event.target.value })}
          />
          <button
            type="button"
            className="jp-DsinfraRow-action"
            title={trans.__('Remove tag')}
            aria-label={trans.__('Remove tag')}
            onClick={() => update(lines.filter(({ id }) => id !== line.id))}
          >
            <closeIcon.react tag="span" />
          </button>
        </div>
      ))}
    </div>
  );
}

function toTags(lines: ILine[]): Record<string, string> {
  return Object.fromEntries(
    lines
      .map(({ key, value }) => [key.trim(), value.trim()])
      .filter(([key]) => key !== '')
  );
}
