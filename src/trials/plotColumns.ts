import type { IColumn } from './columns';
import type { TrialsModel } from './model';
import { differs } from './table';

/** Axes that are drawn, and how many of them parameters may take: more nobody follows. */
const AXES_MAX = 12;
const PARAM_AXES_MAX = 8;

/** The columns that make sense as axes: what is the same everywhere tells nothing. */
export function axisColumns(model: TrialsModel): IColumn[] {
  const { columns, layout, trials, versions } = model;
  return columns.filter(
    column =>
      ['param', 'metric', 'duration', 'code'].includes(column.kind) &&
      !layout.hidden.includes(column.key) &&
      differs(column, trials, versions)
  );
}

/** As many columns as can be followed, some metrics among them. */
export function axesAmong(columns: readonly IColumn[]): readonly IColumn[] {
  if (columns.length <= AXES_MAX) {
    return columns;
  }
  const params = columns.filter(column => column.kind === 'param');
  const others = columns.filter(column => column.kind !== 'param');
  const count = Math.max(PARAM_AXES_MAX, AXES_MAX - others.length);
  const chosen = params.slice(0, count);
  return [...chosen, ...others.slice(0, AXES_MAX - chosen.length)];
}

/** What a column is shown as. */
export type Role = 'x' | 'y' | 'color';

/** The key of the column that is shown as something. */
export type Choice = Partial<Record<Role, string>>;

/** What the user chose and is still there, else the first parameter and metric. */
export function chosenOf(keys: Choice, columns: readonly IColumn[]): Choice {
  const metrics = columns.filter(column => column.kind === 'metric');
  const params = columns.filter(column => column.kind === 'param');
  const [first, second] = [...params, ...metrics, ...columns];
  const y = metrics.find(column => column !== first) ?? second;
  const exists = (key: string | undefined): boolean =>
    columns.some(column => column.key === key);
  return {
    x: exists(keys.x) ? keys.x : first?.key,
    y: exists(keys.y) ? keys.y : y?.key,
    color: exists(keys.color) ? keys.color : undefined
  };
}
