/** The colours of a chart, as the theme has them now. */
export interface IChartColors {
  readonly axis: string;
  readonly background: string;
  readonly font: string;
  readonly fontFamily: string;
  readonly grid: string;
  readonly lines: readonly string[];
}

/** Colours that the themes of JupyterLab tell apart on their own background. */
const LINES = [
  '--jp-brand-color1',
  '--jp-warn-color1',
  '--jp-success-color1',
  '--jp-mirror-editor-operator-color',
  '--jp-error-color1',
  '--jp-info-color1',
  '--jp-mirror-editor-variable-3-color',
  '--jp-ui-font-color2'
];

/** Dashes for the lines that begin the colours anew. */
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3]];

/** Read the colours of the theme where an element stands. */
export function readColors(host: HTMLElement): IChartColors {
  // A variable may be a name or a mixture; only a used colour is one a canvas reads.
  const probe = host.ownerDocument.createElement('span');
  probe.hidden = true;
  host.append(probe);
  const used = (color: string): string => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  };
  const colors = {
    axis: used('var(--jp-ui-font-color2)'),
    background: used('var(--jp-layout-color1)'),
    font: used('var(--jp-ui-font-color1)'),
    fontFamily: getComputedStyle(probe).fontFamily,
    grid: used('var(--jp-border-color2)'),
    lines: LINES.map(name => used(lineColor(name)))
  };
  probe.remove();
  return colors;
}

/** Return the colour of a line as CSS has it. */
export function cssColor(index: number): string {
  return lineColor(LINES[index % LINES.length]);
}

/** A little of the font's colour: yellow and orange are too light on white. */
function lineColor(name: string): string {
  return `color-mix(in srgb, var(${name}) 82%, var(--jp-ui-font-color0))`;
}

/** Return the dashes of a line. */
export function dashOf(index: number): readonly number[] {
  return DASHES[Math.floor(index / LINES.length) % DASHES.length];
}
