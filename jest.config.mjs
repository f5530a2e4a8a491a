import { availableParallelism } from 'node:os'

const shared = {
  globalSetup: '<rootDir>/__tests__/support/global-setup.mjs',
  globalTeardown: '<rootDir>/__tests__/support/global-teardown.mjs',
  testEnvironment: '<rootDir>/__tests__/support/environment.mjs',
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
    '/node_modules/@actions/(languageservice|workflow-parser)/.+\\.js$': '<rootDir>/jest.json-imports.mjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@actions/(languageservice|workflow-parser)/)'],
}

export default {
  // One more than there are processors: tests wait for builds and for processes.
  maxWorkers: availableParallelism() + 1,
  // Starting a process takes as long as the memory of the one that starts it is large: 17 ms with 600 MB, 1 ms with 10.
  workerIdleMemoryLimit: '150MB',
  testSequencer: '<rootDir>/__tests__/support/sequencer.mjs',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/__tests__/integration/', '\\.slow\\.test\\.ts$'],
      setupFilesAfterEnv: ['<rootDir>/__tests__/support/limit-unit.ts'],
    },
    {
      // Attacks, generated cases, and other programs such as Git and a browser: they take seconds, and need no engine.
      ...shared,
      displayName: 'slow',
      testMatch: ['**/__tests__/**/*.slow.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/__tests__/integration/'],
      setupFilesAfterEnv: ['<rootDir>/__tests__/support/limit-unit.ts'],
    },
    {
      ...shared,
      displayName: 'engine',
      testMatch: ['**/__tests__/integration/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/__tests__/support/limit-engine.ts'],
    },
  ],
}
