import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { messageOf } from '../api/failures';
import type { IJob, IJobGroup, ITarget } from '../api/types';
import type { IComputeClient } from '../tokens';
import { formatDuration } from '../ui/format';
import { FAILURE_TIME, tellFailure } from '../ui/messages';
import type { GroupBook } from './groups';
import type { JobBook } from './jobs';
import { failedCount, isOpen, openCount, titleOf } from './states';
import type { TargetBook } from './targets';

/** How long messages are shown, in milliseconds. */
const MESSAGE_TIME = 4000;

/** Jobs of a group from which on the user is asked before something is done to all of them. */
const MANY = 10;

/** What the commands on targets and jobs do; what goes wrong is told to the user. */
export class ComputeActions {
  constructor(options: ComputeActions.IOptions) {
    this._options = options;
  }

  startTarget(name: string): Promise<void> {
    return this._onTarget(() => this._client.startTarget(name));
  }

  /** Stop a target; asks first if jobs would end with it. */
  async stopTarget(name: string): Promise<void> {
    const { trans } = this._options;
    const target = this._options.targets.find(name);
    const count =
      (target?.capacity?.running_jobs ?? 0) +
      (target?.capacity?.queued_jobs ?? 0);
    const isSure =
      count === 0 ||
      (await this._ask(
        trans.__('Stop %1?', name),
        trans._n(
          '%1 job on it has not ended, and ends with it.',
          '%1 jobs on it have not ended, and end with it.',
          count
        ),
        trans.__('Stop')
      ));
    if (isSure) {
      await this._onTarget(() => this._client.stopTarget(name));
    }
  }

  scaleTarget(name: string, workers: number): Promise<void> {
    return this._onTarget(() => this._client.scaleTarget(name, workers));
  }

  /** Try a target and tell what came of it. */
  async testTarget(name: string): Promise<void> {
    const { trans } = this._options;
    const id = Notification.emit(trans.__('Testing %1…', name), 'in-progress', {
      autoClose: false
    });
    const say = (message: string, isOk: boolean): void => {
      Notification.update({
        id,
        message,
        type: isOk ? 'success' : 'error',
        autoClose: isOk ? MESSAGE_TIME : false
      });
    };
    try {
      const test = await this._client.testTarget(name);
      const facts = [
        test.python ? trans.__('Python %1', test.python) : '',
        typeof test.round_trip_s === 'number'
          ? trans.__('answers in %1', formatDuration(test.round_trip_s))
          : ''
      ].filter(fact => fact !== '');
      const missing = test.missing ?? [];
      const lines = [
        `${name}: ${test.detail || trans.__('It works.')}`,
        facts.join(', '),
        missing.length > 0
          ? trans.__('Its workers lack %1.', missing.join(', '))
          : ''
      ];
      say(lines.filter(line => line !== '').join('\n'), test.is_ok);
    } catch (error) {
      say(`${name}: ${messageOf(error)}`, false);
    }
    await this._options.targets.refresh();
  }

  async removeTarget(name: string): Promise<void> {
    const { targets, trans } = this._options;
    const isSure = await this._ask(
      trans.__('Remove %1?', name),
      trans.__(
        'It is stopped, and its settings are forgotten. What ran on it stays recorded.'
      ),
      trans.__('Remove')
    );
    if (isSure) {
      await this._try(async () => {
        await this._client.removeTarget(name);
        targets.remove(name);
      });
    }
  }

  /** Ask for a target in a form; for a new one if none is given. */
  async editTarget(name: string | null): Promise<void> {
    const { client, targets, trans } = this._options;
    await this._try(async () => {
      const [{ askTarget }, { items: engines }, target] = await Promise.all([
        import(/* webpackChunkName: "dialogs" */ './target/dialog'),
        client.engines(),
        name === null ? null : client.target(name)
      ]);
      const saved = await askTarget({
        client,
        engines,
        names: targets.names,
        target,
        trans
      });
      if (saved !== null) {
        targets.put(saved);
      }
    });
  }

  cancelJob(id: string): Promise<void> {
    return this._onJob(() => this._client.cancelJob(id));
  }

  /** Send a job that has ended once more; gives the new one. */
  async retryJob(id: string): Promise<IJob | null> {
    let made: IJob | null = null;
    await this._onJob(async () => (made = await this._client.retryJob(id)));
    return made;
  }

  async forgetJob(id: string): Promise<void> {
    const { groups, jobs } = this._options;
    await this._try(async () => {
      await this._client.forgetJob(id);
      jobs.remove(id);
      await groups.refresh();
    });
  }

  /** Cancel what has not ended of a group; asks first if that is much. */
  async cancelGroup(id: string): Promise<void> {
    const { client, groups, trans } = this._options;
    await this._try(async () => {
      const group = await client.jobGroup(id);
      const count = openCount(group.counts);
      const isSure =
        count < MANY ||
        (await this._ask(
          trans.__('Cancel %1?', titleOf(group, trans)),
          trans._n(
            '%1 job has not ended. If it runs it is interrupted, and then killed.',
            '%1 jobs have not ended. Those that run are interrupted, and then killed.',
            count
          ),
          trans.__('Cancel Jobs')
        ));
      if (isSure) {
        groups.put(await client.cancelGroup(id));
        await groups.refresh();
      }
    });
  }

  /** Send again what failed of a group; asks first if that is much. */
  async retryGroup(id: string): Promise<void> {
    const { client, groups, trans } = this._options;
    await this._try(async () => {
      const group = await client.jobGroup(id);
      const count = failedCount(group.counts);
      const isSure =
        count < MANY ||
        (await this._ask(
          trans.__('Run what failed of %1 again?', titleOf(group, trans)),
          trans._n(
            '%1 job is sent once more.',
            '%1 jobs are sent once more.',
            count
          ),
          trans.__('Run Again')
        ));
      if (isSure) {
        await this._retryAll(group);
        await groups.refresh();
      }
    });
  }

  /** Ask for one part after the other: the server takes only some at a time. */
  private async _retryAll({ id }: IJobGroup): Promise<void> {
    const { client, groups, trans } = this._options;
    let refused = 0;
    let reason = '';
    let isGoingOn = true;
    while (isGoingOn) {
      const answer = await client.retryGroup(id);
      groups.put(answer.group);
      refused = answer.refused;
      reason = answer.reason;
      isGoingOn = answer.left > 0 && answer.sent > 0;
    }
    if (refused > 0) {
      const text = trans._n(
        '%1 job could not be sent again: %2',
        '%1 jobs could not be sent again: %2',
        refused,
        reason
      );
      Notification.warning(text, { autoClose: FAILURE_TIME });
    }
  }

  /** Show what was found before a job is sent, and do what the user says. */
  async reviewJob(id: string): Promise<void> {
    const { client, trans } = this._options;
    await this._try(async () => {
      const [{ askPreflight }, job] = await Promise.all([
        import(/* webpackChunkName: "dialogs" */ './preflight/dialog'),
        client.job(id)
      ]);
      if (job.preflight === null || !isOpen(job)) {
        Notification.info(
          trans.__('%1 no longer waits.', titleOf(job, trans)),
          { autoClose: MESSAGE_TIME }
        );
        return;
      }
      const answer = await askPreflight(job, trans);
      if (answer !== null) {
        this._put(
          answer === 'send'
            ? await client.confirmJob(id)
            : await client.cancelJob(id)
        );
      }
    });
  }

  private get _client(): IComputeClient {
    return this._options.client;
  }

  private _onTarget(work: () => Promise<ITarget>): Promise<void> {
    return this._try(async () => this._options.targets.put(await work()));
  }

  private _onJob(work: () => Promise<IJob>): Promise<void> {
    return this._try(async () => this._put(await work()));
  }

  private _put(job: IJob): void {
    const { groups, jobs } = this._options;
    if (job.group_id === null) {
      jobs.put(job);
    } else {
      groups.putItem(job);
    }
  }

  private async _try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      tellFailure(error);
    }
  }

  private async _ask(
    title: string,
    body: string,
    label: string
  ): Promise<boolean> {
    const { button } = await showDialog({
      title,
      body,
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })]
    });
    return button.accept;
  }

  private _options: ComputeActions.IOptions;
}

export namespace ComputeActions {
  export interface IOptions {
    client: IComputeClient;
    groups: GroupBook;
    jobs: JobBook;
    targets: TargetBook;
    trans: TranslationBundle;
  }
}
