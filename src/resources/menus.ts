import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { IKernelSample } from '../api/types';
import { ResourceCommandIDs } from './tokens';

/** What can be done with a kernel. */
export function kernelMenu(
  kernel: IKernelSample,
  commands: CommandRegistry
): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  const args = { kernelId: kernel.kernel_id };
  menu.addItem({ command: ResourceCommandIDs.openNotebook, args });
  menu.addItem({ command: ResourceCommandIDs.showMemory, args });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: ResourceCommandIDs.interrupt, args });
  menu.addItem({ command: ResourceCommandIDs.restart, args });
  menu.addItem({ command: ResourceCommandIDs.shutDown, args });
  return menu;
}
