import { nullTranslator } from '@jupyterlab/translation';
import { render } from '@testing-library/react';
import React from 'react';

import { SeverityIcon } from '../severity';
import { Sparkline } from '../sparkline';

const trans = nullTranslator.load('dsinfra_jlab');

describe('SeverityIcon', () => {
  it('tells each severity by a shape and a name of its own', () => {
    const drawn = (['critical', 'error', 'warning', 'info'] as const).map(
      severity => {
        const { container } = render(
          <SeverityIcon severity={severity} trans={trans} />
        );
        const icon = container.querySelector('svg')!;
        const shapes = [...icon.children].map(
          shape => shape.tagName + (shape.getAttribute('d') ?? '')
        );
        return [icon.getAttribute('aria-label'), shapes.join()];
      }
    );
    expect(drawn.map(([label]) => label)).toEqual([
      'Critical',
      'Error',
      'Warning',
      'Info'
    ]);
    expect(new Set(drawn.map(([, shape]) => shape)).size).toBe(4);
  });
});

describe('Sparkline', () => {
  function bars(values: readonly number[]): [number, number][] {
    const { container } = render(
      <Sparkline values={values} label="trend" width={40} height={10} />
    );
    const drawn = container.querySelector('path')?.getAttribute('d') ?? '';
    return [...drawn.matchAll(/M([\d.]+) 10v-([\d.]+)h/g)].map(
      ([, x, height]) => [Number(x), Number(height)]
    );
  }

  it('fills its height with the highest, and shows the lowest still', () => {
    const drawn = bars([0, 1, 50, 100]);
    expect(drawn.map(([, height]) => Math.round(height * 10))).toEqual([
      14, 50, 100
    ]);
    expect(drawn[0]![0]).toBeGreaterThan(10);
  });

  it('draws nothing of nothing', () => {
    expect(bars([0, 0])).toEqual([]);
    expect(bars([])).toEqual([]);
  });
});
