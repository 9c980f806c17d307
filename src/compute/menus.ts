import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { IJob, IJobGroup, ITarget } from '../api/types';
import { CommandIDs } from '../commands';
import { failedCount, isGroupOpen, isOpen, isUp, isWaiting } from './states';
import { ComputeCommandIDs as IDs } from './tokens';

const SEPARATOR = null;

type Entry = Menu.IItemOptions | null;

/** What can be done with a target. */
export function targetMenu(target: ITarget, commands: CommandRegistry): Menu {
  const args = { name: target.name };
  const entries: Entry[] = [];
  if (target.capabilities.includes('start')) {
    const command = isUp(target) ? IDs.stopTarget : IDs.startTarget;
    entries.push({ command, args });
  }
  entries.push({ command: IDs.testTarget, args });
  entries.push({ command: IDs.editTarget, args });
  if (target.client_code !== null) {
    entries.push(SEPARATOR);
    entries.push({ command: IDs.insertTargetCode, args });
    entries.push({ command: IDs.copyTargetCode, args });
  }
  if (target.dashboard_url !== null) {
    entries.push(SEPARATOR, { command: IDs.openTargetDashboard, args });
  }
  if (!target.is_builtin) {
    entries.push(SEPARATOR, { command: IDs.removeTarget, args });
  }
  return menuOf(entries, commands);
}

/** What can be done with a job. */
export function jobMenu(job: IJob, commands: CommandRegistry): Menu {
  const args = { jobId: job.id };
  const entries: Entry[] = [{ command: IDs.openJob, args }];
  if (isWaiting(job)) {
    entries.push({ command: IDs.reviewJob, args });
  }
  if (job.cell_id !== null && job.notebook_path !== null) {
    entries.push({ command: IDs.goToJobCell, args });
  }
  entries.push({ command: CommandIDs.openRun, args: { id: job.run_id } });
  entries.push(SEPARATOR);
  if (isOpen(job)) {
    entries.push({ command: IDs.cancelJob, args });
  } else {
    entries.push({ command: IDs.retryJob, args });
    entries.push({ command: IDs.forgetJob, args });
  }
  return menuOf(entries, commands);
}

/** What can be done with a group of jobs. */
export function groupMenu(
  group: IJobGroup,
  commands: CommandRegistry,
  trans: TranslationBundle
): Menu {
  const args = { groupId: group.id };
  const { notebook_path: path, parent_run_id: runId } = group;
  const entries: Entry[] = [];
  if (runId !== null) {
    entries.push({ command: CommandIDs.goToCell, args: { run_id: runId } });
  }
  if (path !== null) {
    const name = (path.split('/').pop() ?? '').replace(/\.ipynb$/, '');
    entries.push({
      command: CommandIDs.searchRuns,
      args: {
        q: `notebook:"${name.replace(/"/g, '')}" target:"${group.target}"`,
        label: trans.__('Show in Experiments')
      }
    });
  }
  entries.push(SEPARATOR);
  if (isGroupOpen(group)) {
    entries.push({ command: IDs.cancelGroup, args });
  }
  if (failedCount(group.counts) > 0) {
    entries.push({ command: IDs.retryGroup, args });
  }
  return menuOf(entries, commands);
}

function menuOf(entries: readonly Entry[], commands: CommandRegistry): Menu {
  const menu = new Menu({ commands });
  menu.addClass('jp-DsinfraMenu');
  for (const entry of entries) {
    if (entry === SEPARATOR) {
      menu.addItem({ type: 'separator' });
    } else if (!entry.command || commands.hasCommand(entry.command)) {
      // Other features can be disabled, and take their commands along.
      menu.addItem(entry);
    }
  }
  return menu;
}
