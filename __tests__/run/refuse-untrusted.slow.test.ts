/** A file that decides about trust and cannot be read or understood is refused, in real repositories. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { BakeInputs } from '../../src/inputs/bake-inputs.ts'
import { refuseUntrustedBake, refuseUntrustedBuild, type TrustRequest } from '../../src/run/refuse-untrusted.ts'
import { parseBuild } from '../support/build-command.ts'
import { commit, gitEnv, newRepository, remove, temporaryFolder } from '../support/repositories.ts'

let folder = ''
let job = ''
beforeEach(() => {
  folder = temporaryFolder()
  mkdirSync(join(folder, 'temp'))
  job = newRepository(join(folder, 'job'))
})
afterEach(() => remove(folder))

/** A comment on an issue: it has the rights of the default branch, whose tip is checked out. */
function issueComment(tip: string): TrustRequest {
  return {
    event: { name: 'issue_comment', payload: {}, ref: 'refs/heads/main', sha: tip, given: null },
    env: { ...gitEnv, GITHUB_REPOSITORY: 'owner/name' },
    tempFolders: [join(folder, 'temp')],
    signal: new AbortController().signal,
  }
}

const bakeOf = (file: string): BakeInputs => ({
  folder: job,
  remote: false,
  files: [file],
  set: [],
  vars: [],
  targets: [],
  attestations: [],
  defaultProvenance: null,
  flags: [],
  allow: [],
  address: null,
  builder: null,
  call: null,
  env: new Map(),
})
const compose = 'services:\n  app:\n    build: .\n'

/** Returns the reason of the refusal, or an empty text. */
const refusalOf = (done: Promise<void>): Promise<string> =>
  done.then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

/** Returns whether the Compose file is the reason for refusing a bake, and why. */
const refusedBake = async (tip: string): Promise<string> =>
  refusalOf(refuseUntrustedBake(bakeOf('compose.yaml'), issueComment(tip)))

test('a Compose file of the workflow that includes nothing is not a reason to refuse', async () => {
  const tip = commit(job, { 'compose.yaml': compose, Dockerfile: 'FROM scratch\n' })
  expect(await refusedBake(tip)).not.toContain('compose.yaml')
})

test.each<[string, string | Buffer, string]>([
  ['includes others', `include: [other.yaml]\n${compose}`, 'it may take in other files (include)'],
  ['is UTF-16', Buffer.from(`\ufeffinclude: [other.yaml]\n${compose}`, 'utf16le'), 'it is not UTF-8 text'],
  ['is too large', `${compose}#${'x'.repeat(16_000_000)}\n`, 'it cannot be read: it has more than 16 MB'],
])(
  'a Compose file that %s is refused',
  async (_what, text, why) => {
    const tip = commit(job, { 'compose.yaml': text, Dockerfile: 'FROM scratch\n' })
    expect(await refusedBake(tip)).toContain(
      `it cannot be determined whose the bake file compose.yaml is, since ${why}. `,
    )
  },
  60_000,
)

test('a Compose file that is a pipe, which Git does not report, is refused', async () => {
  const tip = commit(job, { Dockerfile: 'FROM scratch\n' })
  execFileSync('mkfifo', [join(job, 'compose.yaml')])
  expect(await refusedBake(tip)).toContain('since it cannot be read: it is not a regular file. ')
})

test.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 'it cannot be read: it is not a regular file'],
  ['text of another encoding', (path: string) => writeFileSync(path, 'a\0'), 'it is not UTF-8 text'],
  ['a loop of links', (path: string) => symlinkSync('Dockerfile.rego', path), 'its symbolic links form a loop'],
])(
  'a policy that is %s is refused, although it need not exist',
  async (_what, make, why) => {
    make(join(job, 'Dockerfile.rego'))
    const tip = commit(job, { Dockerfile: 'FROM scratch\n' })
    const { build } = parseBuild([job])
    expect(await refusalOf(refuseUntrustedBuild(build, issueComment(tip)))).toContain(why)
  },
  60_000,
)

test('a build of the workflow itself is not refused', async () => {
  const tip = commit(job, { Dockerfile: 'FROM scratch\n', 'Dockerfile.rego': 'package docker\n' })
  const { build } = parseBuild([job])
  expect(await refusalOf(refuseUntrustedBuild(build, issueComment(tip)))).toBe('')
})
