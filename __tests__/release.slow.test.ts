/** What a release publishes, and the workflow that publishes it. */
import { execFileSync } from 'node:child_process'
import { cp, readFile, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { notesOf, requireTag } from '../script/lib/release.ts'
import { imageOf } from './support/images.ts'
import { blobs, tarOf, writeLayout } from './support/layouts.ts'
import { npm, offline, packed } from './support/npm-package.ts'
import { folderWith, run, succeed } from './support/program.ts'
import { testWith } from './support/rig.ts'
import { read } from './support/workflows.ts'

const manifest = JSON.parse(read('package.json')) as {
  readonly version: string
  readonly scripts: Readonly<Record<string, string>>
  readonly publishConfig: unknown
}

describe('the tag', () => {
  test('is `v` followed by the version', () => expect(() => requireTag('v1.2.3', '1.2.3')).not.toThrow())

  test.each([
    ['v1.2.4', '1.2.3'],
    ['1.2.3', '1.2.3'],
    ['v1', '1.0.0'],
    ['v1.2.3-rc.1', '1.2.3-rc.1'],
    ['v1.2.3\n', '1.2.3'],
    ['v$(id)', '$(id)'],
    ['', ''],
  ])('%j does not match the version %j', (tag, version) =>
    expect(() => requireTag(tag, version)).toThrow(/package\.json/),
  )
})

describe('the release notes', () => {
  const changelog =
    '# Changelog\n\n## Unreleased\n\n- next\n\n## 1.10.0 (2026-12-01)\n\n### Building\n\n- `$(id)` is text\n\n## 1.1.0\n\n- older\n\n## 1.0.0\n'

  test.each([
    ['1.10.0', '### Building\n\n- `$(id)` is text\n'],
    ['1.1.0', '- older\n'],
  ])('of %s are its section of the changelog', (version, notes) => expect(notesOf(changelog, version)).toBe(notes))

  test.each([
    ['1.0.0', 'the section "## 1.0.0" of CHANGELOG.md is empty'],
    ['1.1', 'CHANGELOG.md has no section "## 1.1"'],
    ['2.0.0', 'CHANGELOG.md has no section "## 2.0.0"'],
  ])('of %s are missing, and the error says so', (version, message) =>
    expect(() => notesOf(changelog, version)).toThrow(message),
  )
})

const script = join(process.cwd(), 'script/release.ts')

test('the script prints the notes of the tag, and refuses another tag', async () => {
  await using folder = await folderWith({
    'package.json': '{"version":"1.2.3"}',
    'CHANGELOG.md': '## 1.2.3\n\n- the first\n',
  })
  const release = (tag: string): ReturnType<typeof run> => run(process.execPath, [script, tag], { cwd: folder.path })
  expect(await release('v1.2.3')).toMatchObject({ status: 0, stdout: '- the first\n' })
  const refused = await release('v1.2.4')
  expect([refused.status, refused.stdout, refused.stderr]).toEqual([1, '', expect.stringContaining('v1.2.4')])
})

describe('the npm package', () => {
  test('has the command line, the man page, the schema and what npm shows, and nothing else', async () => {
    const [{ files }] = JSON.parse(await npm(['pack', '--dry-run', '--json'], process.cwd())) as [
      { files: { path: string; mode: number }[] },
    ]
    const bundle = (await readdir('dist/cli')).map((name) => `dist/cli/${name}`)
    expect(files.map(({ path }) => path).toSorted()).toEqual(
      [
        'LICENSE',
        'README.md',
        'man/stage-footprint.1',
        'package.json',
        'schema/record-v1.schema.json',
        ...bundle,
      ].toSorted(),
    )
    expect(files.find(({ path }) => path === 'dist/cli/index.js')?.mode).toBe(0o755)
  })

  test('needs no other package, runs nothing when it is installed, and can be published with provenance only', () => {
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual(['devDependencies'])
    // The scripts that npm runs on its own when a package is installed, packed or published.
    const automatic = /^(?:(?:pre|post)?(?:install|prepare|pack|publish)|prepublishOnly|dependencies)$/
    expect(Object.keys(manifest.scripts).filter((name) => automatic.test(name))).toEqual([])
    expect(manifest).not.toHaveProperty('private')
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true })
  })

  test('has every program that the user expects after installation into an empty folder', async () => {
    await using folder = await packed()
    const { place, npx } = await folder.installed()
    expect((await readdir(join(place, 'node_modules'))).toSorted()).toEqual([
      '.bin',
      '.package-lock.json',
      'stage-footprint',
    ])
    expect(await npx('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n` })
    const record = join(process.cwd(), 'docs/report.record.json')
    expect((await npx('render', record)).stdout).toContain('Final stage')
    expect((await npx('render', record, '--format', 'html')).stdout).toContain('<svg')
    const made = blobs()
    const manifests = [imageOf(made, { layers: [{ tar: await tarOf('file', 'hello') }] })]
    await writeLayout(join(folder.path, 'layout'), made, manifests)
    await succeed('tar', ['-C', join(folder.path, 'layout'), '-cf', join(folder.path, 'image.tar'), '.'])
    const weighed = await npx('inspect', '../image.tar', '--format', 'json')
    expect([weighed.status, weighed.stderr]).toEqual([0, ''])
    expect(JSON.parse(weighed.stdout)).toMatchObject({ images: [{ stages: [{ layers: [{ fileBytes: 5 }] }] }] })
    const refused = await npx('inspect', 'oci:/no/such/layout')
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('[UNREADABLE_INPUT]')])
  })

  testWith('man')('has a man page that `man` finds after a global installation, wherever that is', async () => {
    await using folder = await packed()
    const prefix = join(folder.path, 'place')
    await npm(['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', folder.archive], folder.path)
    const env = { PATH: `${join(prefix, 'bin')}:${process.env['PATH']}`, MANPATH: undefined }
    const found = (await succeed('man', ['--where', 'stage-footprint'], { env })).trim()
    expect(await realpath(found)).toBe(
      join(await realpath(prefix), 'lib/node_modules/stage-footprint/man/stage-footprint.1'),
    )
    expect(await readFile(join(prefix, 'share/man/man1/stage-footprint.1'), 'utf8')).toBe(read('man/stage-footprint.1'))
  })
})

interface Job {
  readonly needs?: string | readonly string[]
  readonly environment?: string
  readonly permissions: Readonly<Record<string, string>>
  readonly 'timeout-minutes': number
  readonly steps: readonly {
    readonly name?: string
    readonly uses?: string
    readonly run?: string
    readonly with?: Readonly<Record<string, unknown>>
    readonly env?: Readonly<Record<string, string>>
  }[]
}

describe('the release workflow', () => {
  const workflow = parse(read('.github/workflows/release.yml')) as {
    on: unknown
    permissions: unknown
    jobs: Readonly<Record<string, Job>>
  }
  const jobs = Object.entries(workflow.jobs)

  test('runs only for tags of whole versions', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } })
  })

  test('gives each job the least permissions and a time limit', () => {
    expect(Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]))).toEqual({
      check: { actions: 'read', contents: 'read' },
      npm: { 'id-token': 'write' },
      release: { attestations: 'write', contents: 'write', 'id-token': 'write' },
      major: { contents: 'write' },
    })
    for (const [, job] of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  test('uses no cache, which runs of other workflows can fill', () => {
    const steps = jobs.flatMap(([, job]) => job.steps)
    expect(steps.filter(({ uses = '' }) => /cache/.test(uses))).toEqual([])
    const nodes = steps.filter(({ uses = '' }) => uses.startsWith('actions/setup-node@'))
    expect(nodes.map((step) => step.with?.['package-manager-cache'])).toEqual([false, false])
  })

  test('runs no code of the repository or of a package in jobs with write permission', () => {
    for (const [, { permissions, steps }] of jobs.filter(([, job]) =>
      Object.values(job.permissions).includes('write'),
    )) {
      expect(permissions).toBeDefined()
      for (const { uses = '', run: words = '' } of steps) {
        expect(uses).not.toMatch(/^actions\/checkout|^\.\//)
        expect(words).not.toMatch(/\bnpm (?:ci|install|run|pack)\b|\bnode\b|\bnpx\b|script\//)
      }
    }
  })

  test('publishes only after the check, without lifecycle scripts, and with provenance', () => {
    expect(Object.fromEntries(jobs.map(([name, { needs }]) => [name, needs]))).toEqual({
      check: undefined,
      npm: 'check',
      release: ['check', 'npm'],
      major: ['check', 'release'],
    })
    expect(workflow.jobs['npm']?.environment).toBe('npm')
    expect(workflow.jobs['npm']?.steps.at(-1)?.run).toMatch(/^npm publish --ignore-scripts --provenance /)
  })

  test('takes names of tags and commits from quoted variables', () => {
    for (const [, { steps }] of jobs) {
      for (const words of steps.flatMap((step) => step.run ?? [])) {
        expect(words).not.toContain('${{')
        // Assignments need no quotes.
        expect(
          words.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').replaceAll(/^\s*major=\$\{GITHUB_REF_NAME%%\.\*\}$/gm, ''),
        ).not.toMatch(/\$\{?(?:GITHUB|COMMIT|commit|major)/)
        execFileSync('bash', ['-n', '-c', words])
      }
    }
  })

  test('packs what npm pack makes, with the repository that the provenance names', async () => {
    await using folder = await folderWith({ 'release/notes.md': '' })
    for (const path of ['package.json', 'README.md', 'LICENSE', 'dist/cli', 'man', 'schema'])
      await cp(path, join(folder.path, path), { recursive: true })
    const step = workflow.jobs['check']?.steps.find(({ name }) => name === 'Pack')?.run ?? ''
    await succeed('bash', ['-e', '-c', step], {
      cwd: folder.path,
      env: { ...offline, GITHUB_REPOSITORY: 'owner/name' },
    })
    const archive = join(folder.path, `release/stage-footprint-${manifest.version}.tgz`)
    expect(JSON.parse(await succeed('tar', ['-xOf', archive, 'package/package.json']))).toEqual({
      ...manifest,
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git' },
    })
    await using plain = await packed()
    const files = (of: string): Promise<string> => succeed('tar', ['-tf', of])
    expect(await files(archive)).toBe(await files(plain.archive))
  })

  test('moves the major version as a branch, and only forward', async () => {
    await using folder = await folderWith({
      'bin/gh': `#!/bin/sh\nprintf '%s\\n' "$*" >>"$LOG"\ncase "$*" in *git/ref/heads/v2) exit 1;; esac\n`,
    })
    const log = join(folder.path, 'log')
    const step = workflow.jobs['major']?.steps[0]?.run ?? ''
    for (const tag of ['v1.2.3', 'v2.0.0']) {
      await succeed('bash', ['-e', '-c', step], {
        env: {
          PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
          LOG: log,
          GITHUB_REF_NAME: tag,
          GITHUB_REPOSITORY: 'owner/name',
          COMMIT: 'c0ffee',
        },
      })
    }
    expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual([
      'api --silent repos/owner/name/git/ref/heads/v1',
      'api --silent --method PATCH repos/owner/name/git/refs/heads/v1 -f sha=c0ffee -F force=false',
      'api --silent repos/owner/name/git/ref/heads/v2',
      'api --silent --method POST repos/owner/name/git/refs -f ref=refs/heads/v2 -f sha=c0ffee',
    ])
  })
})
