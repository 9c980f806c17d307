import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import { Panel, Widget } from '@lumino/widgets';
import React from 'react';

import { SeenModel } from '../seenModel';
import { SeenPanel, SeenTab, setTitle } from '../seenWidget';

class Model extends SeenModel {
  protected override watch(): IDisposable {
    return new DisposableDelegate(() => undefined);
  }
}

class Tab extends SeenTab<Model> {
  protected render(): JSX.Element {
    return React.createElement('p');
  }
}

class Parts extends SeenPanel<Model> {}

describe.each([
  ['a tab', () => new Tab(new Model())],
  ['a panel', () => new Parts(new Model())]
])('the model of %s', (_, make) => {
  it('is active while its widget is seen', () => {
    const host = new Panel();
    const widget = make();
    const { model } = widget;
    host.addWidget(widget);
    expect(model.isActive).toBe(false);
    Widget.attach(host, document.body);
    expect(model.isActive).toBe(true);
    widget.hide();
    expect(model.isActive).toBe(false);
    widget.show();
    expect(model.isActive).toBe(true);
    host.hide();
    expect(model.isActive).toBe(false);
    host.show();
    expect(model.isActive).toBe(true);
    widget.parent = null;
    expect(model.isActive).toBe(false);
    widget.dispose();
    host.dispose();
  });

  it('is not active behind another widget', () => {
    const host = new Panel();
    host.hide();
    const widget = make();
    host.addWidget(widget);
    Widget.attach(host, document.body);
    expect(widget.model.isActive).toBe(false);
    host.dispose();
    widget.dispose();
  });

  it('goes with its widget, also from where it is seen', () => {
    const widget = make();
    const { model } = widget;
    Widget.attach(widget, document.body);
    widget.dispose();
    expect(model.isDisposed).toBe(true);
    expect(model.isActive).toBe(false);
  });
});

describe('setTitle', () => {
  it('shortens what a tab has no room for', () => {
    const { title } = new Widget();
    setTitle(title, 'x'.repeat(40));
    expect(title.label).toBe(`${'x'.repeat(31)}…`);
    expect(title.caption).toBe('x'.repeat(40));
    setTitle(title, 'short', 'the whole story');
    expect(title.label).toBe('short');
    expect(title.caption).toBe('the whole story');
  });
});
