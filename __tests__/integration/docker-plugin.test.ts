/** Runs `docker footprint` with the installed docker client. */
import { copyFile, lstat, mkdir, readdir, readFile, readlink, realpath, symlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import {
  commandLine,
  folderWith,
  footprint,
  processesLeft,
  requireEngine,
  run,
  succeed,
  type RunOptions,
} from '../support/program.ts'

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }

beforeAll(() => void requireEngine())

interface Place extends AsyncDisposable {
  readonly path: string
  readonly options: RunOptions & { readonly env: Record<string, string> }
}

/** Makes a folder with a context, and a configuration of the docker client that has the plugin. */
async function installed(
  dockerfile = 'FROM scratch AS fat\nCOPY a b /\nFROM scratch\nCOPY --from=fat /a /\n',
): Promise<Place> {
  const folder = await folderWith({
    'context/Dockerfile': dockerfile,
    'context/a': 'a'.repeat(1000),
    'context/b': 'b'.repeat(5000),
    'context/busybox': await readFile('/bin/busybox'),
  })
  const config = join(folder.path, 'docker')
  // The contexts and plugins of the client that the tests use.
  await succeed('cp', ['-a', `${process.env['DOCKER_CONFIG'] ?? ''}/.`, config])
  const env = {
    DOCKER_CONFIG: config,
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
  }
  await succeed(process.execPath, [commandLine, 'install-plugin'], { env })
  return {
    ...folder,
    path: folder.path,
    options: { cwd: folder.path, env },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

describe('docker footprint', () => {
  test('is listed by the docker client', async () => {
    await using place = await installed()
    expect(await succeed('docker', ['--help'], place.options)).toMatch(/^ {2}footprint\* +Weigh every stage/m)
    expect(await succeed('docker', ['footprint', '--version'], place.options)).toBe(`${version}\n`)
    expect(await succeed('docker', ['__complete', 'footprint', 'build', '--form'], place.options)).toMatch(
      /^--format\t/,
    )
  })

  test('builds and weighs as the program itself does', async () => {
    await using place = await installed()
    const args = ['build', '--json', 'record.json', 'context']
    const byDocker = await run('docker', ['footprint', ...args], place.options)
    expect([byDocker.status, byDocker.stderr]).toEqual([0, expect.anything()])
    const record = await readFile(join(place.path, 'record.json'), 'utf8')
    const byItself = await footprint(args, place.options)
    expect(byDocker.stdout).toBe(byItself.stdout)
    expect(parseRecord(record, 'docker').images).toEqual(
      parseRecord(await readFile(join(place.path, 'record.json'), 'utf8'), 'own').images,
    )
  })

  test('passes on the flags of the docker client, and returns its own exit status', async () => {
    await using place = await installed()
    const refused = await run(
      'docker',
      ['--host', 'unix:///no/such/socket', 'footprint', 'build', 'context'],
      place.options,
    )
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining('[ENGINE_UNREACHABLE]')])
    // The engine of a context is used also if DOCKER_HOST names another one.
    await succeed('docker', ['context', 'create', 'far', '--docker', 'host=unix:///no/such/socket'], place.options)
    const far = await run('docker', ['--context', 'far', 'footprint', 'inspect', 'docker-daemon:a'], {
      ...place.options,
      env: { ...place.options.env, DOCKER_HOST: process.env['DOCKER_HOST'] },
    })
    expect([far.status, far.stderr]).toEqual([4, expect.stringContaining('/no/such/socket')])
    // The context `default` is the engine that DOCKER_HOST names.
    const near = await run('docker', ['--context', 'default', 'footprint', 'inspect', 'docker-daemon:a'], {
      ...place.options,
      env: { ...place.options.env, DOCKER_HOST: 'unix:///no/such/engine' },
    })
    expect([near.status, near.stderr]).toEqual([4, expect.stringContaining('/no/such/engine')])
    const wrong = await run('docker', ['footprint', 'bild'], place.options)
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "build"?')])
  })

  test('says that a context does not exist, not that the engine lacks an image', async () => {
    await using place = await installed()
    const args = ['inspect', 'docker-daemon:a']
    const byDocker = await run('docker', ['--context', 'nowhere', 'footprint', ...args], place.options)
    const byItself = await footprint(args, {
      ...place.options,
      env: { ...place.options.env, DOCKER_HOST: '', DOCKER_CONTEXT: 'nowhere' },
    })
    for (const { status, stderr } of [byDocker, byItself])
      expect([status, stderr]).toEqual([
        4,
        expect.stringMatching(/there is no such Docker context: context "nowhere": context not found/),
      ])
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'stops everything that it started if the docker client gets %s',
    async (signal) => {
      await using place = await installed(
        'FROM scratch\nCOPY busybox /\nRUN ["/busybox", "sh", "-c", "echo asleep; sleep 600"]\n',
      )
      const mark = `plugin-${signal}-${process.pid}`
      const ran = await run('docker', ['footprint', 'build', 'context'], {
        ...place.options,
        env: { ...place.options.env, MARK: mark },
        kill: { signal, when: /asleep/ },
      })
      expect(ran.status).not.toBe(0)
      expect(await processesLeft('MARK', mark)).toEqual([])
    },
  )
})

describe('install-plugin', () => {
  test('links the running program, replaces an older link, and says how to remove it', async () => {
    await using folder = await folderWith({ '.keep': '' })
    const options = { env: { DOCKER_CONFIG: folder.path } }
    const link = join(folder.path, 'cli-plugins/docker-footprint')
    await mkdir(dirname(link))
    await symlink('/old/version', link)
    const said = await succeed(process.execPath, [commandLine, 'install-plugin'], options)
    expect(said).toBe(
      `docker footprint is installed: ${link} -> ${await realpath(commandLine)}\nTo remove it: rm ${link}\n`,
    )
    expect(await readlink(link)).toBe(await realpath(commandLine))
    expect(await readdir(dirname(link))).toEqual(['docker-footprint'])
  })

  test('does not replace a file that is not its own', async () => {
    await using folder = await folderWith({ 'cli-plugins/docker-footprint': 'another program' })
    const { status, stderr } = await footprint(['install-plugin'], { env: { DOCKER_CONFIG: folder.path } })
    expect([status, stderr]).toEqual([2, expect.stringContaining('already exists and is not a link')])
    expect((await lstat(join(folder.path, 'cli-plugins/docker-footprint'))).isFile()).toBe(true)
  })

  test('does not replace a link to another program', async () => {
    await using folder = await folderWith({ 'cli-plugins/.keep': '', other: 'another program' })
    const link = join(folder.path, 'cli-plugins/docker-footprint')
    await symlink(join(folder.path, 'other'), link)
    const { status, stderr } = await footprint(['install-plugin'], { env: { DOCKER_CONFIG: folder.path } })
    expect([status, stderr]).toEqual([2, expect.stringContaining('already exists and is not a link')])
    expect(await readlink(link)).toBe(join(folder.path, 'other'))
  })

  test('refuses a folder that cannot be made, and a program that npx will remove', async () => {
    await using folder = await folderWith({ config: 'a file', 'npm/_npx/1/package.json': '{"type":"module"}' })
    const refused = await footprint(['install-plugin'], { env: { DOCKER_CONFIG: join(folder.path, 'config') } })
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('cannot be linked')])
    const bundle = join(folder.path, 'npm/_npx/1')
    for (const name of await readdir(dirname(commandLine)))
      await copyFile(join(dirname(commandLine), name), join(bundle, name))
    await writeFile(join(bundle, 'package.json'), '{"type":"module"}')
    const byNpx = await run(process.execPath, [join(bundle, 'index.js'), 'install-plugin'], {
      env: { DOCKER_CONFIG: folder.path },
    })
    expect([byNpx.status, byNpx.stderr]).toEqual([2, expect.stringContaining('npm install --global stage-footprint')])
  })
})
