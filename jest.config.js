const labConfig = require('@jupyterlab/testing/lib/jest-config');

module.exports = {
  ...labConfig(__dirname),
  collectCoverageFrom: ['src/**/*.{ts,tsx}', '!src/**/__tests__/**'],
  modulePathIgnorePatterns: ['<rootDir>/dsinfra_jlab', '<rootDir>/.venv'],
  reporters: ['default'],
  roots: ['<rootDir>/src'],
  testRegex: '/__tests__/.*\\.spec\\.tsx?$'
};
