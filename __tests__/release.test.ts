/** What a release publishes, and the workflow that publishes it. */
import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, readdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { notesOf, packaged, publishedManifest, requireTag, type Manifest } from '../script/lib/release.ts'
import { folderWith, run, succeed } from './support/program.ts'
import { testWith } from './support/rig.ts'
import { read } from './support/workflows.ts'

const manifest = JSON.parse(read('package.json')) as Manifest
const npm = (args: readonly string[], cwd: string): Promise<string> =>
  succeed('npm', args, { cwd, env: { npm_config_offline: 'true', npm_config_update_notifier: 'false' } })

describe('the tag', () => {
  test('is v and the version', () => expect(() => requireTag('v1.2.3', '1.2.3')).not.toThrow())

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

/** The sources of a version that is ready for release. */
async function released(): ReturnType<typeof folderWith> {
  const folder = await folderWith({
    'CHANGELOG.md': `## ${manifest.version}\n\n- the first\n`,
    'package.json': read('package.json'),
  })
  for (const path of packaged) await cp(path, join(folder.path, path), { recursive: true })
  await succeed(
    process.execPath,
    [
      join(process.cwd(), 'script/release.ts'),
      '--tag',
      `v${manifest.version}`,
      '--repository',
      'owner/name',
      '--out',
      'release',
    ],
    { cwd: folder.path },
  )
  return folder
}

describe('the npm package', () => {
  test('has the command line, the man page, the schema and what npm shows, and nothing else', async () => {
    await using folder = await released()
    const [{ files }] = JSON.parse(await npm(['pack', '--dry-run', '--json', './release/package'], folder.path)) as [
      { files: { path: string }[] },
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
  })

  test('has no dependencies or scripts, and names the repository for its provenance', () => {
    const published = publishedManifest(
      { ...manifest, scripts: { postinstall: 'id' }, dependencies: { left: '1' } } as Manifest,
      'owner/name',
    )
    expect(published).toEqual({
      name: 'stage-footprint',
      version: manifest.version,
      description: manifest.description,
      license: 'MIT',
      repository: { type: 'git', url: 'git+https://github.com/owner/name.git' },
      type: 'module',
      bin: { 'stage-footprint': 'dist/cli/index.js' },
      man: ['man/stage-footprint.1'],
      engines: { node: '>=24' },
      publishConfig: { access: 'public', provenance: true },
    })
  })

  test('works after installation without other packages', async () => {
    await using folder = await released()
    await npm(['pack', './release/package', '--pack-destination', 'release'], folder.path)
    const place = join(folder.path, 'place')
    await mkdir(place)
    await writeFile(join(place, 'package.json'), '{}')
    await npm(['install', '--no-audit', '--no-fund', `../release/stage-footprint-${manifest.version}.tgz`], place)
    expect((await readdir(join(place, 'node_modules'))).toSorted()).toEqual([
      '.bin',
      '.package-lock.json',
      'stage-footprint',
    ])
    const program = join(place, 'node_modules/.bin/stage-footprint')
    expect(await succeed(process.execPath, [program, '--version'])).toBe(`${manifest.version}\n`)
    expect(
      await succeed(process.execPath, [program, 'render', join(process.cwd(), 'docs/report.record.json')]),
    ).toContain('Final stage')
    const refused = await run(process.execPath, [program, 'inspect', 'oci:/no/such/layout'], {
      env: { XDG_CACHE_HOME: folder.path },
    })
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('[UNREADABLE_INPUT]')])
  })

  testWith('man')('has a man page that `man` finds after a global installation, wherever that is', async () => {
    await using folder = await released()
    await npm(['pack', './release/package', '--pack-destination', 'release'], folder.path)
    const archive = `./release/stage-footprint-${manifest.version}.tgz`
    const prefix = join(folder.path, 'place')
    await npm(['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', archive], folder.path)
    const env = { PATH: `${join(prefix, 'bin')}:${process.env['PATH']}`, MANPATH: undefined }
    const found = (await succeed('man', ['--where', 'stage-footprint'], { env })).trim()
    expect(await realpath(found)).toBe(
      join(await realpath(prefix), 'lib/node_modules/stage-footprint/man/stage-footprint.1'),
    )
    expect(await readFile(join(prefix, 'share/man/man1/stage-footprint.1'), 'utf8')).toBe(read('man/stage-footprint.1'))
  })

  test('cannot be published from a checkout by mistake', () => {
    expect(JSON.parse(read('package.json'))).toMatchObject({ private: true })
  })
})

interface Job {
  readonly needs?: string | readonly string[]
  readonly environment?: string
  readonly permissions: Readonly<Record<string, string>>
  readonly 'timeout-minutes': number
  readonly steps: readonly {
    readonly uses?: string
    readonly run?: string
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
