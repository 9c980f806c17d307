import {
  ReactWidget,
  UseSignal,
  VDomRenderer
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import type { Title, Widget } from '@lumino/widgets';
import { Panel } from '@lumino/widgets';
import React from 'react';

import type { SeenModel } from './seenModel';

/** Longest title of a tab. */
const TITLE_MAX_CHARS = 32;

/** A widget whose model is active while it is seen. */
export abstract class SeenWidget<
  Model extends SeenModel
> extends VDomRenderer<Model> {
  override dispose(): void {
    if (!this.isDisposed) {
      this.model.isActive = false;
      super.dispose();
    }
  }

  override processMessage(msg: Message): void {
    super.processMessage(msg);
    follow(this, this.model, msg);
  }
}

/** What a tab of the main area shows: it has the keyboard when it is chosen, and its own model. */
export abstract class SeenTab<
  Model extends SeenModel
> extends SeenWidget<Model> {
  constructor(model: Model) {
    super(model);
    this.node.tabIndex = -1;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      const { model } = this;
      super.dispose();
      model.dispose();
    }
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.focus({ preventScroll: true });
  }
}

/** The same for a tab of which some parts are not drawn by React. */
export abstract class SeenPanel<Model extends SeenModel> extends Panel {
  constructor(readonly model: Model) {
    super();
    this.node.tabIndex = -1;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.model.dispose();
    }
  }

  override processMessage(msg: Message): void {
    super.processMessage(msg);
    follow(this, this.model, msg);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.focus({ preventScroll: true });
  }

  /** Make a part that is drawn by React, anew with each `redraw`. */
  protected makePart(render: () => JSX.Element): ReactWidget {
    return ReactWidget.create(
      React.createElement(UseSignal<this, void>, {
        signal: this._redrawn,
        children: render
      })
    );
  }

  protected redraw(): void {
    this._redrawn.emit();
  }

  private readonly _redrawn = new Signal<this, void>(this);
}

/** Give a tab the name of what it shows. */
export function setTitle(
  title: Title<Widget>,
  text: string,
  caption = text
): void {
  title.label =
    text.length > TITLE_MAX_CHARS
      ? `${text.slice(0, TITLE_MAX_CHARS - 1)}…`
      : text;
  title.caption = caption;
}

/** Have a model active while its widget is seen, by the messages that the widget has had. */
function follow(widget: Widget, model: SeenModel, msg: Message): void {
  if (widget.isDisposed) {
    return;
  }
  switch (msg.type) {
    case 'after-attach':
    case 'after-show':
      model.isActive = widget.isVisible;
      break;
    case 'before-hide':
    case 'before-detach':
      model.isActive = false;
  }
}
