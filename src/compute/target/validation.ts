import type { TranslationBundle } from '@jupyterlab/translation';

import type { FormSchema } from './formTypes';

/** A wrong value: where it is, and what is wrong in a sentence. */
export interface IFieldError {
  readonly path: readonly string[];
  readonly text: string;
}

/**
 * Return what a browser can tell of a value that does not fit its schema.
 *
 * Knows the words that forms of targets are written in. The server has the last word: what
 * is not known here is refused there, with the field named.
 */
export function fieldErrors(
  schema: FormSchema,
  value: unknown,
  trans: TranslationBundle,
  path: readonly string[] = []
): IFieldError[] {
  if (value === undefined) {
    return [];
  }
  const wrong = (text: string): IFieldError[] => [{ path, text }];
  const choices = choicesOf(schema);
  if (choices !== null && !choices.includes(value)) {
    return wrong(trans.__('Choose one of the values.'));
  }
  if (!fitsType(schema, value)) {
    return wrong(typeText(schema, trans));
  }
  if (typeof value === 'string') {
    return textErrors(schema, value, trans).flatMap(wrong);
  }
  if (typeof value === 'number') {
    return numberErrors(schema, value, trans).flatMap(wrong);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return isSchema(items)
      ? value.flatMap((item, index) =>
          fieldErrors(items, item, trans, [...path, String(index)])
        )
      : [];
  }
  return isRecord(value) ? objectErrors(schema, value, trans, path) : [];
}

function objectErrors(
  schema: FormSchema,
  value: Record<string, unknown>,
  trans: TranslationBundle,
  path: readonly string[]
): IFieldError[] {
  const missing = (schema.required ?? [])
    .filter(name => value[name] === undefined || value[name] === '')
    .map(name => ({
      path: [...path, name],
      text: trans.__('This is needed.')
    }));
  const inner = Object.entries(schema.properties ?? {}).flatMap(
    ([name, property]) =>
      isSchema(property) && !missing.some(error => error.path.at(-1) === name)
        ? fieldErrors(property, value[name], trans, [...path, name])
        : []
  );
  return [...missing, ...inner];
}

function textErrors(
  schema: FormSchema,
  value: string,
  trans: TranslationBundle
): string[] {
  const { maxLength, minLength, pattern } = schema;
  if (minLength !== undefined && value.length < minLength) {
    return [
      minLength === 1
        ? trans.__('This is needed.')
        : trans.__('At least %1 characters are needed.', minLength)
    ];
  }
  if (maxLength !== undefined && value.length > maxLength) {
    return [trans.__('At most %1 characters are allowed.', maxLength)];
  }
  return pattern === undefined || matches(pattern, value)
    ? []
    : [trans.__('This is not written as it has to be.')];
}

function numberErrors(
  schema: FormSchema,
  value: number,
  trans: TranslationBundle
): string[] {
  const { exclusiveMinimum, maximum, minimum } = schema;
  if (minimum !== undefined && value < minimum) {
    return [trans.__('It must be at least %1.', minimum)];
  }
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    return [trans.__('It must be more than %1.', exclusiveMinimum)];
  }
  return maximum !== undefined && value > maximum
    ? [trans.__('It must be at most %1.', maximum)]
    : [];
}

/** The values that a schema lists; null if it lists none. */
function choicesOf(schema: FormSchema): readonly unknown[] | null {
  if (schema.enum !== undefined) {
    return schema.enum;
  }
  if (schema.const !== undefined) {
    return [schema.const];
  }
  const choices = schema.oneOf?.map(option =>
    isSchema(option) ? option.const : undefined
  );
  return choices?.every(choice => choice !== undefined) ? choices : null;
}

function fitsType(schema: FormSchema, value: unknown): boolean {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const types = alternatives.filter(isSchema).filter(item => item.type);
  if (schema.type === undefined) {
    return types.length === 0 || types.some(item => fitsType(item, value));
  }
  const names = Array.isArray(schema.type) ? schema.type : [schema.type];
  return names.some(name => isOfType(name, value));
}

function isOfType(name: string, value: unknown): boolean {
  switch (name) {
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    default:
      return typeof value === name;
  }
}

function typeText(schema: FormSchema, trans: TranslationBundle): string {
  const names = [schema.type ?? []].flat();
  if (names.includes('integer')) {
    return trans.__('A whole number is needed.');
  }
  return names.includes('number')
    ? trans.__('A number is needed.')
    : trans.__('This is not written as it has to be.');
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    // A pattern of Python's that is none of JavaScript's: the server looks.
    return true;
  }
}

function isSchema(value: unknown): value is FormSchema {
  return isRecord(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
