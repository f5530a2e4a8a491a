import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { commandLine, folderWith, footprint, ownCache, requireEngine, run, succeed } from '../support/program.ts'
import { noPackages } from '../support/no-packages.ts'

const busybox = await readFile('/bin/busybox')

const dockerfile = `ARG WHO=world
FROM scratch AS tools
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
ENV A=1

FROM tools
ARG WHO
RUN --mount=type=secret,id=token echo "hello $WHO" > /hello && \\
    dd if=/dev/urandom of=/big bs=1000 count=300
RUN rm /bin/ls && mkdir /srv
COPY <<EOT /etc/note
note
EOT

FROM scratch AS unused
COPY busybox /nowhere

FROM tools
COPY --from=1 /hello /big /out/
ENTRYPOINT ["/bin/cat", "/out/hello"]
`

beforeAll(() => void requireEngine())

async function weigh(folder: string, ...flags: string[]): Promise<readonly Stage[]> {
  const { status, stdout, stderr } = await footprint(['build', ...flags, '--format', 'json', folder])
  if (status !== 0) throw new Error(stderr)
  return parseRecord(stdout, 'stdout').images[0]?.stages ?? []
}

describe('a Dockerfile of unnamed stages', () => {
  test('has the figures of skopeo, wc, tar and gunzip', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const stages = await weigh(folder.path)
    expect(stages.map(({ name, role, index }) => [name, role, index])).toEqual([
      ['tools', 'builder', 0],
      ['1', 'builder', 1],
      ['3', 'final', 3],
    ])
    const layout = join(folder.path, 'layout')
    await succeed('docker', [
      'buildx',
      'build',
      '--provenance=false',
      '-o',
      `type=oci,tar=false,dest=${layout}`,
      folder.path,
    ])
    const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`])) as {
      layers: { digest: string; size: number }[]
    }
    const config = JSON.parse(await succeed('skopeo', ['inspect', '--config', `oci:${layout}`])) as {
      rootfs: { diff_ids: string[] }
    }
    const final = stages.at(-1)
    expect(final?.layers.map(({ digest, compressedSize }) => ({ digest, size: compressedSize }))).toEqual(
      manifest.layers.map(({ digest, size }) => ({ digest, size })),
    )
    expect(final?.layers.map(({ diffId }) => diffId)).toEqual(config.rootfs.diff_ids)
    for (const layer of final?.layers ?? []) {
      const blob = join(layout, 'blobs/sha256', layer.digest?.slice(7) ?? '')
      const shell = async (pipe: string): Promise<number> => Number(await succeed('sh', ['-c', pipe, 'sh', blob]))
      expect(layer.uncompressedSize).toBe(await shell('gunzip -c < "$1" | wc -c'))
      expect(layer.entries).toBe(await shell('gunzip -c < "$1" | tar -t | wc -l'))
      expect(layer.fileBytes).toBe(
        await shell(`gunzip -c < "$1" | tar -tv | awk '/^-/ { sum += $3 } END { print sum + 0 }'`),
      )
      expect(layer.compressedSize).toBe(await shell('wc -c < "$1"'))
    }
    expect(final?.totals).toEqual({
      layers: 3,
      baseLayers: 0,
      inheritedLayers: 2,
      ownLayers: 1,
      metadataOnlySteps: 2,
      compressedSize: manifest.layers.reduce((sum, { size }) => sum + size, 0),
      uncompressedSize: final?.layers.reduce((sum, { uncompressedSize }) => sum + uncompressedSize!, 0),
      fileBytes: final?.layers.reduce((sum, { fileBytes }) => sum + fileBytes!, 0),
      entries: final?.layers.reduce((sum, { entries }) => sum + entries!, 0),
    })
  })

  test('gives each layer its origin and lines, and each COPY --from the bytes that it carries', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const [tools, builder, final] = await weigh(folder.path)
    const lines = (stage: Stage | undefined): unknown[] | undefined =>
      stage?.layers.map(({ origin, instruction }) => [origin, instruction?.line, instruction?.endLine])
    expect(lines(tools)).toEqual([
      ['own', 3, 3],
      ['own', 4, 4],
    ])
    expect(lines(builder)).toEqual([
      ['inherited', 3, 3],
      ['inherited', 4, 4],
      ['own', 9, 10],
      ['own', 11, 11],
      ['own', 12, 14],
    ])
    expect(lines(final)).toEqual([
      ['inherited', 3, 3],
      ['inherited', 4, 4],
      ['own', 20, 20],
    ])
    expect(builder?.layers.map(({ whiteouts }) => whiteouts)).toEqual([0, 0, 0, 1, 0])
    expect(final?.uses).toEqual([
      { stage: 'tools', via: 'from', carriedBytes: tools?.totals.fileBytes },
      { stage: '1', via: 'copy', carriedBytes: 300_000 + 'hello world\n'.length },
    ])
    expect(final?.base).toEqual({
      reference: 'scratch',
      digest: null,
      layers: 0,
      line: expect.any(Number),
      packages: noPackages,
    })
  })

  test('lists the contents and the instruction of each layer, read now or stored before', async () => {
    const noPackages = { packages: [], folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null }
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    for (const run of ['new', 'known']) {
      const [tools, builder, final] = await weigh(folder.path)
      expect([run, final?.layers.at(-1)?.contents]).toMatchObject([
        run,
        {
          files: [
            { path: 'out/big', fileBytes: 300_000 },
            { path: 'out/hello', fileBytes: 12 },
          ],
          directories: [{ path: 'out', fileBytes: 300_012, files: 2 }],
          complete: true,
          packages: noPackages,
        },
      ])
      expect(final?.layers[0]?.contents?.files).toMatchObject([{ path: 'bin/busybox', fileBytes: busybox.length }])
      expect(builder?.layers[3]?.contents).toEqual({
        ...{ files: [], directories: [], bare: ['bin/', 'srv/'] },
        ...{ complete: true, packages: noPackages },
      })
      expect(tools?.instructions).toEqual([
        { text: 'COPY busybox /bin/busybox', line: 3, endLine: 3 },
        { text: 'RUN ["/bin/busybox", "--install", "/bin"]', line: 4, endLine: 4 },
        { text: 'ENV A=1', line: 5, endLine: 5 },
      ])
      expect(builder?.instructions?.map(({ line, endLine }) => [line, endLine])).toEqual([
        [8, 8],
        [9, 10],
        [11, 11],
        [12, 14],
      ])
      expect(builder?.instructions?.[3]?.text).toBe('COPY <<EOT /etc/note\nnote\nEOT')
    }
  })

  test('writes no build argument and no secret to anything', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const record = join(folder.path, 'record.json')
    const { status, stdout } = await footprint(
      ['build', '--build-arg', 'WHO=argument-value', '--secret', 'id=token,env=TOKEN', '--json', record, folder.path],
      { env: { TOKEN: 'secret-value' } },
    )
    expect(status).toBe(0)
    for (const text of [stdout, await readFile(record, 'utf8')]) {
      expect(text).not.toContain('argument-value')
      expect(text).not.toContain('secret-value')
      expect(text).toContain('$WHO')
    }
  })
})

describe('wrong input of the command line', () => {
  test.each([
    [
      'no such context',
      { Dockerfile: dockerfile },
      ['/no/such/folder'],
      2,
      /context \/no\/such\/folder cannot be read/,
    ],
    ['no Dockerfile', {}, ['.'], 2, /Dockerfile .* cannot be read/],
    ['one that does not parse', { Dockerfile: 'FROM scratch\nRUNN x\n' }, ['.'], 3, /unknown instruction: RUNN/],
    [
      'an unknown target',
      { Dockerfile: dockerfile },
      ['--target', 'nope', '.'],
      3,
      /target stage "nope" could not be found/,
    ],
    ['a failing RUN', { Dockerfile: 'FROM scratch\nCOPY busybox /b\nRUN ["/b", "false"]\n' }, ['.'], 3, /exit code/],
    ['an unknown flag', { Dockerfile: dockerfile }, ['--tagg', 'x', '.'], 2, /--tag/],
  ])('ends in one sentence and its exit status: %s', async (_, files, args, expected, sentence) => {
    await using folder = await folderWith({ busybox, ...files })
    const { status, stdout, stderr } = await footprint(['build', ...args], { cwd: folder.path })
    expect(stderr).toMatch(sentence)
    expect(status).toBe(expected)
    expect(stdout).toBe('')
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  test('reports an unreachable engine', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const { status, stderr } = await footprint(['build', folder.path], { env: { DOCKER_HOST: 'unix:///no/engine' } })
    expect(stderr).toMatch(/the build engine cannot be reached/)
    expect(status).toBe(4)
  })

  // There, the builder's own output is not read.
  test.each([
    [
      'an unreachable engine',
      { DOCKER_HOST: 'unix:///no/engine' },
      [],
      4,
      /stage-footprint: the build engine cannot be reached/,
    ],
    ['a builder that does not exist', {}, ['--builder', 'nope'], 4, /stage-footprint: there is no builder "nope"/],
    ['a stage that does not exist', {}, ['--target', 'nope'], 3, /stage-footprint: the build failed: see what/],
  ])('ends with its exit status in a terminal: %s', async (_, env, flags, expected, sentence) => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const command = [process.execPath, commandLine, 'build', ...flags, folder.path].join(' ')
    const { status, stdout } = await run('script', ['-qec', command, '/dev/null'], { env: { ...ownCache, ...env } })
    expect(stdout).toMatch(sentence)
    expect(status).toBe(expected)
  })
})
