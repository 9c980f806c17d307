import { LabIcon } from '@jupyterlab/ui-components';

import infrastructureSvg from '../../style/icons/infrastructure.svg';

/** The icon of the sidebar: a recorder's tape above a machine. */
export const infrastructureIcon = new LabIcon({
  name: 'dsinfra-jlab:infrastructure',
  svgstr: infrastructureSvg
});
