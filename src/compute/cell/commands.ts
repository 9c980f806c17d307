import type { ICommandPalette } from '@jupyterlab/apputils';
import { Notification } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { NO_ARGUMENTS } from '../../commands';
import type { IDsinfraApi } from '../../tokens';
import { targetStateLabel } from '../states';
import type { Cell } from './cells';
import { codeModelOf } from './cells';
import type { TargetChoice } from './choice';
import type { IDestination } from './destination';
import { remoteIcon } from './icon';
import type { CellCompute } from './start';
import { CellCommandIDs as IDs } from './tokens';
import { obstacleOf } from './usable';

/** How long a message is shown, in milliseconds. */
const MESSAGE_TIME = 6000;

const RUN_ARGUMENTS = {
  args: {
    type: 'object',
    properties: {
      target: {
        type: 'string',
        description:
          'The name of the target. Default: that of the notebook, else the one used last.'
      }
    }
  }
} as const;

const CHOOSE_ARGUMENTS = {
  args: {
    type: 'object',
    required: ['target'],
    properties: {
      target: {
        type: ['string', 'null'],
        description: 'The name of the target. Null: the kernel of the notebook.'
      }
    }
  }
} as const;

export interface ICommandOptions {
  api: IDsinfraApi;
  cells: CellCompute;
  choice: TargetChoice;
  commands: CommandRegistry;
  palette: ICommandPalette | null;
  tracker: INotebookTracker;
  trans: TranslationBundle;
}

/** Add the commands that send cells, and choose where they go. */
export function addCommands(options: ICommandOptions): void {
  const { choice, commands, palette, tracker, trans } = options;
  const obstacle = (): string =>
    obstacleOf(tracker.currentWidget, options.api, trans);
  const nameOf = (args: ReadonlyPartialJSONObject): string =>
    typeof args.target === 'string'
      ? args.target
      : choice.defaultOf(tracker.currentWidget);
  commands.addCommand(IDs.run, {
    label: args =>
      typeof args.target === 'string'
        ? targetLabel(args.target, choice, trans)
        : trans.__('Run Selected Cells on %1', nameOf(args)),
    caption: args =>
      obstacle() ||
      trans.__(
        'Send the selected cells to %1, with the names they need',
        nameOf(args)
      ),
    icon: args => (args.target === undefined ? remoteIcon : undefined),
    describedBy: RUN_ARGUMENTS,
    isEnabled: () => obstacle() === '',
    isVisible: args =>
      args.isToolbar !== true || isCode(tracker.activeCell as Cell | null),
    execute: args =>
      send(options, { target: nameOf(args), mode: 'fresh', resources: null })
  });
  commands.addCommand(IDs.runWithOptions, {
    label: trans.__('Run with Options…'),
    caption: () =>
      obstacle() ||
      trans.__('Choose target, resources and kernel, and send the cells'),
    describedBy: NO_ARGUMENTS,
    isEnabled: () => obstacle() === '',
    execute: async () => {
      const { askDestination } = await import(
        /* webpackChunkName: "dialogs" */ './options'
      );
      const to = await askDestination({
        target: choice.defaultOf(tracker.currentWidget),
        targets: choice.targets,
        trans
      });
      if (to !== null) {
        await send(options, to);
      }
    }
  });
  commands.addCommand(IDs.choose, {
    label: args =>
      typeof args.target === 'string'
        ? targetLabel(args.target, choice, trans)
        : trans.__('This Kernel'),
    caption: trans.__('Where “Run on Target” sends the cells of the notebook'),
    describedBy: CHOOSE_ARGUMENTS,
    isEnabled: () => tracker.currentWidget?.model?.readOnly === false,
    isToggled: args =>
      choice.of(tracker.currentWidget) === (args.target ?? null),
    isToggleable: true,
    execute: args => {
      const panel = tracker.currentWidget;
      if (panel !== null) {
        const { target } = args;
        choice.choose(panel, typeof target === 'string' ? target : null);
      }
    }
  });
  commands.addCommand(IDs.cancel, {
    label: trans.__('Cancel Job of Cell'),
    caption: trans.__('End what the active cell has started on a target'),
    icon: stopIcon,
    describedBy: NO_ARGUMENTS,
    isEnabled: () => activeJob(options)?.isOpen === true,
    execute: () => activeJob(options)?.cancel()
  });
  for (const command of [IDs.run, IDs.runWithOptions, IDs.cancel]) {
    palette?.addItem({
      command,
      category: trans.__('Notebook Cell Operations')
    });
  }
  // What was drawn before there were commands, or for another cell.
  const redraw = (): void => commands.notifyCommandChanged(IDs.run);
  choice.changed.connect(redraw);
  tracker.activeCellChanged.connect(redraw);
  options.api.changed.connect(redraw);
  const follow = ({ sessionContext }: NotebookPanel): void => {
    sessionContext.kernelChanged.connect(redraw);
  };
  tracker.forEach(follow);
  tracker.widgetAdded.connect((_, panel) => follow(panel));
  redraw();
}

/** The job of the active cell. */
function activeJob({ cells, tracker }: ICommandOptions) {
  const panel = tracker.currentWidget;
  const id = panel?.content.activeCell?.model.id;
  return panel && id ? (cells.of(panel)?.of(id) ?? null) : null;
}

/** Send the selected cells of the notebook in front. */
async function send(options: ICommandOptions, to: IDestination): Promise<void> {
  const { cells, choice, tracker, trans } = options;
  const panel = tracker.currentWidget;
  const jobs = panel === null ? null : cells.of(panel);
  if (panel === null || jobs === null) {
    return;
  }
  const selected = selectedOf(panel);
  if (!selected.some(isCode)) {
    Notification.info(trans.__('Only cells of code can be sent.'), {
      autoClose: MESSAGE_TIME
    });
    return;
  }
  choice.use(to.target);
  await cells.sender.send(jobs, selected, to);
}

/** The selected cells in their order; the active one is among them. */
function selectedOf({ content }: NotebookPanel): Cell[] {
  return content.widgets.filter(cell => content.isSelectedOrActive(cell));
}

function isCode(cell: Cell | null): boolean {
  return cell !== null && codeModelOf(cell) !== null;
}

/** A target with how it stands. */
function targetLabel(
  name: string,
  choice: TargetChoice,
  trans: TranslationBundle
): string {
  const target = choice.find(name);
  return target === null
    ? name
    : trans.__('%1 (%2)', name, targetStateLabel(target.state, trans));
}
