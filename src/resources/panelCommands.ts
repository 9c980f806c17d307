import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { NO_ARGUMENTS } from '../commands';
import type { KernelActions } from './kernelActions';
import type { ResourcesModel } from './model';
import { ResourceCommandIDs } from './tokens';

const KERNEL = {
  args: {
    type: 'object',
    properties: {
      kernelId: {
        type: 'string',
        description:
          'The id of the kernel. Default: that selected in the sidebar.'
      }
    }
  }
} as const;

export interface ICommandOptions {
  app: JupyterFrontEnd;
  actions: KernelActions;
  model: ResourcesModel;
  palette: ICommandPalette | null;
  show: () => void;
  trans: TranslationBundle;
}

/** Add the commands of the section: on the section, and on a kernel of it. */
export function addCommands(options: ICommandOptions): void {
  const { app, actions, model, palette, show, trans } = options;
  const { commands } = app;
  commands.addCommand(ResourceCommandIDs.show, {
    label: trans.__('Show Resources'),
    caption: trans.__('Where CPU, memory and GPUs of this server go'),
    describedBy: NO_ARGUMENTS,
    execute: show
  });
  palette?.addItem({
    command: ResourceCommandIDs.show,
    category: trans.__('Infrastructure')
  });
  const idOf = (args: ReadonlyPartialJSONObject): string | null =>
    typeof args.kernelId === 'string' ? args.kernelId : model.selectedId;
  const specs = [
    [ResourceCommandIDs.openNotebook, trans.__('Open'), undefined, 'open'],
    [
      ResourceCommandIDs.interrupt,
      trans.__('Interrupt'),
      stopIcon,
      'interrupt'
    ],
    [ResourceCommandIDs.restart, trans.__('Restart…'), refreshIcon, 'restart'],
    [ResourceCommandIDs.shutDown, trans.__('Shut Down…'), closeIcon, 'shutDown']
  ] as const;
  commands.addCommand(ResourceCommandIDs.showMemory, {
    label: trans.__('Memory in Detail'),
    caption: trans.__(
      'What is its own and what it shares with other processes'
    ),
    describedBy: KERNEL,
    isEnabled: args => idOf(args) !== null,
    isToggled: args => model.memory.kernelId === (idOf(args) ?? ''),
    execute: args => {
      const id = idOf(args);
      model.showMemory(model.memory.kernelId === id ? null : id);
    }
  });
  for (const [command, label, icon, name] of specs) {
    commands.addCommand(command, {
      label,
      icon,
      describedBy: KERNEL,
      isEnabled: args => idOf(args) !== null,
      execute: async args => {
        const id = idOf(args);
        if (id !== null) {
          await actions[name](id, model.nameOf(id));
        }
      }
    });
  }
}
