import type { TranslationBundle } from '@jupyterlab/translation';
import type { PartialJSONValue } from '@lumino/coreutils';

import type { IEngineInfo, ITarget } from '../../api/types';
import { formatExactBytes } from '../../ui/bytes';
import type { FormSchema, FormUiSchema } from './formTypes';

/** Longest name of a target; the server refuses longer ones. */
const NAME_MAX_CHARS = 60;

/** What the form is filled with. */
export interface ITargetForm {
  name?: string;
  engine?: string;
  options?: Record<string, PartialJSONValue>;
  price_per_hour?: number;
  currency?: string;
}

/** What is wrong with a form: sentences by the path of the field, as `options.workers`. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Return the schema of the form of a target: around the options that its engine has. */
export function formSchema(
  engine: IEngineInfo | null,
  engines: readonly IEngineInfo[],
  isNew: boolean,
  trans: TranslationBundle
): FormSchema {
  const usable = engines.filter(({ is_available: isThere }) => isThere ?? true);
  const properties: Record<string, FormSchema> = {};
  if (isNew) {
    properties['name'] = {
      type: 'string',
      title: trans.__('Name'),
      description: trans.__('What it is called in menus and in the cells.'),
      minLength: 1,
      maxLength: NAME_MAX_CHARS
    };
    properties['engine'] = {
      type: 'string',
      title: trans.__('Engine'),
      description: trans.__('The software that does the work.'),
      oneOf: usable.map(({ name, label }) => ({ const: name, title: label }))
    };
  }
  if (engine !== null) {
    properties['options'] = {
      ...asWritten(engine.options_schema as FormSchema),
      title: trans.__('Options of %1', engine.label),
      type: 'object'
    };
  }
  properties['price_per_hour'] = {
    type: 'number',
    title: trans.__('Price of a worker per hour'),
    description: trans.__(
      'Jobs then show what they cost. Without a price no money is shown.'
    ),
    minimum: 0,
    maximum: 1_000_000
  };
  properties['currency'] = {
    type: 'string',
    title: trans.__('Currency'),
    description: trans.__('For instance EUR.'),
    maxLength: 8
  };
  return {
    type: 'object',
    properties,
    required: isNew ? ['name', 'engine'] : []
  };
}

/** Have sizes be written as people do, such as `8 GB`: the server reads them. */
function asWritten(schema: FormSchema): FormSchema {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]): [string, typeof property] =>
      isSize(property)
        ? [
            name,
            {
              type: 'string',
              title: property.title,
              description: property.description
            }
          ]
        : [name, property]
  );
  return { ...schema, properties: Object.fromEntries(properties) };
}

function isSize(
  property: FormSchema | boolean | undefined
): property is FormSchema {
  return typeof property === 'object' && property.format === 'bytes';
}

/** Return how the fields of a form are drawn. */
export function formUiSchema(isNew: boolean): FormUiSchema {
  const order = [
    ...(isNew ? ['name', 'engine'] : []),
    'options',
    'price_per_hour',
    'currency',
    '*'
  ];
  return { 'ui:order': order };
}

/** Return what the form shows first: the target, or the defaults of a new one. */
export function formData(
  target: ITarget | null,
  engines: readonly IEngineInfo[]
): ITargetForm {
  if (target === null) {
    const first = engines.find(({ is_available: isThere }) => isThere ?? true);
    return first === undefined ? {} : { engine: first.name, options: {} };
  }
  const engine = engines.find(({ name }) => name === target.engine);
  const { properties = {} } = (engine?.options_schema ?? {}) as FormSchema;
  const data: ITargetForm = {
    options: Object.fromEntries(
      Object.entries(target.options as Record<string, PartialJSONValue>).map(
        ([name, value]) => [
          name,
          typeof value === 'number' && isSize(properties[name])
            ? formatExactBytes(value)
            : value
        ]
      )
    )
  };
  if (typeof target.price_per_hour === 'number') {
    data.price_per_hour = target.price_per_hour;
  }
  if (target.currency) {
    data.currency = target.currency;
  }
  return data;
}

/** Leave out options that were left empty: the server's defaults hold for them. */
export function optionsOf(form: ITargetForm): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(form.options ?? {}).filter(
      ([, value]) => value !== undefined && value !== null && value !== ''
    )
  );
}
