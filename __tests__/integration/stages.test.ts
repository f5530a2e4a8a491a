/** Builds and weighs the ways in which a Dockerfile can define its stages. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { remoteBuilder, type RemoteBuilder } from '../support/builder.ts'
import { folderWith, footprint, requireEngine, run, succeed } from '../support/program.ts'
import { describeWith } from '../support/rig.ts'
import { busybox, onceOnly, outline, weigh, weighImage } from '../support/weigh.ts'

beforeAll(() => void requireEngine())

describe('stages and what they take from each other', () => {
  const dockerfile = `ARG KIND=nothing
FROM --platform=$BUILDPLATFORM scratch AS Tools
COPY busybox /busybox
FROM tools AS twin
${onceOnly}
FROM scratch AS tools-of-some
COPY busybox /another
FROM twin AS TWIN
COPY words /words
FROM scratch AS unwanted
COPY busybox /busybox
RUN ["/busybox", "false"]
FROM scratch AS replaced
COPY --from=unwanted /busybox /
FROM tools-of-\${KIND}
COPY --from=TwIn /words /id /from-twin/
RUN --mount=type=bind,from=tools,target=/t ["/t/busybox", "cp", "/proc/sys/kernel/random/uuid", "/mine"]
COPY --from=replaced /words /replaced
`

  test('supports names in any case, duplicate names, ARG in FROM, BUILDPLATFORM, a replaced stage, a mount, and unneeded stages', async () => {
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      'context/words': 'words',
      'other/words': 'other words',
    })
    const record = await weigh([
      ...['--build-arg', 'KIND=some'],
      ...['--build-context', `replaced=${join(folder.path, 'other')}`],
      join(folder.path, 'context'),
    ])
    const [image] = record.images
    expect(record.notes).toEqual([
      'The build gave 3 warnings: StageNameCasing (lines 2, 8) and DuplicateStageName (line 8).',
    ])
    expect(outline(image?.stages ?? [])).toEqual({
      '0 Tools': ['3: COPY busybox /busybox'],
      '1 twin': ['3: COPY busybox /busybox', `5: ${onceOnly}`],
      '2 tools-of-some': ['7: COPY busybox /another'],
      '3 TWIN': ['3: COPY busybox /busybox', `5: ${onceOnly}`, '9: COPY words /words'],
      '6 6': [
        '7: COPY busybox /another',
        '16: COPY --from=TwIn /words /id /from-twin/',
        '17: RUN --mount=type=bind,from=tools,target=/t ["/t/busybox", "cp", "/proc/sys/kernel/random/uuid", "/mine"]',
        '18: COPY --from=replaced /words /replaced',
      ],
    })
    expect(image?.stagesNotBuilt).toEqual([
      { name: 'unwanted', index: 4, line: 10 },
      { name: 'replaced', index: 5, line: 13 },
    ])
    const final = image?.stages.at(-1)
    expect(final?.uses).toEqual([
      { stage: 'tools-of-some', via: 'from', carriedBytes: busybox.length },
      { stage: 'TWIN', via: 'copy', carriedBytes: 'words'.length + 37 },
      { stage: 'Tools', via: 'mount', carriedBytes: null },
      { stage: 'replaced', via: 'copy', carriedBytes: 'other words'.length },
    ])
    expect(final?.layers.at(-1)?.fileBytes).toBe('other words'.length)
    expect(image?.matchesShipped).toBe(true)
  })

  test('does not build stages after a target that is not the last', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox, words: 'words' })
    const image = await weighImage(['--target', 'TWIN', folder.path])
    expect(image.stages.map(({ index, role }) => [index, role])).toEqual([
      [0, 'builder'],
      [1, 'builder'],
      [3, 'final'],
    ])
    expect(image.stagesNotBuilt?.map(({ index }) => index)).toEqual([2, 4, 5, 6])
    expect(image.matchesShipped).toBe(true)
  })
})

describe('ways to write a Dockerfile', () => {
  test.each([
    [
      'CRLF',
      `FROM scratch\r\nCOPY busybox \\\r\n  /busybox\r\n${onceOnly}\r\nFROM scratch\r\nCOPY --from=0 /id \\\r\n  /\r\n`,
    ],
    [
      'the escape directive',
      `# escape=\`\nFROM \`\n  scratch\nCOPY busybox \`\n  /busybox\n${onceOnly}\nFROM scratch\nCOPY --from=0 /id \`\n  /\n`,
    ],
    [
      'heredocs that look like stages',
      `FROM scratch\nCOPY busybox /busybox\n${onceOnly}\nCOPY <<FROM <<"B" /\nFROM scratch AS x\nCOPY a b\nFROM\nFROM nothing\nB\nFROM scratch\nCOPY --from=0 /id /FROM /B /\n`,
    ],
    [
      'syntax line, comments and a byte order mark',
      `\uFEFF# check=skip=all\n\n# FROM nothing\nfrom scratch\n\ncopy busybox /busybox\n${onceOnly}\n# end\nfrom scratch\ncopy --from=0 /id /\n`,
    ],
  ])('attributes the layers to their lines: %s', async (_, text) => {
    await using folder = await folderWith({ Dockerfile: text, busybox })
    const { images, notes } = await weigh([folder.path])
    expect(notes).toEqual([])
    const lines = text.split(/\r?\n/)
    const starts = (word: RegExp): number[] => lines.flatMap((line, at) => (word.test(line) ? [at + 1] : []))
    const [builder, final] = images[0]?.stages ?? []
    expect(builder?.layers[0]?.instruction?.line).toBe(starts(/^copy busybox/i)[0])
    expect(builder?.layers[1]?.instruction?.text).toBe(onceOnly)
    expect(final?.layers.map(({ instruction }) => instruction?.line)).toEqual(starts(/^copy --from/i))
    expect(images[0]?.matchesShipped).toBe(true)
  })
})

describe('continued lines', () => {
  test.each([
    ['with the usual character', '\\', ''],
    ['with the other one', '`', '# escape=`\n'],
  ])(
    '%s are joined in reports without comments, and kept as written in heredocs and the record',
    async (_, escape, directive) => {
      const copy = `COPY busybox ${escape}\n# The only program.\n\n  /bin/busybox`
      const run = `RUN ["/bin/busybox", "cp", ${escape}\n  "/bin/busybox", "/b"]`
      const heredoc = `COPY <<EOF ${escape}\n  /note\none ${escape}\n# two\nEOF`
      await using folder = await folderWith({
        'context/Dockerfile': `${directive}FROM scratch\n${[copy, run, heredoc].join('\n')}\n`,
        'context/busybox': busybox,
      })
      const [record, markdown] = ['record.json', 'report.md'].map((name) => join(folder.path, name)) as [string, string]
      const { status, stdout } = await footprint([
        'build',
        '--json',
        record,
        '--markdown',
        markdown,
        join(folder.path, 'context'),
      ])
      expect(status).toBe(0)
      const { images } = JSON.parse(await readFile(record, 'utf8')) as Awaited<ReturnType<typeof weigh>>
      expect(images[0]?.stages[0]?.layers.map(({ instruction }) => instruction?.text)).toEqual([copy, run, heredoc])
      for (const report of [stdout, await readFile(markdown, 'utf8')]) {
        for (const line of ['COPY busybox /bin/busybox', 'RUN ["/bin/busybox", "cp", "/bin/busybox", "/b"]'])
          expect(report).toContain(line)
        expect(report).not.toContain('The only program')
      }
      expect(stdout).toContain(`COPY <<EOF /note one ${escape} # two EOF`)
    },
  )
})

const platforms = `FROM scratch AS build-amd64
COPY busybox /program
FROM scratch AS build-arm64
COPY words /program
FROM build-$TARGETARCH
COPY second /second
FROM scratch
COPY --from=2 /program /second /
`

async function weighPlatforms(env: Readonly<Record<string, string>>): Promise<void> {
  await using folder = await folderWith({
    'context/Dockerfile': platforms,
    'context/busybox': busybox,
    'context/words': 'words',
    'context/second': '2',
  })
  const archive = join(folder.path, 'image')
  const { images, notes } = await weigh(
    [
      '--platform',
      'linux/amd64,linux/arm64',
      '--provenance=false',
      '--output',
      `type=oci,tar=false,dest=${archive}`,
      join(folder.path, 'context'),
    ],
    { env },
  )
  expect(notes).toEqual([])
  expect(images.map(({ platform }) => [platform.architecture, platform.os])).toEqual([
    ['amd64', 'linux'],
    ['arm64', 'linux'],
  ])
  expect(images.map(({ stages }) => outline(stages))).toEqual([
    {
      '0 build-amd64': ['2: COPY busybox /program'],
      '2 2': ['2: COPY busybox /program', '6: COPY second /second'],
      '3 3': ['8: COPY --from=2 /program /second /'],
    },
    {
      '1 build-arm64': ['4: COPY words /program'],
      '2 2': ['4: COPY words /program', '6: COPY second /second'],
      '3 3': ['8: COPY --from=2 /program /second /'],
    },
  ])
  expect(images.map(({ stagesNotBuilt }) => stagesNotBuilt?.map(({ name }) => name))).toEqual([
    ['build-arm64'],
    ['build-amd64'],
  ])
  expect(images.map(({ stages }) => stages.at(-1)?.totals.fileBytes)).toEqual([busybox.length + 1, 'words'.length + 1])
  for (const { stages, platform } of images) {
    const raw = await succeed('skopeo', [
      'inspect',
      '--raw',
      ...['--override-arch', platform.architecture],
      `oci:${archive}`,
    ])
    const { manifests } = JSON.parse(raw) as { manifests: { digest: string; platform: { architecture: string } }[] }
    const digest = manifests.find((each) => each.platform.architecture === platform.architecture)?.digest.slice(7) ?? ''
    const { layers } = JSON.parse(await readFile(join(archive, 'blobs/sha256', digest), 'utf8')) as {
      layers: { digest: string; size: number }[]
    }
    expect(stages.at(-1)?.layers.map((layer) => [layer.digest, layer.compressedSize])).toEqual(
      layers.map((layer) => [layer.digest, layer.size]),
    )
  }
}

test('weighs several platforms, each with the stages that it takes', () => weighPlatforms({}))

describeWith('buildKit')('a remote builder', () => {
  let builder: RemoteBuilder
  beforeAll(async () => {
    builder = await remoteBuilder()
  })
  afterAll(async () => {
    await builder[Symbol.asyncDispose]()
  })

  test('weighs several platforms, each with the stages that it takes', () => weighPlatforms(builder.env))
})

describe('outputs and flags of the user’s build', () => {
  const dockerfile = `FROM scratch\nCOPY busybox /busybox\n${onceOnly}\nFROM scratch\nCOPY --from=0 /busybox /id /\n`

  test('zstd gives the layers of the output, as zstd and tar count them', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const layout = join(folder.path, 'image')
    const output = `type=oci,tar=false,dest=${layout},compression=zstd,compression-level=3,force-compression=true`
    const image = await weighImage(['--provenance=false', '--output', output, join(folder.path, 'context')])
    const raw = await succeed('sh', ['-c', 'cd "$1/blobs/sha256"; cat "$(grep -l diff_ids *)"', 'sh', layout])
    const { rootfs } = JSON.parse(raw) as { rootfs: { diff_ids: string[] } }
    const [layer, ...rest] = image.stages.at(-1)?.layers ?? []
    expect([rest, [layer?.diffId]]).toEqual([[], rootfs.diff_ids])
    const blob = join(layout, 'blobs/sha256', layer?.digest?.slice(7) ?? '')
    const counted = await succeed('sh', [
      '-c',
      'wc -c < "$1"; zstd -dc "$1" | wc -c; zstd -dc "$1" | tar -t | wc -l',
      'sh',
      blob,
    ])
    expect([layer?.compressedSize, layer?.uncompressedSize, layer?.entries]).toEqual(
      counted.trim().split('\n').map(Number),
    )
    expect(layer?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd')
    expect(image.matchesShipped).toBe(true)
  })

  test('type=local writes its files, and the stages are weighed', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const files = join(folder.path, 'files')
    const image = await weighImage(['--output', `type=local,dest=${files}`, join(folder.path, 'context')])
    expect((await readFile(join(files, 'busybox'))).equals(busybox)).toBe(true)
    expect(image.stages.at(-1)?.totals.fileBytes).toBe(busybox.length + (await readFile(join(files, 'id'))).length)
    // Nothing was shipped, so there are no layers to compare with.
    expect(image.matchesShipped).toBeNull()
  })

  test('--no-cache and --pull build once, and weighing takes what was built', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const ids = []
    for (const flags of [['--no-cache'], ['--pull', '--no-cache-filter', '0']]) {
      const image = await weighImage([...flags, folder.path])
      expect(image.matchesShipped).toBe(true)
      ids.push(image.stages[0]?.layers[1]?.diffId)
    }
    // The first flag did run the step again; a filter by number does not match a stage.
    const again = await weighImage(['--no-cache', folder.path])
    expect(ids).not.toContain(again.stages[0]?.layers[1]?.diffId)
  })

  test('--print builds nothing, and shows stages, lines and masked calls', async () => {
    await using folder = await folderWith({
      Dockerfile: `ARG KIND\nFROM scratch AS \\\n  one\nCOPY nothing /\nFROM scratch AS two\nFROM one\n`,
    })
    const { status, stdout, stderr } = await footprint([
      ...[
        'build',
        '--print',
        '--build-arg',
        'KIND=secret-argument',
        '--build-arg=OTHER=secret-argument',
        '--secret',
        'id=npm,src=/secret/path',
      ],
      ...['--cache-to', 'type=s3,bucket=b,secret_access_key=secret-key', '-t', 'app:1', folder.path],
    ])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toMatch(/secret-argument|secret-key|\/secret\/path/)
    const plan = JSON.parse(stdout) as { stages: unknown; calls: string[][] }
    expect(plan.stages).toEqual([
      { index: 0, name: 'one', base: 'scratch', line: 2, endLine: 3, needed: true, final: false },
      { index: 1, name: 'two', base: 'scratch', line: 5, endLine: 5, needed: false, final: false },
      { index: 2, name: null, base: 'one', line: 6, endLine: 6, needed: true, final: true },
    ])
    expect(plan.calls[0]).toEqual([
      ...[
        'docker',
        'buildx',
        'build',
        '--build-arg',
        'KIND=***',
        '--build-arg=OTHER=***',
        '--secret',
        'id=npm,src=***',
      ],
      ...['--cache-to', 'type=s3,bucket=b,secret_access_key=***', '-t', 'app:1', folder.path],
    ])
    expect(plan.calls).toHaveLength(3)
    for (const call of plan.calls.slice(1)) {
      expect(call.join(' ')).toContain('--build-arg KIND=***')
      expect(call).not.toContain('app:1')
    }
    // Nothing was built, so the file to copy need not exist.
    expect((await run('docker', ['buildx', 'build', folder.path])).stderr).toContain('"/nothing": not found')
  })

  test.each([
    ['a variable in the name of a stage', 'ARG VAR=x\nFROM scratch AS ${VAR}\nCOPY Dockerfile /\n'],
    ['a symbol in the name of a stage', 'FROM scratch AS a/b\nCOPY Dockerfile /\n'],
    ['no instruction', 'FROM scratch\nNOSUCH a b\n'],
  ])('--print refuses what the build refuses: %s', async (_, dockerfile) => {
    await using folder = await folderWith({ Dockerfile: dockerfile })
    const printed = await footprint(['build', '--print', folder.path])
    const built = await footprint(['build', '--quiet', folder.path])
    const said = /dockerfile parse error on line \d: .*/
    const refused = (await run('docker', ['buildx', 'build', folder.path])).stderr
    expect(said.exec(refused)?.[0]).toBeDefined()
    for (const { status, stdout, stderr } of [printed, built])
      expect([status, stdout, said.exec(stderr)?.[0].replace(/ \[BUILD_FAILED\]$/, '')]).toEqual([
        3,
        '',
        said.exec(refused)![0],
      ])
  })
})
