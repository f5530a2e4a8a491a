/** A build that copies its whole context, and files of the run in that context. */
import { mkdir, readFile, writeFile, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { containerBuilder } from '../support/container-builder.ts'
import { folderWith, footprint, succeed } from '../support/program.ts'
import { describeWith } from '../support/rig.ts'
import { busybox } from '../support/weigh.ts'

/** A new builder, a context, and a server that counts how often the step of stage `build` runs. */
async function place() {
  let asked = 0
  const server = createServer((_, response) => {
    asked += 1
    response.end('x')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stack = new AsyncDisposableStack()
  stack.defer(() => void server.close())
  const { port } = server.address() as AddressInfo
  const dockerfile = `FROM scratch AS build
COPY . /
RUN ["/busybox", "wget", "-O", "/answer", "http://127.0.0.1:${port}/"]
FROM scratch
COPY --from=build /answer /answer
`
  const folder = stack.use(await folderWith({ Dockerfile: dockerfile, busybox }))
  const home = stack.use(await folderWith({}))
  const builder = stack.use(await containerBuilder())
  const env = { ...builder.env, XDG_CACHE_HOME: join(home.path, 'cache') }
  return {
    at: (name: string): string => join(folder.path, name),
    image: ['--output', `type=docker,dest=${join(home.path, 'image.tar')}`],
    /** Builds the context, and returns how often the step ran in it. */
    build: async (words: readonly string[], some: Readonly<Record<string, string>> = {}) => {
      asked = 0
      const told = await footprint(['build', ...words, '.'], { cwd: folder.path, env: { ...env, ...some } })
      return { ...told, asked }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

describeWith('buildx')('files of the run in the context of its build', () => {
  test('do not make a step run again if the build writes them, and are there in the end', async () => {
    await using here = await place()
    const [metadata, iid] = ['metadata.json', 'iid'].map(here.at) as [string, string]
    for (const earlier of [false, true]) {
      if (earlier) await Promise.all([metadata, iid].map((path) => writeFile(path, 'of an earlier build')))
      const told = await here.build(
          ['--format', 'json', '--metadata-file', 'metadata.json', '--iidfile', 'iid', ...here.image],
        ) // prettier-ignore
      expect([told.status, told.asked]).toEqual([0, 1])
      expect(JSON.parse(told.stdout)).toMatchObject({
        images: [
          {
            stages: [
              { name: 'build', totals: { layers: 2 } },
              { role: 'final', totals: { layers: 1 } },
            ],
          },
        ],
      })
      const written = JSON.parse(await readFile(metadata, 'utf8')) as Record<string, string>
      expect(written['containerimage.config.digest']).toBe((await readFile(iid, 'utf8')).trim())
    }
  })

  test('fail the run as the client does if they cannot be written, and the report is not lost', async () => {
    await using here = await place()
    await mkdir(here.at('full/folder'), { recursive: true })
    const refused = await here.build(['--iidfile', 'full', ...here.image])
    expect([refused.status, refused.asked, refused.stdout]).toEqual([3, 0, ''])
    expect(refused.stderr).toMatch(/the build failed: removing image ID file: .*full.* \[BUILD_FAILED\]$/m)

    await mkdir(here.at('empty'))
    const replaced = await here.build(['--iidfile', 'empty', ...here.image])
    expect([replaced.status, replaced.asked]).toEqual([0, 1])
    expect(await readFile(here.at('empty'), 'utf8')).toMatch(/^sha256:/)

    const words = ['--metadata-file', 'full', '--budget', 'final unpacked <= 0 B', ...here.image]
    const unwritten = await here.build(words)
    expect(unwritten.status).toBe(3)
    expect(unwritten.stdout).toMatch(/final unpacked/)
    expect(unwritten.stderr).toMatch(/--metadata-file full cannot be written: it is a folder \[BUILD_FAILED\]$/m)
  })

  test('are named before the build and as the reason for a missing stage, if they are our own or an output', async () => {
    await using here = await place()
    const record = async (words: readonly string[], some: Readonly<Record<string, string>> = {}) => {
      const told = await here.build(['--format', 'json', ...words], some)
      const { images, notes } = JSON.parse(told.stdout) as { images: { stages: object[] }[]; notes?: string[] }
      return { ...told, stages: images[0]?.stages, notes }
    }
    const own = await record(here.image, { XDG_CACHE_HOME: here.at('.cache') })
    expect([own.status, own.asked]).toEqual([0, 1])
    expect(own.stderr).toContain(
      'Stage Footprint writes to its cache folder .cache/stage-footprint in the build context',
    )
    expect(own.stages).toMatchObject([
      { name: 'build', built: false, changedContext: ['.cache/stage-footprint'] },
      { role: 'final' },
    ])

    await writeFile(here.at('.dockerignore'), '.cache\n')
    const output = await record([...here.image, '--cache-to', 'type=local,dest=.exported'])
    expect(output.stderr).not.toContain('its cache folder')
    expect(output.asked).toBe(1)
    expect(output.stages).toMatchObject([{ changedContext: ['.exported'] }, { role: 'final' }])

    // A step that the build did not run would read it, through a link too.
    await symlink('linked', here.at('link'))
    await mkdir(here.at('linked'))
    await writeFile(here.at('linked/a'), 'a')
    const [base = ''] = (await readFile(here.at('Dockerfile'), 'utf8')).split('\n')
    await writeFile(
      here.at('Linked.Dockerfile'),
      [
        base.replace(/ AS .*/i, ' AS build'),
        'COPY link/ /src/',
        base.replace(/ AS .*/i, ''),
        'COPY --from=build /src/a /a',
      ].join('\n'),
    )
    const linked = await record([
      ...['--file', 'Linked.Dockerfile', '--uncached-stages', 'build', ...here.image],
      ...['--cache-to', 'type=local,dest=linked/exported'],
    ])
    expect(linked.status).toBe(0)
    expect(linked.stages).toMatchObject([
      { name: 'build', built: false, perhapsChangedContext: ['linked/exported'] },
      { role: 'final' },
    ])
    expect(linked.notes).toContainEqual(
      expect.stringMatching(/^No stage was built only to weigh it, because this run writes linked\/exported into/),
    )

    await writeFile(here.at('.dockerignore'), '.cache\n.exported\n')
    const ignored = await record([...here.image, '--cache-to', 'type=local,dest=.exported'], {
      XDG_CACHE_HOME: here.at('.cache'),
    })
    expect(ignored.stderr).not.toContain('its cache folder')
    expect(ignored.stages).toMatchObject([{ name: 'build', totals: { layers: 2 } }, { role: 'final' }])
  })

  test('keep the base commit from being built if it would read them from outside of the repository', async () => {
    await using project = await folderWith({
      'repository/Dockerfile': 'FROM scratch\nCOPY a /\nCOPY --from=other . /other/\n',
      'repository/a': '1',
      'other/b': '1',
    })
    await using builder = await containerBuilder()
    const [repository, other] = ['repository', 'other'].map((name) => join(project.path, name)) as [string, string]
    const git = (...words: readonly string[]): Promise<string> =>
      succeed('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words])
    await git('init', '--quiet')
    await git('add', '.')
    await git('commit', '--quiet', '--message', 'one')
    await writeFile(join(repository, 'a'), '22')
    await git('commit', '--quiet', '--all', '--message', 'two')
    const compared = async (place: string) => {
      const words = ['--baseline', 'HEAD~1', '--build-context', `other=${other}`]
      const cache = ['--cache-to', `type=local,dest=${join(project.path, place)}`]
      const image = ['--output', `type=docker,dest=${join(project.path, 'image.tar')}`]
      const { env } = builder
      return footprint(['build', ...words, ...cache, ...image, '.'], { cwd: repository, env: { ...env, XDG_CACHE_HOME: join(project.path, 'cache') } }) // prettier-ignore
    }
    const outside = await compared('elsewhere')
    expect([outside.status, outside.stdout]).toEqual([0, expect.stringContaining('+1 B')])
    const within = await compared('other/exported')
    expect(within.status).toBe(5)
    expect(within.stderr).toContain(
      'was not built: build context other: the base would read what this run wrote into the context (exported)',
    )
  })
})
