import tseslint from 'typescript-eslint'

// One direction of flow: a folder imports only folders to its left, and the vocabulary (oci, packages, cache, layer, record, at-exit, concurrency, errors, files, once, output-tail, printed-json, programs, stall-limit, text, unavailable, url-secrets, varint, version, whole-record, workspace).
const flow = [
  'inputs',
  'dockerfile',
  'plan',
  'graph',
  'docker',
  'builder',
  'images',
  'filesystem',
  'savings',
  'weigh',
  'git',
  'compare',
  'budget',
  'trend',
  'base',
  'trust',
  'report',
  'page',
  'publish',
  'run',
]
const vocabulary = ['oci', 'packages', 'cache', 'layer', 'record']

const forbidAt = (files, up, others) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: others
              .map((other) => `${up}/${other}/*`)
              .concat(
                `${up}/*.ts`,
                `!${up}/at-exit.ts`,
                `!${up}/concurrency.ts`,
                `!${up}/errors.ts`,
                `!${up}/files.ts`,
                `!${up}/once.ts`,
                `!${up}/printed-json.ts`,
                `!${up}/stall-limit.ts`,
                `!${up}/output-tail.ts`,
                `!${up}/programs.ts`,
                `!${up}/text.ts`,
                `!${up}/url-secrets.ts`,
                `!${up}/unavailable.ts`,
                `!${up}/varint.ts`,
                `!${up}/version.ts`,
                `!${up}/whole-record.ts`,
                `!${up}/workspace.ts`,
              ),
            message: 'The flow has one direction: see docs/architecture.md.',
          },
        ],
      },
    ],
  },
})

// A folder, and one below it, such as report/terminal.
const forbid = (folder, others) => [
  forbidAt(`src/${folder}/*.ts`, '..', others),
  forbidAt(`src/${folder}/*/*.ts`, '../..', others),
]

// What a step says may hold words of strangers: one file escapes them for the runner, and few write to the terminal.
const writesToTerminal = [
  'src/cli.ts',
  'src/run/action-run.ts',
  'src/run/build-command.ts',
  'src/run/command-line.ts',
  'src/run/commands.ts',
  'src/run/command-report.ts',
  'src/run/command-setting.ts',
  'src/run/print-parts.ts',
  'src/run/terminal-messages.ts',
  'src/run/write-report.ts',
]
const noExit = {
  selector: "MemberExpression[object.name='process'][property.name='exit']",
  message: 'Set process.exitCode, so that what is open gets closed.',
}
const bypassesLog = 'Words of others must not become commands of the runner: use runnerLog.'

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'examples/', '__tests__/fixtures/', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': ['error', noExit],
      // Plain lines, as CONTRIBUTING.md promises.
      'max-lines': ['error', 300],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/publish/runner-log.ts'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        // A namespace would hold the functions that print.
        {
          paths: [
            {
              name: '@actions/core',
              allowImportNames: ['ExitCode', 'getInput', 'setOutput', 'setSecret'],
              allowTypeImports: true,
              message: bypassesLog,
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        noExit,
        { selector: "ImportExpression[source.value='@actions/core']", message: bypassesLog },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/publish/runner-log.ts', ...writesToTerminal],
    rules: {
      'no-restricted-syntax': [
        'error',
        noExit,
        { selector: "ImportExpression[source.value='@actions/core']", message: bypassesLog },
        { selector: "MemberExpression[object.name='process'][property.name=/^std(out|err)$/]", message: bypassesLog },
      ],
    },
  },
  {
    // It runs in a browser, which has other globals.
    files: ['src/page/client/*.ts'],
    languageOptions: {
      parserOptions: { projectService: false, project: './tsconfig.page.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['__tests__/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': 'off',
    },
  },
  ...flow.flatMap((folder, position) => forbid(folder, flow.slice(position + 1))),
  ...vocabulary.flatMap((folder, position) => forbid(folder, [...vocabulary.slice(position + 1), ...flow])),
)
