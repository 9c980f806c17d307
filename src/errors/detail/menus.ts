import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

/** An entry of a menu that is made for one click; null is a line. */
export type MenuEntry = {
  label: string;
  caption?: string;
  isEnabled?: boolean;
  run: () => void;
} | null;

/** Open a menu below a button; returns it. */
export function openMenu(
  entries: readonly MenuEntry[],
  anchor: HTMLElement,
  trans: TranslationBundle
): Menu {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  entries.forEach((entry, index) => {
    if (entry === null) {
      menu.addItem({ type: 'separator' });
      return;
    }
    const command = `entry-${index}`;
    commands.addCommand(command, {
      label: entry.label,
      caption: entry.caption ?? '',
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => entry.isEnabled ?? true,
      execute: entry.run
    });
    menu.addItem({ command });
  });
  menu.node.setAttribute('aria-label', trans.__('Actions'));
  const { bottom, left } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
  return menu;
}
