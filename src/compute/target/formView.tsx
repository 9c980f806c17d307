import type { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent } from '@jupyterlab/ui-components';
import React from 'react';

import type { IEngineInfo } from '../../api/types';
import { NoticeBar } from '../../ui/notice';
import type { FieldErrors, ITargetForm } from './schema';
import { formSchema, formUiSchema } from './schema';
import { errorTree, makeValidator } from './validator';

export interface IFormProps {
  data: ITargetForm;
  engines: readonly IEngineInfo[];

  /** Null for a new target. */
  engineName: string | null;

  /** What the server refused, by field. */
  errors: FieldErrors;

  /** What went wrong with the form as a whole; empty if nothing did. */
  failure: string;
  onChange: (data: ITargetForm) => void;
  trans: TranslationBundle;
}

const ID_PREFIX = 'jp-dsinfra-target';

/** Return the id that the form gives to the field at a path such as `options.workers`. */
export function fieldId(path: string): string {
  return [ID_PREFIX, ...path.split('.')].join('_');
}

/** The form of a target, made from the schema of its engine. */
export function TargetFormView(props: IFormProps): JSX.Element {
  const { data, engines, engineName, errors, failure, trans } = props;
  const isNew = engineName === null;
  const name = engineName ?? data.engine;
  const engine = engines.find(item => item.name === name) ?? null;
  const schema = React.useMemo(
    () => formSchema(engine, engines, isNew, trans),
    [engine, engines, isNew, trans]
  );
  const uiSchema = React.useMemo(() => formUiSchema(isNew), [isNew]);
  const validator = React.useMemo(() => makeValidator(trans), [trans]);
  const extraErrors = React.useMemo(
    () =>
      errorTree(
        Object.entries(errors).flatMap(([path, texts]) =>
          texts.map(text => ({ path: path.split('.'), text }))
        )
      ),
    [errors]
  );
  const missing = engines.filter(
    ({ is_available: isThere }) => isThere === false
  );
  const frame = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const { current } = frame;
    if (current === null) {
      return undefined;
    }
    // The form draws its fields and what is wrong with them when it thinks fit.
    const observer = new MutationObserver(() => nameFields(current));
    observer.observe(current, { childList: true, subtree: true });
    nameFields(current);
    current.querySelector<HTMLElement>('input, select')?.focus();
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={frame} className="jp-DsinfraTargetForm">
      {failure !== '' && <NoticeBar level="error">{failure}</NoticeBar>}
      <FormComponent
        compact
        schema={schema}
        uiSchema={uiSchema}
        validator={validator}
        formData={data as never}
        extraErrors={extraErrors as never}
        idPrefix={ID_PREFIX}
        liveValidate={false}
        noHtml5Validate
        showErrorList={false}
        showModifiedFromDefault={false}
        tagName="div"
        onChange={event => props.onChange(event.formData as ITargetForm)}
      />
      {isNew && missing.length > 0 && (
        <ul className="jp-DsinfraTargetForm-missing">
          {missing.map(item => (
            <li key={item.name}>
              {trans.__('%1 is not available: %2', item.label, item.detail)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Give each field the name that stands above it: JupyterLab's form does so only for eyes. */
function nameFields(frame: HTMLElement): void {
  const fields = frame.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
    'input, select'
  );
  fields.forEach(field => {
    const group = field.closest('.jp-FormGroup-content');
    const label = group?.querySelector('.jp-FormGroup-fieldLabel');
    if (label && (field.labels?.length ?? 0) === 0) {
      field.setAttribute('aria-label', label.textContent ?? '');
    }
    const isWrong =
      (group?.querySelector('.validationErrors li') ?? null) !== null;
    field.setAttribute('aria-invalid', String(isWrong));
  });
}
