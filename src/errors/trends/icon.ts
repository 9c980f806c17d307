import { LabIcon } from '@jupyterlab/ui-components';

import trendsSvg from '../../../style/icons/trends.svg';

/** Bars between two axes. */
export const trendsIcon = new LabIcon({
  name: 'dsinfra-jlab:trends',
  svgstr: trendsSvg
});
