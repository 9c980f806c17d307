import { LabIcon } from '@jupyterlab/ui-components';

import remoteSvg from '../../../style/icons/remote.svg';

/** Run, elsewhere. */
export const remoteIcon = new LabIcon({
  name: 'dsinfra-jlab:run-on',
  svgstr: remoteSvg
});
