const shared = {
  testEnvironment: 'node',
  injectGlobals: false,
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
    '/node_modules/@actions/(languageservice|workflow-parser)/.+\\.js$': '<rootDir>/jest.json-imports.mjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@actions/(languageservice|workflow-parser)/)'],
}

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/__tests__/**/*.test.ts'],
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
