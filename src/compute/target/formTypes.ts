import type { FormComponent } from '@jupyterlab/ui-components';

type Props = Parameters<typeof FormComponent>[0];

/** A JSON Schema, as the form component takes it. */
export type FormSchema = Props['schema'];

/** How its fields are drawn. */
export type FormUiSchema = NonNullable<Props['uiSchema']>;

/** Says what is wrong with what was filled in. */
export type FormValidator = Props['validator'];

/** Sentences on what is wrong, in a tree like that of the values. */
export interface IErrorTree {
  __errors?: string[];
  [name: string]: IErrorTree | string[] | undefined;
}
