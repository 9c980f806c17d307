import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { ILayer } from './stacks';
import { totals } from './stacks';
import { layerLabel } from './chartView';

/** The numbers behind the chart, the newest first. */
export function TrendTable(props: {
  layers: readonly ILayer[];
  labels: readonly string[];
  newGroups: readonly number[];
  trans: TranslationBundle;
}): JSX.Element {
  const { layers, labels, newGroups, trans } = props;
  const sums = totals(layers, labels.length);
  const order = labels.map((_, index) => labels.length - 1 - index);
  return (
    <div
      className="jp-DsinfraTrends-tableFrame"
      tabIndex={0}
      role="region"
      aria-label={trans.__('Errors over time as a table')}
    >
      <table className="jp-DsinfraTrends-table">
        <thead>
          <tr>
            <th scope="col">{trans.__('From')}</th>
            <th scope="col">{trans.__('All')}</th>
            {layers.map(layer => (
              <th key={layer.category} scope="col">
                {layerLabel(layer, trans)}
              </th>
            ))}
            <th scope="col">{trans.__('New groups')}</th>
          </tr>
        </thead>
        <tbody>
          {order.map(index => (
            <tr key={index}>
              <th scope="row">{labels[index]}</th>
              <td>{sums[index]}</td>
              {layers.map(layer => (
                <td key={layer.category}>{layer.counts[index] ?? 0}</td>
              ))}
              <td>{newGroups[index] ?? 0}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
