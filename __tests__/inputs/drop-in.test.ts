/**
 * Each row of the table for docker/build-push-action in docs/drop-in.md, held against what its own bundle (7, with
 * actions-toolkit 0.92) made of the same inputs.
 *
 * `drop-in.json` was recorded by running that bundle with a `docker` that writes its words down: buildx 0.38.2, a
 * docker-container builder with BuildKit 0.34.2, run 42 of octo/app at 0123456789abcdef0123456789abcdef01234567 on
 * refs/heads/main, and `github-token` "a-token", unless `env` or `event` say otherwise. Each line is `word: FLAG VALUE`,
 * `operand: CONTEXT`, or `secret: id=ID = "VALUE"` for a secret that it wrote to a file. Its metadata and image-id files are
 * left out. Order is not compared.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { parseActionInputs } from '../../src/inputs/action.ts'
import { buildxFlags } from '../../src/inputs/buildx-flags.ts'
import { scanFlags } from '../../src/inputs/flag-scan.ts'
import type { Environment } from '../../src/inputs/inputs.ts'

interface Row {
  readonly input: string
  readonly inputs: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly event?: { readonly repository: { readonly private: boolean }; readonly pull_request?: { readonly head: { readonly sha: string } } }
  readonly files?: Readonly<Record<string, string>>
  readonly lines: readonly string[]
}

const textOf = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const rows = JSON.parse(textOf('drop-in.json')) as readonly Row[]

const environment: Environment = {
  GITHUB_REPOSITORY: 'octo/app',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '1',
}
const defaults = { load: 'false', push: 'false', pull: 'false', 'no-cache': 'false', 'github-token': 'a-token' }

/** Our call in the same lines. */
function ours({ inputs, env = {}, event, files = {} }: Row): readonly string[] {
  const given: Readonly<Record<string, string>> = { ...defaults, ...inputs }
  const parsed = parseActionInputs(
    (name, { trimWhitespace } = { trimWhitespace: true }) => (trimWhitespace ? (given[name] ?? '').trim() : (given[name] ?? '')),
    { ...environment, ...env },
    {
      isPrivate: event?.repository.private ?? false,
      pullRequestHead: event?.pull_request?.head.sha ?? null,
      asQuery: env['BUILDX_SEND_GIT_QUERY_AS_INPUT'] === 'true',
      fileExists: (path) => path.replace(/^\.\//, '') in files,
    },
  )
  if (parsed.mode !== 'report') throw new Error(parsed.mode)
  const { build, defaultAttestation } = parsed
  const attached = defaultAttestation === null ? [] : ['--attest', defaultAttestation]
  return [
    ...scanFlags([...build.argv, ...attached], buildxFlags).groups.map(({ words }) => {
      const [, id = '', variable = ''] = /^--secret id=(.*),env=(STAGE_FOOTPRINT_SECRET_\d+)$/.exec(words.join(' ')) ?? []
      return variable === '' ? `word: ${words.join(' ')}` : `secret: id=${id} = ${JSON.stringify(build.env.get(variable))}`
    }),
    `operand: ${build.context}`,
  ]
}

test.each(rows.map((row) => [row.input, JSON.stringify([row.inputs, row.env ?? {}, row.event ?? {}]), row] as const))('%s: %s', (_, __, row) => {
  expect(ours(row).toSorted()).toEqual(row.lines.toSorted())
})

test('the page has a row for each input of docker/build-push-action, in its order of action.yml, and each is tried', () => {
  const [, table = ''] = /<!-- build-push-action: [^\n]*\n([^]*)<!-- build-push-action: end -->/.exec(textOf('../../docs/drop-in.md')) ?? []
  const described = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1])
  const own = [...textOf('../../action.yml').matchAll(/^ {2}([a-z-]+):\n {4}description/gm)].map((match) => match[1])
  expect(described).toEqual([...new Set(rows.map(({ input }) => input))])
  expect(described.filter((input) => !own.includes(input))).toEqual([])
  expect(described).toHaveLength(33)
})
