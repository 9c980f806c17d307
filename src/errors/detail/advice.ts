import type { TranslationBundle } from '@jupyterlab/translation';

/** What a click on a piece of advice does. */
export type AdviceAction =
  | { readonly kind: 'run_cell'; readonly cellId: string }
  | { readonly kind: 'show_cell'; readonly cellId: string }
  | { readonly kind: 'insert_code'; readonly code: string }
  | { readonly kind: 'run_above' }
  | { readonly kind: 'restart' };

/** Read the action of a piece of advice; null if there is none that is known here. */
export function parseAction(action: string | null): AdviceAction | null {
  const colon = action?.indexOf(':') ?? -1;
  const kind = colon < 0 ? action : action?.slice(0, colon);
  const rest = colon < 0 ? '' : (action?.slice(colon + 1) ?? '');
  switch (kind) {
    case 'run_above':
    case 'restart':
      return { kind };
    case 'run_cell':
    case 'show_cell':
      return rest ? { kind, cellId: rest } : null;
    case 'insert_code':
      return rest ? { kind, code: rest } : null;
    default:
      return null;
  }
}

/** Longest code that a button shows. */
const LABEL_CODE_MAX_CHARS = 40;

/** Return what the button of an action says. */
export function actionLabel(
  action: AdviceAction,
  trans: TranslationBundle
): string {
  switch (action.kind) {
    case 'run_cell':
      return trans.__('Run that cell');
    case 'show_cell':
      return trans.__('Show that cell');
    case 'run_above':
      return trans.__('Run all above');
    case 'restart':
      return trans.__('Restart kernel…');
    case 'insert_code':
      return action.code.length <= LABEL_CODE_MAX_CHARS &&
        !action.code.includes('\n')
        ? trans.__('Insert “%1” below', action.code)
        : trans.__('Insert the code below');
  }
}
