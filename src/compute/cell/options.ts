import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Capability, ITarget } from '../../api/types';
import type { IDestination } from './destination';

/** Bytes of what memory is asked for in. */
const GB = 1e9;

/** What was asked for last; offered again. */
let last: IDestination | null = null;

/** Ask where the selected cells go, and what they get there; null if the user gives up. */
export async function askDestination(options: {
  target: string;
  targets: readonly ITarget[];
  trans: TranslationBundle;
}): Promise<IDestination | null> {
  const { trans } = options;
  const { button, value } = await showDialog({
    title: trans.__('Run Selected Cells'),
    body: new OptionsForm(options),
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Run') })
    ],
    focusNodeSelector: 'select'
  });
  if (!button.accept || value === null) {
    return null;
  }
  last = value;
  return value;
}

/** What a cell shall get; what is left empty is up to the target. */
export class OptionsForm
  extends Widget
  implements Dialog.IBodyWidget<IDestination>
{
  constructor(options: {
    target: string;
    targets: readonly ITarget[];
    trans: TranslationBundle;
  }) {
    super();
    this.addClass('jp-DsinfraRunOptions');
    const { target, targets, trans } = options;
    this._targets = targets;
    const names = targets.map(({ name }) => name);
    this._target = select(
      (names.length > 0 ? names : [target]).map(name => [name, name])
    );
    this._target.value = target;
    this._cpus = numberInput('1', trans.__('as the target has it'));
    this._memory = numberInput('0.1', trans.__('as the target has it'));
    this._gpus = numberInput('1', trans.__('as the target has it'));
    this._gpus.min = '0';
    this._mode = select([
      ['fresh', trans.__('A new one, with nothing but what is sent')],
      ['session', trans.__('The one of this notebook there, with its names')]
    ]);
    if (last?.target === target) {
      const { mode, resources } = last;
      this._cpus.value = String(resources?.cpus ?? '');
      this._gpus.value = String(resources?.gpus ?? '');
      const bytes = resources?.memory_bytes ?? null;
      this._memory.value = bytes === null ? '' : String(bytes / GB);
      this._mode.value = mode;
    }
    this.node.append(
      field(trans.__('Target'), this._target),
      field(trans.__('CPUs'), this._cpus),
      field(trans.__('Memory (GB)'), this._memory),
      field(trans.__('GPUs'), this._gpus),
      field(trans.__('Kernel'), this._mode)
    );
    this._target.onchange = () => this._offer();
    this._offer();
  }

  getValue(): IDestination {
    const memory = valueOf(this._memory);
    const resources = {
      cpus: valueOf(this._cpus),
      memory_bytes: memory === null ? null : Math.round(memory * GB),
      gpus: valueOf(this._gpus)
    };
    const isAsked = Object.values(resources).some(value => value !== null);
    return {
      target: this._target.value,
      mode:
        !this._mode.disabled && this._mode.value === 'session'
          ? 'session'
          : 'fresh',
      resources: isAsked ? resources : null
    };
  }

  /** Offer what the target can do. */
  private _offer(): void {
    const target = this._targets.find(
      ({ name }) => name === this._target.value
    );
    const can = (capability: Capability): boolean =>
      target?.capabilities.includes(capability) ?? true;
    for (const input of [this._cpus, this._memory, this._gpus]) {
      input.disabled = !can('resources');
    }
    this._mode.disabled = !can('session');
  }

  private readonly _cpus: HTMLInputElement;
  private readonly _gpus: HTMLInputElement;
  private readonly _memory: HTMLInputElement;
  private readonly _mode: HTMLSelectElement;
  private readonly _target: HTMLSelectElement;
  private readonly _targets: readonly ITarget[];
}

/** The number in a field; null where there is none, or it is switched off. */
function valueOf(input: HTMLInputElement): number | null {
  const value = input.valueAsNumber;
  return input.disabled || Number.isNaN(value) || value < Number(input.min)
    ? null
    : value;
}

function numberInput(step: string, placeholder: string): HTMLInputElement {
  const input = document.createElement('input');
  input.type = 'number';
  input.min = step;
  input.step = step;
  input.placeholder = placeholder;
  return input;
}

function select(
  choices: readonly (readonly [value: string, label: string])[]
): HTMLSelectElement {
  const element = document.createElement('select');
  for (const [value, label] of choices) {
    element.add(new Option(label, value));
  }
  return element;
}

function field(label: string, input: HTMLElement): HTMLElement {
  const element = document.createElement('label');
  const text = document.createElement('span');
  text.textContent = label;
  element.append(text, input);
  return element;
}
