import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IPlotListener } from './plot';
import { Plot } from './plot';
import type { IPlotContent } from './plotContent';

/** Emits when the theme has changed. */
export interface IThemeSignal {
  connect: (slot: () => void) => boolean;
  disconnect: (slot: () => void) => boolean;
}

/** The element that uPlot draws into, and its keys. */
export function PlotView(props: {
  /** What is drawn; null while it is on its way. */
  content: IPlotContent | null;
  /** What it shows, in sentences. */
  label: string;
  /** Is given the plot as long as there is one. */
  plot: React.MutableRefObject<Plot | null>;
  onRead: IPlotListener['onRead'];
  onZoom: IPlotListener['onZoom'];
  themeChanged: IThemeSignal | undefined;
  trans: TranslationBundle;
}): JSX.Element {
  const { content, onRead, onZoom, plot, themeChanged, trans } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const [isReady, setReady] = React.useState(false);

  React.useEffect(() => {
    if (host.current === null) {
      return;
    }
    plot.current = new Plot(host.current, { onRead, onZoom });
    setReady(true);
    return () => {
      plot.current?.dispose();
      plot.current = null;
      setReady(false);
      onRead(null);
    };
  }, [plot, onRead, onZoom]);

  React.useEffect(() => {
    if (isReady && content !== null) {
      plot.current?.show(content);
    }
  }, [isReady, content, plot]);

  React.useEffect(() => {
    const recolor = (): void => plot.current?.recolor();
    themeChanged?.connect(recolor);
    return () => {
      themeChanged?.disconnect(recolor);
    };
  }, [plot, themeChanged]);

  return (
    <div
      ref={host}
      className="jp-DsinfraChart-canvas"
      aria-busy={!isReady || content === null}
      aria-label={props.label}
      aria-roledescription={trans.__('chart')}
      role="group"
      tabIndex={0}
      title=""
      onKeyDown={event => {
        if (
          !event.ctrlKey &&
          !event.metaKey &&
          !event.altKey &&
          plot.current?.press(event.key, event.shiftKey)
        ) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    />
  );
}

/** Say what keys do in a chart. */
export function keysText(trans: TranslationBundle): string {
  return trans.__(
    'Plus and minus zoom, arrows move, Escape shows all, Shift and arrows read values.'
  );
}
