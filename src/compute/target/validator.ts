import type { TranslationBundle } from '@jupyterlab/translation';

import type { FormSchema, FormValidator, IErrorTree } from './formTypes';
import { fieldErrors } from './validation';

/** Return a validator for the form component, which brings none of its own. */
export function makeValidator(trans: TranslationBundle): FormValidator {
  return {
    validateFormData: (data: unknown, schema: FormSchema) => {
      const found = fieldErrors(schema, data, trans);
      return {
        errors: found.map(({ path, text }) => ({
          stack: text,
          message: text,
          property: `.${path.join('.')}`
        })),
        errorSchema: errorTree(found)
      };
    },
    isValid: (schema: FormSchema, data: unknown) =>
      fieldErrors(schema, data, trans).length === 0,
    rawValidation: () => ({ errors: [] }),
    toErrorList: () => []
  } as FormValidator;
}

/** Put sentences at the fields that they are about. */
export function errorTree(
  errors: Iterable<{ path: readonly string[]; text: string }>
): IErrorTree {
  const tree: IErrorTree = {};
  for (const { path, text } of errors) {
    let branch = tree;
    for (const name of path) {
      branch = (branch[name] ??= {}) as IErrorTree;
    }
    branch.__errors = [...(branch.__errors ?? []), text];
  }
  return tree;
}
