import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { ITranslator as ITranslatorType } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import { AccordionPanel } from '@lumino/widgets';

import { CommandIDs, NO_ARGUMENTS } from './commands';
import { IInfrastructureSidebar } from './tokens';
import { infrastructureIcon } from './ui/icons';

/** Where the sidebar stands among its neighbours; the table of contents has 400. */
const RANK = 450;

/** The left panel in which the sections of all features are stacked. */
export class InfrastructureSidebar
  extends SidePanel
  implements IInfrastructureSidebar
{
  constructor(options: { translator: ITranslatorType }) {
    super({ translator: options.translator });
    const trans = options.translator.load('dsinfra_jlab');
    this.id = 'jp-dsinfra-sidebar';
    this.addClass('jp-DsinfraSidebar');
    this.title.icon = infrastructureIcon;
    this.title.caption = trans.__('Infrastructure');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Infrastructure'));
  }

  addSection(widget: Widget, rank: number, isCollapsed = false): void {
    const index = this._ranks.filter(other => other <= rank).length;
    this._ranks.splice(index, 0, rank);
    this.insertWidget(index, widget);
    if (isCollapsed && this.content instanceof AccordionPanel) {
      this.content.collapse(index);
    }
  }

  /** Open the section that holds this widget. */
  reveal(widget: Widget): void {
    const index = this.widgets.indexOf(widget);
    if (index >= 0 && this.content instanceof AccordionPanel) {
      this.content.expand(index);
    }
    this.revealed?.();
    // The keyboard goes where the eyes go.
    widget.node.tabIndex = -1;
    widget.node.focus({ preventScroll: true });
  }

  /** Called to bring the whole sidebar to the front. */
  revealed: (() => void) | null = null;

  private _ranks: number[] = [];
}

/** Provides the sidebar. */
const plugin: JupyterFrontEndPlugin<IInfrastructureSidebar> = {
  id: 'dsinfra-jlab:sidebar',
  description: 'The Infrastructure sidebar.',
  autoStart: true,
  provides: IInfrastructureSidebar,
  optional: [ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): IInfrastructureSidebar => {
    const trans = (translator ?? nullTranslator).load('dsinfra_jlab');
    const sidebar = new InfrastructureSidebar({
      translator: translator ?? nullTranslator
    });
    sidebar.revealed = () => app.shell.activateById(sidebar.id);
    app.shell.add(sidebar, 'left', { rank: RANK });
    restorer?.add(sidebar, sidebar.id);
    app.commands.addCommand(CommandIDs.showSidebar, {
      label: trans.__('Show Infrastructure'),
      caption: trans.__('Show recorded runs and the state of the machine'),
      describedBy: NO_ARGUMENTS,
      execute: () => app.shell.activateById(sidebar.id)
    });
    palette?.addItem({
      command: CommandIDs.showSidebar,
      category: trans.__('Infrastructure')
    });
    return sidebar;
  }
};

export default plugin;
