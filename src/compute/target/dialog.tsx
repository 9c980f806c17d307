import '../../../style/compute.css';
import '../../../style/ui.css';

import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import React from 'react';

import { ApiError, messageOf } from '../../api/failures';
import type { IEngineInfo, ITarget } from '../../api/types';
import type { IComputeClient } from '../../tokens';
import { TargetFormView, fieldId } from './formView';
import type { FieldErrors, ITargetForm } from './schema';
import { formData, formSchema, optionsOf } from './schema';
import { fieldErrors } from './validation';

export interface ITargetDialogOptions {
  client: Pick<IComputeClient, 'addTarget' | 'patchTarget'>;
  engines: readonly IEngineInfo[];

  /** Names that are taken. */
  names: readonly string[];

  /** Null for a new one. */
  target: ITarget | null;
  trans: TranslationBundle;
}

/**
 * Ask for a target in a form, and save it.
 *
 * The form stays until what it says was saved, with what is wrong at its field. Gives the
 * target as it then is; null if the user gives up.
 */
export async function askTarget(
  options: ITargetDialogOptions
): Promise<ITarget | null> {
  const { target, trans } = options;
  const form = new TargetForm(options);
  const dialog = new SavingDialog({
    title:
      target === null
        ? trans.__('Add Target')
        : trans.__('Edit %1', target.name),
    body: form,
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({
        label: target === null ? trans.__('Add') : trans.__('Save')
      })
    ],
    // The dialog looks for it when the browser is idle: by then the user may be elsewhere.
    focusNodeSelector: ':focus'
  });
  dialog.save = () => form.save();
  dialog.addClass('jp-DsinfraTargetDialog');
  const { button } = await dialog.launch();
  return button.accept ? form.saved : null;
}

/** A dialog that stays open until what it asks for was saved. */
class SavingDialog extends Dialog<unknown> {
  /** Saves; gives whether that worked. */
  save: () => Promise<boolean> = async () => true;

  override resolve(index?: number): void {
    const isAccepted = index === undefined || index === ACCEPT_INDEX;
    if (!isAccepted) {
      super.resolve(index);
    } else if (!this._isSaving) {
      this._isSaving = true;
      void this.save().then(isSaved => {
        this._isSaving = false;
        if (isSaved) {
          super.resolve(ACCEPT_INDEX);
        }
      });
    }
  }

  private _isSaving = false;
}

/** Which button saves: the last one, and the default. */
const ACCEPT_INDEX = 1;

/** The form, with what was filled in. */
export class TargetForm extends ReactWidget {
  constructor(options: ITargetDialogOptions) {
    super();
    this._options = options;
    this._data = formData(options.target, options.engines);
    this._redrawn.connect(() => this.update());
  }

  /** The target as the server has saved it; null before. */
  saved: ITarget | null = null;

  /** Send the form, if it can be right; gives whether the server took it. */
  async save(): Promise<boolean> {
    const { names, target, trans } = this._options;
    const found: Record<string, string[]> = {};
    for (const { path, text } of fieldErrors(
      formSchema(this._engine, this._options.engines, target === null, trans),
      this._data,
      trans
    )) {
      (found[path.join('.')] ??= []).push(text);
    }
    if (target === null && names.includes(this._data.name?.trim() ?? '')) {
      found['name'] = [trans.__('There is a target of this name.')];
    }
    if (Object.keys(found).length > 0) {
      this._show(found, '');
      return false;
    }
    try {
      this.saved = await this._send();
      return true;
    } catch (error) {
      const field = fieldOf(error, this._data);
      this._show(
        field === null ? {} : { [field]: [messageOf(error)] },
        field === null ? messageOf(error) : ''
      );
      return false;
    }
  }

  protected override render(): JSX.Element {
    const { engines, target, trans } = this._options;
    return (
      <TargetFormView
        data={this._data}
        engines={engines}
        engineName={target?.engine ?? null}
        errors={this._errors}
        failure={this._failure}
        trans={trans}
        onChange={data => this._onChange(data)}
      />
    );
  }

  private get _engine(): IEngineInfo | null {
    const { engines, target } = this._options;
    const name = target?.engine ?? this._data.engine;
    return engines.find(item => item.name === name) ?? null;
  }

  private _onChange(data: ITargetForm): void {
    const isOther =
      this._options.target === null && data.engine !== this._data.engine;
    // Options of one engine mean nothing to another.
    this._data = isOther ? { ...data, options: {} } : data;
    this._redrawn.emit();
  }

  private _show(errors: FieldErrors, failure: string): void {
    this._errors = errors;
    this._failure = failure;
    this._redrawn.emit();
    this._focusWrong();
  }

  /** Lead to the first field that is wrong; whether what is wrong is drawn yet does not matter. */
  private _focusWrong(): void {
    const wrong = new Set(Object.keys(this._errors).map(fieldId));
    const fields = this.node.querySelectorAll<HTMLElement>(
      'input, select, textarea'
    );
    Array.from(fields)
      .find(({ id }) => wrong.has(id))
      ?.focus();
  }

  private _send(): Promise<ITarget> {
    const { client, target } = this._options;
    const data = this._data;
    const shared = {
      options: optionsOf(data),
      price_per_hour: data.price_per_hour ?? null,
      currency: data.currency?.trim() || null
    };
    return target === null
      ? client.addTarget({
          name: data.name?.trim() ?? '',
          engine: data.engine ?? '',
          ...shared
        })
      : client.patchTarget(target.name, shared);
  }

  private _options: ITargetDialogOptions;
  private _data: ITargetForm;
  private _errors: FieldErrors = {};
  private _failure = '';
  private _redrawn = new Signal<this, void>(this);
}

/** The field that a refusal is about, as a path of the form; null if it names none. */
function fieldOf(error: unknown, data: ITargetForm): string | null {
  const field = error instanceof ApiError ? error.details['field'] : null;
  if (typeof field !== 'string' || field === '') {
    return error instanceof ApiError && error.code === 'conflict'
      ? 'name'
      : null;
  }
  const path = field.replace(/^\$?\.?/, '');
  const isTop = path.split('.')[0] in { ...data, name: 0, engine: 0 };
  return isTop || path.startsWith('options') ? path : `options.${path}`;
}
