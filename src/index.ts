import api from './api/plugin';
import settings from './settings/plugin';
import sidebar from './sidebar';

export * from './tokens';

export default [api, settings, sidebar];
