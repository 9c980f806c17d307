import type { IChartColors } from './theme';

/** Room for the title above a chart, where it begins, and its size, in pixels of CSS. */
const HEAD = 28;
const TITLE = { x: 10, y: 19, size: 13 };

/** Draw a chart with a title into a picture; null if the browser does not. */
export async function pictureOf(
  chart: HTMLCanvasElement,
  title: string,
  colors: IChartColors
): Promise<Blob | null> {
  const canvas = chart.ownerDocument.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) {
    return null;
  }
  const ratio = devicePixelRatio;
  const top = Math.round(HEAD * ratio);
  canvas.width = chart.width;
  canvas.height = chart.height + top;
  context.fillStyle = colors.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = colors.font;
  context.font = `600 ${TITLE.size * ratio}px ${colors.fontFamily}`;
  context.fillText(title, TITLE.x * ratio, TITLE.y * ratio);
  context.drawImage(chart, 0, top);
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}
