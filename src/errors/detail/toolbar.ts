import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Toolbar } from '@jupyterlab/ui-components';
import {
  ToolbarButton,
  bugIcon,
  checkIcon,
  clearIcon,
  copyIcon,
  downloadIcon,
  fastForwardIcon,
  jumpForwardIcon,
  undoIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { EXPORT_NAMES } from '../../api/errors';
import type {
  ExportFormat,
  IErrorGroupPatch,
  IErrorRecord
} from '../../api/types';
import type { IApiClient, IErrorsClient } from '../../tokens';
import { saveFile } from '../../ui/files';
import { tellFailure } from '../../ui/messages';
import { ErrorActionIDs } from '../actionIds';
import { PROFILERS, profilerLabel, versionOf } from '../profiling';
import type { MenuEntry } from './menus';
import { openMenu } from './menus';
import type { ErrorModel } from './model';

/** How long messages are shown, in milliseconds. */
const MESSAGE_TIME = 2000;

/** How many more times an error may happen while it is ignored. */
const IGNORE_COUNTS = [10, 100];

/** What the toolbar of an error works on. */
export interface IToolbarOptions {
  client: Pick<IApiClient, 'environment'>;
  commands: CommandRegistry;
  errors: IErrorsClient;
  /** Show the line of an occurrence in its notebook. */
  goToLine: (record: IErrorRecord) => void;
  hasNotebooks: boolean;
  model: ErrorModel;
  toolbar: Toolbar;
  trans: TranslationBundle;
}

/** Put into the toolbar what can be done about an error. */
export function addButtons(options: IToolbarOptions): void {
  new ErrorToolbar(options).fill();
}

class ErrorToolbar {
  constructor(options: IToolbarOptions) {
    this._options = options;
  }

  fill(): void {
    const { trans } = this._options;
    const { hasNotebooks } = this._options;
    if (hasNotebooks) {
      this._add('go-to-line', hasCell, {
        icon: jumpForwardIcon,
        label: trans.__('Go to line'),
        tooltip: trans.__('Show the line that failed in its notebook'),
        onClick: () => {
          const { goToLine, model } = this._options;
          if (model.current) {
            goToLine(model.current);
          }
        }
      });
      this._add('run-to-here', hasCell, {
        icon: fastForwardIcon,
        label: trans.__('Run to here'),
        tooltip: trans.__('Run all cells above the one that failed, then it'),
        onClick: () => this._onCell(ErrorActionIDs.runToHere)
      });
      this._addMenu('debug', hasCell, {
        icon: bugIcon,
        label: trans.__('Debug'),
        tooltip: trans.__('Look closer at the cell that failed'),
        entries: () => this._debugEntries()
      });
    }
    this._addState();
    this._addMenu('copy', record => record !== null, {
      icon: copyIcon,
      label: trans.__('Copy'),
      tooltip: trans.__('Copy this occurrence'),
      entries: () => this._copyEntries()
    });
    this._addMenu('export', () => true, {
      icon: downloadIcon,
      label: trans.__('Export'),
      tooltip: trans.__('Download the occurrences of this error'),
      entries: () => this._exportEntries()
    });
  }

  /** Add what changes the state of the group, each where it can be changed so. */
  private _addState(): void {
    const { model, toolbar, trans } = this._options;
    const set = (patch: IErrorGroupPatch) => () => this._patch(patch);
    const resolve = this._add('resolve', () => true, {
      icon: checkIcon,
      label: trans.__('Resolve'),
      tooltip: trans.__('Say that this is done with until it happens again'),
      onClick: set({ state: 'resolved' })
    });
    const ignore = this._addMenu('ignore', () => true, {
      icon: clearIcon,
      label: trans.__('Ignore'),
      tooltip: trans.__('Leave this out of what is open'),
      entries: () => [
        {
          label: trans.__('For Ever'),
          run: set({ state: 'ignored', ignore_until: 'forever' })
        },
        ...IGNORE_COUNTS.map(count => ({
          label: trans.__('Until It Happens %1 More Times', count),
          run: set({
            state: 'ignored',
            ignore_until: 'count',
            ignore_count: count
          })
        })),
        {
          label: trans.__('Until It Happens Much More Often'),
          run: set({ state: 'ignored', ignore_until: 'escalating' })
        }
      ]
    });
    const reopen = this._add('reopen', () => true, {
      icon: undoIcon,
      label: trans.__('Reopen'),
      tooltip: trans.__('Take back that it is resolved or ignored'),
      onClick: set({ state: 'ongoing' })
    });
    const update = (): void => {
      const state = model.group?.state;
      const isClosed = state === 'resolved' || state === 'ignored';
      resolve.setHidden(isClosed);
      ignore.setHidden(isClosed);
      reopen.setHidden(!isClosed);
    };
    model.stateChanged.connect(update, toolbar);
    update();
  }

  /** Add a button that can be used while there is a group, and an occurrence that fits. */
  private _add(
    name: string,
    canDo: (record: IErrorRecord | null) => boolean,
    props: ToolbarButton['props'] & object
  ): ToolbarButton {
    const { model, toolbar } = this._options;
    const button = new ToolbarButton({ ...props, enabled: false });
    toolbar.addItem(name, button);
    model.stateChanged.connect(() => {
      button.enabled = model.group !== null && canDo(model.current);
    }, button);
    return button;
  }

  private _addMenu(
    name: string,
    canDo: (record: IErrorRecord | null) => boolean,
    props: ToolbarButton['props'] &
      object & { entries: () => MenuEntry[] | Promise<MenuEntry[]> }
  ): ToolbarButton {
    const { trans } = this._options;
    const { entries, ...rest } = props;
    const button: ToolbarButton = this._add(name, canDo, {
      ...rest,
      onClick: () => {
        this._start(async () => {
          openMenu(await entries(), button.node, trans);
        });
      }
    });
    button.addClass('jp-DsinfraError-menuButton');
    return button;
  }

  private async _debugEntries(): Promise<MenuEntry[]> {
    const { commands, trans } = this._options;
    const packages = await this._packages();
    const profile = (what: 'time' | 'memory', command: string): MenuEntry => ({
      label: profilerLabel(
        what,
        // Where nothing is known of the environment, it may be there.
        packages === null ||
          versionOf(PROFILERS[what].package, packages) !== null,
        trans
      ),
      run: () => this._onCell(command)
    });
    const command = (id: string): MenuEntry => ({
      label: commands.label(id),
      caption: commands.caption(id),
      run: () => this._onCell(id)
    });
    return [
      command(ErrorActionIDs.debug),
      command(ErrorActionIDs.startDebugger),
      null,
      profile('time', ErrorActionIDs.profileTime),
      profile('memory', ErrorActionIDs.profileMemory)
    ];
  }

  private async _packages(): Promise<Record<string, string> | null> {
    const { client, model } = this._options;
    const runId = model.current?.run_id;
    try {
      return runId ? (await client.environment(runId)).packages : null;
    } catch {
      // A run without an environment: what is installed is not known.
      return null;
    }
  }

  private _copyEntries(): MenuEntry[] {
    const { errors, model, trans } = this._options;
    const copy = (text: string): void => {
      Clipboard.copyToSystem(text);
      Notification.success(trans.__('Copied.'), { autoClose: MESSAGE_TIME });
    };
    return [
      {
        label: trans.__('Copy as Markdown'),
        run: () =>
          this._start(async () => {
            const id = model.current?.id;
            const file = await errors.exportErrors({
              format: 'markdown',
              error_id: id
            });
            copy(await file.text());
          })
      },
      {
        label: trans.__('Copy as JSON'),
        run: () => copy(JSON.stringify(model.current, null, 2))
      }
    ];
  }

  private _exportEntries(): MenuEntry[] {
    const { errors, model, trans } = this._options;
    const labels: [ExportFormat, string][] = [
      ['markdown', trans.__('Markdown')],
      ['jsonl', trans.__('JSON Lines')],
      ['otlp', trans.__('OpenTelemetry Log Records')],
      ['sentry', trans.__('Sentry Envelopes')]
    ];
    return labels.map(([format, label]) => ({
      label,
      run: () =>
        this._start(async () => {
          const file = await errors.exportErrors({
            format,
            group_id: model.groupId
          });
          saveFile(file, EXPORT_NAMES[format]);
        })
    }));
  }

  private _onCell(command: string): void {
    const { commands, model } = this._options;
    const record = model.current;
    if (record) {
      this._start(() =>
        commands.execute(command, {
          cell_id: record.cell_id ?? '',
          notebook_path: record.notebook_path ?? ''
        })
      );
    }
  }

  private _patch(patch: IErrorGroupPatch): void {
    this._start(() => this._options.model.patch(patch));
  }

  /** Do something; a failure is told to the user. */
  private _start(work: () => Promise<unknown>): void {
    work().catch(tellFailure);
  }

  private readonly _options: IToolbarOptions;
}

/** Whether an error happened in a cell of a notebook. */
function hasCell(record: IErrorRecord | null): boolean {
  return record !== null && !!record.cell_id && !!record.notebook_path;
}
