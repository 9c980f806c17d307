import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';

import { SeenModel } from '../seenModel';

/** A model that writes down what it is told. */
class Told extends SeenModel {
  readonly told: string[] = [];

  change(): void {
    this.emit();
  }

  protected override watch(): IDisposable {
    this.told.push('watch');
    return new DisposableDelegate(() => this.told.push('unwatch'));
  }

  protected override onSeen(): void {
    this.told.push(`seen ${this.isActive}`);
  }

  protected override onUnseen(): void {
    this.told.push(`unseen ${this.isActive}`);
  }
}

describe('SeenModel', () => {
  it('watches while somebody looks, and says when that begins and ends', () => {
    const model = new Told();
    model.stateChanged.connect(() => model.told.push('changed'));
    expect(model.isActive).toBe(false);
    model.isActive = true;
    model.isActive = true;
    expect(model.told).toEqual(['watch', 'seen true', 'changed']);
    model.told.length = 0;
    model.isActive = false;
    model.isActive = false;
    expect(model.told).toEqual(['unwatch', 'unseen false', 'changed']);
  });

  it('watches nothing and says nothing once it is disposed of', () => {
    const model = new Told();
    model.isActive = true;
    model.stateChanged.connect(() => model.told.push('changed'));
    model.told.length = 0;
    model.dispose();
    model.dispose();
    expect(model.told).toEqual(['unwatch']);
    expect(model.isActive).toBe(false);
    model.isActive = true;
    model.change();
    expect(model.told).toEqual(['unwatch']);
  });
});
