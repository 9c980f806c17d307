import type { JupyterFrontEnd } from '@jupyterlab/application';
import type {
  ISessionContext,
  ISessionContextDialogs
} from '@jupyterlab/apputils';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { Kernel, Session } from '@jupyterlab/services';
import type { ITranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { tellFailure } from '../ui/messages';

const AREAS = ['main', 'down', 'right', 'left'];

/** What can be done with a kernel, each by JupyterLab's own ways. */
export class KernelActions {
  constructor(options: KernelActions.IOptions) {
    this._options = options;
  }

  /** Show what a kernel belongs to. */
  open(kernelId: string): Promise<void> {
    return this._told(async () => {
      const { commands, shell } = this._options.app;
      const widget = this._widgetOf(kernelId);
      if (widget !== null) {
        shell.activateById(widget.id);
        return;
      }
      const session = await this._sessionOf(kernelId);
      if (session === null) {
        // It has no document: a console shows what can be done with it.
        const { id } = await this._modelOf(kernelId);
        await commands.execute('console:create', { kernelPreference: { id } });
        return;
      }
      const { path, type } = session;
      const command = type === 'console' ? 'console:open' : 'docmanager:open';
      await commands.execute(command, { path });
    });
  }

  interrupt(kernelId: string): Promise<void> {
    return this._told(async () => {
      const kernel = this._contextOf(kernelId)?.session?.kernel;
      await (kernel
        ? kernel.interrupt()
        : this._connected(kernelId, each => each.interrupt()));
    });
  }

  /** Restart a kernel if the user confirms it. */
  restart(kernelId: string, name: string): Promise<void> {
    return this._told(async () => {
      const { dialogs, translator } = this._options;
      const context = this._contextOf(kernelId);
      if (context !== null && dialogs !== null) {
        await dialogs.restart(context);
        return;
      }
      // No view has this kernel: the same question in JupyterLab's own words.
      const trans = translator.load('jupyterlab');
      const { button } = await showDialog({
        title: trans.__('Restart Kernel?'),
        body: trans.__(
          'Do you want to restart the kernel of %1? All variables will be lost.',
          name
        ),
        buttons: [
          Dialog.cancelButton(),
          Dialog.warnButton({ label: trans.__('Restart') })
        ]
      });
      if (button.accept) {
        await this._connected(kernelId, kernel => kernel.restart());
      }
    });
  }

  /** Shut a kernel down if the user confirms it. */
  shutDown(kernelId: string, name: string): Promise<void> {
    return this._told(async () => {
      const { kernels, sessions, translator } = this._options;
      const trans = translator.load('dsinfra_jlab');
      const { button } = await showDialog({
        title: trans.__('Shut Down Kernel?'),
        body: trans.__(
          'Do you want to shut down the kernel of %1? All variables will be lost.',
          name
        ),
        buttons: [
          Dialog.cancelButton(),
          Dialog.warnButton({ label: trans.__('Shut Down') })
        ]
      });
      if (!button.accept) {
        return;
      }
      const context = this._contextOf(kernelId);
      const session = context === null ? await this._sessionOf(kernelId) : null;
      if (context !== null) {
        await context.shutdown();
      } else if (session !== null) {
        await sessions.shutdown(session.id);
      } else {
        await kernels.shutdown(kernelId);
      }
    });
  }

  /** Do something, and tell the user if it fails. */
  private async _told(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      tellFailure(error);
    }
  }

  /** Do something with a kernel that no view is connected to. */
  private async _connected(
    kernelId: string,
    act: (kernel: Kernel.IKernelConnection) => Promise<void>
  ): Promise<void> {
    const model = await this._modelOf(kernelId);
    const kernel = this._options.kernels.connectTo({ model });
    try {
      await act(kernel);
    } finally {
      kernel.dispose();
    }
  }

  /** Return a kernel that the server has; fails in words if it has it no more. */
  private async _modelOf(kernelId: string): Promise<Kernel.IModel> {
    const { kernels, translator } = this._options;
    // What is known of it can be older than its end.
    await kernels.refreshRunning();
    const model = await kernels.findById(kernelId);
    if (!model) {
      const trans = translator.load('dsinfra_jlab');
      throw new Error(trans.__('This kernel is not there any more.'));
    }
    return model;
  }

  private async _sessionOf(kernelId: string): Promise<Session.IModel | null> {
    const { sessions } = this._options;
    await sessions.refreshRunning();
    for (const session of sessions.running()) {
      if (session.kernel?.id === kernelId) {
        return session;
      }
    }
    return null;
  }

  private _contextOf(kernelId: string): ISessionContext | null {
    return contextOf(this._widgetOf(kernelId));
  }

  private _widgetOf(kernelId: string): Widget | null {
    const { shell } = this._options.app;
    for (const area of AREAS) {
      for (const widget of shell.widgets(area)) {
        if (contextOf(widget)?.session?.kernel?.id === kernelId) {
          return widget;
        }
      }
    }
    return null;
  }

  private _options: KernelActions.IOptions;
}

export namespace KernelActions {
  export interface IOptions {
    app: Pick<JupyterFrontEnd, 'commands' | 'shell'>;
    dialogs: ISessionContextDialogs | null;
    kernels: Kernel.IManager;
    sessions: Session.IManager;
    translator: ITranslator;
  }
}

/** The session of a notebook or console; null for all other widgets. */
function contextOf(widget: Widget | null): ISessionContext | null {
  return (
    (widget as { sessionContext?: ISessionContext } | null)?.sessionContext ??
    null
  );
}
