import tseslint from 'typescript-eslint'

// One direction of flow: a folder imports only folders to its left, and the vocabulary (oci, layer, errors, files, programs, text).
const flow = ['inputs', 'plan', 'build', 'inspect', 'baseline', 'compare', 'budget', 'render', 'publish', 'trust', 'flow']
const vocabulary = ['oci', 'layer']

const forbidAt = (files, up, others) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: others.map((other) => `${up}/${other}/*`).concat(`${up}/*.ts`, `!${up}/errors.ts`, `!${up}/files.ts`, `!${up}/programs.ts`, `!${up}/text.ts`),
            message: 'The flow has one direction: see docs/architecture.md.',
          },
        ],
      },
    ],
  },
})

// A folder, and one below it, such as inspect/source.
const forbid = (folder, others) => [
  forbidAt(`src/${folder}/*.ts`, '..', others),
  forbidAt(`src/${folder}/*/*.ts`, '../..', others),
]

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'examples/', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[object.name='process'][property.name='exit']", message: 'Set process.exitCode, so that what is open gets closed.' },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
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
  ...vocabulary.flatMap((folder) => forbid(folder, folder === 'oci' ? [...flow, 'layer'] : flow)),
)
