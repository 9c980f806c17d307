import '../../style/compute.css';
import '../../style/ui.css';

import type { ITranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { ComputeActions } from './actions';
import { groupMenu, jobMenu, targetMenu } from './menus';
import type { ComputeModel } from './model';
import { ComputeCommandIDs } from './tokens';
import { ComputeWidget } from './widget';

export interface IContentOptions {
  actions: ComputeActions;
  commands: CommandRegistry;
  model: ComputeModel;
  translator: ITranslator;
}

/** Make the content of the section. */
export function createContent(options: IContentOptions): ComputeWidget {
  const { actions, commands, model, translator } = options;
  const trans = translator.load('dsinfra_jlab');
  const onJob = (command: string, jobId: string): void =>
    void commands.execute(command, { jobId });
  const onGroup = (command: string, groupId: string): void =>
    void commands.execute(command, { groupId });
  return new ComputeWidget({
    model,
    translator,
    actions: {
      start: ({ name }) => void actions.startTarget(name),
      stop: ({ name }) => void actions.stopTarget(name),
      scale: ({ name }, workers) => void actions.scaleTarget(name, workers),
      edit: ({ name }) => void actions.editTarget(name),
      openDashboard: ({ name }) =>
        void commands.execute(ComputeCommandIDs.openTargetDashboard, { name }),
      showTargetMenu: (target, x, y) => targetMenu(target, commands).open(x, y),
      open: ({ id }) => onJob(ComputeCommandIDs.openJob, id),
      cancel: ({ id }) => onJob(ComputeCommandIDs.cancelJob, id),
      retry: ({ id }) => onJob(ComputeCommandIDs.retryJob, id),
      review: ({ id }) => onJob(ComputeCommandIDs.reviewJob, id),
      forget: ({ id }) => onJob(ComputeCommandIDs.forgetJob, id),
      showJobMenu: (job, x, y) => jobMenu(job, commands).open(x, y),
      cancelGroup: ({ id }) => onGroup(ComputeCommandIDs.cancelGroup, id),
      retryGroup: ({ id }) => onGroup(ComputeCommandIDs.retryGroup, id),
      showGroupMenu: (group, x, y) =>
        groupMenu(group, commands, trans).open(x, y)
    }
  });
}
