import api from './api/plugin';
import compare from './compare/plugin';
import cells from './compute/cell/plugin';
import compute from './compute/plugin';
import error from './errors/detail/plugin';
import errors from './errors/plugin';
import experiments from './experiments/plugin';
import notebook from './experiments/run/notebook';
import runView from './experiments/run/plugin';
import dashboard from './resources/dashboard/plugin';
import resources from './resources/plugin';
import settings from './settings/plugin';
import sidebar from './sidebar';
import trials from './trials/plugin';

export * from './tokens';

export default [
  api,
  cells,
  compare,
  compute,
  dashboard,
  error,
  errors,
  experiments,
  resources,
  settings,
  sidebar,
  trials,
  ...runView,
  ...notebook
];
