import { nullTranslator } from '@jupyterlab/translation';

import type { FormSchema } from '../formTypes';
import { fieldErrors } from '../validation';
import { errorTree, makeValidator } from '../validator';

const trans = nullTranslator.load('dsinfra_jlab');

const SCHEMA: FormSchema = {
  type: 'object',
  required: ['address'],
  properties: {
    address: { type: 'string', pattern: '^(tcp|tls)://.+' },
    workers: { type: 'integer', minimum: 0, maximum: 100 },
    memory: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    ratio: { type: 'number', exclusiveMinimum: 0 },
    mode: { type: 'string', enum: ['a', 'b'] },
    engine: { oneOf: [{ const: 'dask', title: 'Dask' }] },
    name: { type: 'string', minLength: 1, maxLength: 3 },
    tags: { type: 'array', items: { type: 'string' } },
    weird: { type: 'string', pattern: '(?P<python>x)' }
  }
};

function wrong(value: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    fieldErrors(SCHEMA, { address: 'tcp://a', ...value }, trans).map(
      ({ path, text }) => [path.join('.'), text]
    )
  );
}

describe('fieldErrors', () => {
  it('takes what fits', () => {
    expect(
      wrong({
        workers: 2,
        memory: null,
        ratio: 0.5,
        mode: 'a',
        engine: 'dask',
        name: 'abc',
        tags: ['x'],
        weird: 'anything'
      })
    ).toEqual({});
  });

  it.each([
    [{ address: undefined }, { address: 'This is needed.' }],
    [{ address: '' }, { address: 'This is needed.' }],
    [
      { address: 'http://a' },
      { address: 'This is not written as it has to be.' }
    ],
    [{ workers: 1.5 }, { workers: 'A whole number is needed.' }],
    [{ workers: -1 }, { workers: 'It must be at least 0.' }],
    [{ workers: 101 }, { workers: 'It must be at most 100.' }],
    [{ ratio: 0 }, { ratio: 'It must be more than 0.' }],
    [{ ratio: 'x' }, { ratio: 'A number is needed.' }],
    [{ memory: 'x' }, { memory: 'This is not written as it has to be.' }],
    [{ mode: 'c' }, { mode: 'Choose one of the values.' }],
    [{ engine: 'ray' }, { engine: 'Choose one of the values.' }],
    [{ name: '' }, { name: 'This is needed.' }],
    [{ name: 'abcd' }, { name: 'At most 3 characters are allowed.' }],
    [{ tags: ['x', 3] }, { 'tags.1': 'This is not written as it has to be.' }]
  ])('says what is wrong with %j', (value, errors) => {
    expect(wrong(value)).toEqual(errors);
  });
});

describe('makeValidator', () => {
  it('puts sentences at their fields', () => {
    const { errors, errorSchema } = makeValidator(trans).validateFormData(
      { workers: -1 } as never,
      SCHEMA
    );
    expect(errors).toHaveLength(2);
    expect(errorSchema).toEqual({
      address: { __errors: ['This is needed.'] },
      workers: { __errors: ['It must be at least 0.'] }
    });
  });

  it('tells which alternative a value fits', () => {
    const validator = makeValidator(trans);
    const fits = (value: unknown): boolean =>
      validator.isValid({ type: 'integer' }, value as never, SCHEMA);
    expect(fits(1)).toBe(true);
    expect(fits(null)).toBe(false);
  });
});

describe('errorTree', () => {
  it('keeps several sentences of a field', () => {
    expect(
      errorTree([
        { path: ['a', 'b'], text: '1' },
        { path: ['a', 'b'], text: '2' },
        { path: ['a'], text: '3' }
      ])
    ).toEqual({ a: { b: { __errors: ['1', '2'] }, __errors: ['3'] } });
  });
});
