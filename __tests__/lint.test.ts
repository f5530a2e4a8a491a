/** The linter refuses code that would let untrusted text reach the runner as commands. */
import { expect, test } from '@jest/globals'
import { ESLint, Linter } from 'eslint'
import tseslint from 'typescript-eslint'

const configured = new ESLint()

/** Only the rules about escaping: they need no types, which take long. */
async function refused(path: string, code: string): Promise<readonly string[]> {
  const { rules = {} } = (await configured.calculateConfigForFile(path)) as { readonly rules?: Linter.RulesRecord }
  const names = ['no-console', 'no-restricted-syntax', '@typescript-eslint/no-restricted-imports']
  const found = new Linter().verify(
    code,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { '@typescript-eslint': tseslint.plugin },
        rules: Object.fromEntries(names.map((name) => [name, rules[name] ?? 'off'])),
      },
    ],
    { filename: path },
  )
  return found.map(({ ruleId, message }) => ruleId ?? message)
}

const imports = '@typescript-eslint/no-restricted-imports'

test.each<[string, string, string]>([
  ["import * as core from '@actions/core'\ncore.warning('x')", 'src/run/action-step.ts', imports],
  ["import * as core from '@actions/core'\nwriteAnnotations([], core)", 'src/run/action-step.ts', imports],
  ["import core from '@actions/core'", 'src/run/x.ts', imports],
  ["import { warning } from '@actions/core'", 'src/publish/annotations.ts', imports],
  ["import { setFailed as fail } from '@actions/core'", 'src/run/x.ts', imports],
  ["import { summary } from '@actions/core'", 'src/run/x.ts', imports],
  ["export { notice } from '@actions/core'", 'src/run/x.ts', imports],
  ["export * from '@actions/core'", 'src/run/x.ts', imports],
  ["const { info } = await import('@actions/core')", 'src/run/action-step.ts', 'no-restricted-syntax'],
  ["console.log('::error::x')", 'src/run/action-step.ts', 'no-console'],
  ["process.stdout.write('::error::x')", 'src/run/x.ts', 'no-restricted-syntax'],
  ['const { write } = process.stderr', 'src/publish/x.ts', 'no-restricted-syntax'],
  ['process.exit(1)', 'src/publish/runner-log.ts', 'no-restricted-syntax'],
])('refuses %j in %s', async (code, path, rule) => {
  expect(await refused(path, code)).toEqual([rule])
})

test.each<[string, string]>([
  ["import * as core from '@actions/core'\ncore.warning('x')", 'src/publish/runner-log.ts'],
  ["import { getInput, setSecret } from '@actions/core'", 'src/run/action-step.ts'],
  ["import type { AnnotationProperties } from '@actions/core'", 'src/publish/annotations.ts'],
  ["process.stdout.write('help')", 'src/run/command-line.ts'],
])('allows %j in %s', async (code, path) => {
  expect(await refused(path, code)).toEqual([])
})
