const labConfig = require('@jupyterlab/testing/lib/jest-config');

/** Packages that are written as ES modules, which Jest does not read by itself. */
const ES_MODULES = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@microsoft/',
  'exenv-es6',
  'lib0',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
];

module.exports = {
  ...labConfig(__dirname),
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/__tests__/**'],
  modulePathIgnorePatterns: ['<rootDir>/dsinfra_jlab', '<rootDir>/.venv'],
  reporters: ['default'],
  roots: ['<rootDir>/src'],
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})).+`],
  testRegex: '/__tests__/.*\\.spec\\.tsx?$'
};
