/**
 * Builds and compares an update of dependencies. The report must name each package, with the bytes that `find` counts.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseRecord } from '../../src/record/parse-record.ts'
import { formatBytes, formatGrown } from '../../src/report/units.ts'
import { footprint, requireEngine, succeed } from '../support/program.ts'
import { plainLayout, project, type Files, type Project } from '../support/revisions.ts'
import { describeWith, rig } from '../support/rig.ts'

const site = 'venv/lib/python3.13/site-packages'
const modules = 'app/node_modules'
const text = (bytes: number, seed: string): string => seed.repeat(Math.ceil(bytes / seed.length)).slice(0, bytes)

/** The files that pip installs: a folder, its metadata, and the list of both. */
function wheel(name: string, version: string, bytes: number): Files {
  const info = `${name}-${version}.dist-info`
  const files: Record<string, string> = {
    [`${name}/__init__.py`]: text(bytes, `${name} = 1\n`),
    [`${name}/py.typed`]: '',
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nWords.\n`,
  }
  const record = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  return Object.fromEntries(
    Object.entries({ ...files, [`${info}/RECORD`]: record }).map(([path, content]) => [`${site}/${path}`, content]),
  )
}

const npm = (name: string, version: string, bytes: number): Files => ({
  [`${modules}/${name}/package.json`]: JSON.stringify({ name, version }),
  [`${modules}/${name}/index.js`]: text(bytes, `// ${name}\n`),
})

const dockerfile = 'FROM scratch\nCOPY venv /venv\nCOPY app /app\n'

let shared: Project

beforeAll(async () => {
  requireEngine()
  shared = await project()
  await shared.branch('main', 'main', {
    Dockerfile: dockerfile,
    ...wheel('urllib3', '1.26.5', 61_234),
    ...wheel('six', '1.16.0', 32_001),
    ...wheel('idna', '3.10', 80_000),
    'venv/pyvenv.cfg': 'home = /usr/bin\n',
    ...npm('jose', '5.9.6', 40_007),
    ...npm('@scope/kept', '1.0.0', 90_000),
    'app/server.js': text(2_000, 'serve()\n'),
  })
})

afterAll(async () => {
  await shared[Symbol.asyncDispose]()
})

/** Returns the bytes of the regular files below these folders of the work tree, counted by `find`. */
async function bytesBelow(...folders: readonly string[]): Promise<number> {
  const said = await succeed('find', [
    ...folders.map((folder) => join(shared.folder, folder)),
    '-type',
    'f',
    '-printf',
    '%s\n',
  ])
  return said
    .trim()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0)
}

const wheelBytes = (name: string, version: string): Promise<number> =>
  bytesBelow(`${site}/${name}`, `${site}/${name}-${version}.dist-info`)

describe('an update of dependencies', () => {
  test('names each package with its versions in both formats, and the bytes that find counts', async () => {
    await shared.git('checkout', '--quiet', 'main')
    const old = {
      urllib3: await wheelBytes('urllib3', '1.26.5'),
      six: await wheelBytes('six', '1.16.0'),
      jose: await bytesBelow(`${modules}/jose`),
    }
    const before = join(shared.beside, 'base.json')
    expect((await footprint(['build', '--quiet', '--json', before, '.'], { cwd: shared.folder })).status).toBe(0)

    await shared.branch('topic', 'main', {
      ...Object.fromEntries(
        Object.keys({ ...wheel('urllib3', '1.26.5', 1), ...wheel('six', '1.16.0', 1) }).map((path) => [path, null]),
      ),
      ...wheel('urllib3', '2.6.3', 152_345),
      ...wheel('rignore', '0.7.6', 254_321),
      // The length differs, because BuildKit takes files with the same time and size for the same file.
      ...npm('jose', '6.1.10', 95_432),
      ...npm('openid-client', '6.1.1', 150_003),
    })
    const now = {
      urllib3: await wheelBytes('urllib3', '2.6.3'),
      rignore: await wheelBytes('rignore', '0.7.6'),
      idna: await wheelBytes('idna', '3.10'),
      jose: await bytesBelow(`${modules}/jose`),
      openid: await bytesBelow(`${modules}/openid-client`),
      kept: await bytesBelow(`${modules}/@scope/kept`),
    }

    const [json, markdown] = [join(shared.beside, 'head.json'), join(shared.beside, 'head.md')]
    const lines = [
      `rignore 0.7.6 new, ${formatBytes(now.rignore)}`,
      `urllib3 1.26.5 → 2.6.3 ${formatGrown(old.urllib3, now.urllib3)}`,
      `six 1.16.0 removed, −${formatBytes(old.six)}`,
      `openid-client 6.1.1 new, ${formatBytes(now.openid)}`,
      `jose 5.9.6 → 6.1.10 ${formatGrown(old.jose, now.jose)}`,
    ]
    // The base that was built by the same builder, and its record.
    for (const baseline of ['main', before]) {
      const { status, stdout, stderr } = await footprint(
        ['build', '--baseline', baseline, '--json', json, '--markdown', markdown, '.'],
        { cwd: shared.folder },
      )
      expect([status, stderr.includes('rror')]).toEqual([0, false])
      const inTerminal = stdout.split('\n').map((line) => line.trim())
      const inMarkdown = (await readFile(markdown, 'utf8'))
        .replaceAll('`', '')
        .split(/<br>|\n| \|/)
        .map((line) => line.trim())
      for (const said of [inTerminal, inMarkdown]) {
        expect(said.filter((line) => lines.includes(line)).toSorted()).toEqual(lines.toSorted())
        // Unchanged packages are not a cause, and neither are the folders.
        expect(said.filter((line) => /idna|kept|site-packages\/|node_modules\//.test(line))).toEqual([])
      }
    }

    const record = parseRecord(await readFile(json, 'utf8'), json)
    const [venv, app] = record.images[0]?.stages[0]?.layers.map(({ contents }) => contents?.packages) ?? []
    expect(
      venv?.packages.map(({ ecosystem, name, version, fileBytes }) => [ecosystem, name, version, fileBytes]),
    ).toEqual([
      ['pypi', 'rignore', '0.7.6', now.rignore],
      ['pypi', 'urllib3', '2.6.3', now.urllib3],
      ['pypi', 'idna', '3.10', now.idna],
    ])
    expect(
      app?.packages.map(({ ecosystem, name, version, fileBytes }) => [ecosystem, name, version, fileBytes]),
    ).toEqual([
      ['npm', 'openid-client', '6.1.1', now.openid],
      ['npm', 'jose', '6.1.10', now.jose],
      ['npm', '@scope/kept', '1.0.0', now.kept],
    ])
    expect([venv?.others?.files, app?.others?.files]).toMatchObject([
      [{ path: 'venv/pyvenv.cfg', fileBytes: await bytesBelow('venv/pyvenv.cfg') }],
      [{ path: 'app/server.js', fileBytes: await bytesBelow('app/server.js') }],
    ])
  })
})

describeWith('registry')('another base image', () => {
  const bytesIn = (files: Files): number =>
    Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content ?? ''), 0)
  const old = { ...wheel('setuptools', '80.1.0', 700_123), ...wheel('pip', '25.1', 900_456) }
  const now = { ...wheel('pip', '25.3', 1_200_789), ...wheel('wheel', '0.45.1', 60_777) }
  const [pipBefore, pipNow] = [bytesIn(wheel('pip', '25.1', 900_456)), bytesIn(wheel('pip', '25.3', 1_200_789))]
  const lines = [
    `pip 25.1 → 25.3 ${formatGrown(pipBefore, pipNow)}`,
    `setuptools 80.1.0 removed, −${formatBytes(bytesIn(wheel('setuptools', '80.1.0', 700_123)))}`,
    `wheel 0.45.1 new, ${formatBytes(bytesIn(wheel('wheel', '0.45.1', 60_777)))}`,
  ]
  let own: Project

  beforeAll(async () => {
    own = await project()
  })

  afterAll(async () => {
    await own[Symbol.asyncDispose]()
  })

  async function push(reference: string, files: Files): Promise<void> {
    const folder = `base-${Math.random()}`
    await own.put({
      [`../${folder}/Dockerfile`]: 'FROM scratch\nCOPY venv /venv\n',
      ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`../${folder}/${path}`, content])),
    })
    const layout = join(own.beside, `${folder}.oci`)
    await plainLayout([join(own.beside, folder)], layout)
    await succeed('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${layout}`, `docker://${reference}`])
  }

  async function linesOf(baseline: string): Promise<readonly string[]> {
    const { status, stdout } = await footprint(['build', '--pull', '--baseline', baseline, '.'], { cwd: own.folder })
    expect(status).toBe(0)
    return stdout.split('\n').map((line) => line.trim())
  }

  test('names the packages of the base that differ, whether its tag moved or FROM was edited', async () => {
    const from = `${rig.registry}/stage-footprint-test/packages-${process.pid}`
    await push(`${from}:1`, old)
    await push(`${from}:2`, now)
    await own.branch('main', 'main', { Dockerfile: `FROM ${from}:1\nCOPY app /app\n`, 'app/server.js': 'serve()\n' })
    const record = join(own.beside, 'base.json')
    expect((await footprint(['build', '--quiet', '--json', record, '.'], { cwd: own.folder })).status).toBe(0)

    await own.branch('edited', 'main', { Dockerfile: `FROM ${from}:2\nCOPY app /app\n` })
    const edited = await linesOf('main')
    expect(edited.filter((line) => lines.includes(line)).toSorted()).toEqual(lines)
    expect(edited.find((line) => line.includes('in place of'))).toContain(`${from}:1`)

    await own.git('checkout', '--quiet', 'main')
    await push(`${from}:1`, now)
    const moved = await linesOf(record)
    expect(moved.filter((line) => lines.includes(line)).toSorted()).toEqual(lines)
    expect(moved.join('\n')).toContain('moved (sha256:')
  })
})
