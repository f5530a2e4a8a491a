/** Where Dockerfile and context can come from. All have unnamed stages, so each needs a copy with added names. */
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { serveRepository } from '../support/git.ts'
import { folderWith, footprint, requireEngine, succeed } from '../support/program.ts'
import { busybox, onceOnly, outline, weigh, weighImage } from '../support/weigh.ts'

const dockerfile = `FROM scratch
COPY busybox /busybox
${onceOnly}
COPY . /all/
FROM scratch
COPY --from=0 /id /all /out/
`

const expected = {
  '0 0': ['2: COPY busybox /busybox', `3: ${onceOnly}`, '4: COPY . /all/'],
  '1 1': ['6: COPY --from=0 /id /all /out/'],
}

beforeAll(() => void requireEngine())

/** Returns the file bytes in the layer of the COPY of the whole context. */
const contextBytes = (image: Awaited<ReturnType<typeof weighImage>>): number | null | undefined =>
  image.stages[0]?.layers[2]?.fileBytes

test('builds a Git context with a folder', async () => {
  await using folder = await folderWith({
    'sub/Dockerfile': dockerfile,
    'sub/busybox': busybox,
    'beside/much': 'x'.repeat(1_000),
  })
  await using repository = await serveRepository(folder.path)
  const image = await weighImage([`${repository.url}#main:sub`])
  expect(outline(image.stages)).toEqual(expected)
  expect(contextBytes(image)).toBe(dockerfile.length + busybox.length)
  expect(image).toMatchObject({ name: 'app', matchesShipped: true })
  // A Dockerfile under another name in the repository.
  await expect(weighImage(['-f', 'sub/Dockerfile', `${repository.url}#main`])).rejects.toThrow(/"\/busybox": not found/)
  await expect(weighImage([`${repository.url}#nowhere`])).rejects.toThrow(/\[BUILD_FAILED\]/)
})

describe('standard input', () => {
  test('can be the Dockerfile of a folder', async () => {
    await using folder = await folderWith({ busybox, words: 'words' })
    const image = await weighImage(['-f', '-', folder.path], { stdin: dockerfile })
    expect(outline(image.stages)).toEqual(expected)
    expect(contextBytes(image)).toBe(busybox.length + 'words'.length)
    expect(image.matchesShipped).toBe(true)
  })

  test('can be a Dockerfile that needs no added stage names', async () => {
    await using folder = await folderWith({ words: 'words' })
    const image = await weighImage(['-f', '-', folder.path], { stdin: 'FROM scratch AS one\nCOPY words /\n' })
    expect([outline(image.stages), image.matchesShipped]).toEqual([{ '0 one': ['2: COPY words /'] }, true])
  })

  test('can be a Dockerfile without a context', async () => {
    const alone = 'FROM scratch\nCOPY <<A <<B /\none\nA\ntwo\nB\nFROM scratch\nCOPY --from=0 /A /\n'
    const { images, notes } = await weigh(['-'], { stdin: alone })
    expect(outline(images[0]?.stages ?? [])).toEqual({ '0 0': ['2: COPY <<A <<B /'], '1 1': ['8: COPY --from=0 /A /'] })
    expect([notes, images[0]?.matchesShipped]).toEqual([[], true])
  })

  describe('as an archive of the context', () => {
    const archived = async (text: string, flags: string): Promise<Buffer> => {
      await using folder = await folderWith({ 'context/Dockerfile': text, 'context/busybox': busybox })
      const archive = join(folder.path, 'context.tar')
      await succeed('tar', [flags, '-f', archive, '-C', join(folder.path, 'context'), '.'])
      return await readFile(archive)
    }

    test.each([
      ['plain', '-c'],
      ['gzip', '-cz'],
    ])('%s is weighed if its last stage has no name', async (_, flags) => {
      const named = dockerfile.replace('FROM scratch\n', 'FROM scratch AS build\n').replace('--from=0', '--from=build')
      const image = await weighImage(['-'], { stdin: await archived(named, flags) })
      expect(outline(image.stages)).toEqual({
        '0 build': expected['0 0'],
        '1 1': ['6: COPY --from=build /id /all /out/'],
      })
      expect(contextBytes(image)).toBe(named.length + busybox.length)
      expect(image.matchesShipped).toBe(true)
    })

    test('is built but not weighed if an earlier stage has no name, and the line to change is named', async () => {
      const { status, stderr } = await footprint(['build', '-'], { stdin: await archived(dockerfile, '-c') })
      expect(stderr).toMatch(
        /the image was built, but could not be weighed: stage 0 of a context .* on line 1, .* \[NOT_SUPPORTED\]$/m,
      )
      expect(status).toBe(5)
    })
  })
})

test('applies the .dockerignore of a Dockerfile under another name', async () => {
  await using folder = await folderWith({
    'context/busybox': busybox,
    'context/wanted': 'wanted',
    'context/unwanted': 'unwanted',
    'context/.dockerignore': 'wanted\n',
    'docker/app.Dockerfile': dockerfile,
    'docker/app.Dockerfile.dockerignore': 'unwanted\n.dockerignore\n',
  })
  const image = await weighImage(['-f', join(folder.path, 'docker/app.Dockerfile'), join(folder.path, 'context')])
  expect(outline(image.stages)).toEqual(expected)
  expect(contextBytes(image)).toBe(busybox.length + 'wanted'.length)
  expect(image.matchesShipped).toBe(true)
})

describe('a frontend that cannot list stages', () => {
  /** Makes a client that fails as an old frontend does. */
  const without = async (folder: string): Promise<Record<string, string>> => {
    const bin = join(folder, 'bin')
    const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
    await mkdir(bin)
    await succeed('sh', ['-c', 'cat > "$1"; chmod +x "$1"', 'sh', join(bin, 'docker')], {
      stdin: `#!/bin/sh\ncase "$*" in *--call=targets*) echo 'ERROR: method targets not supported by frontend' >&2; exit 1;; esac\nexec '${docker}' "$@"\n`,
    })
    return { PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  }

  test('is replaced by our parser, and the report says so', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    const env = await without(folder.path)
    const { images, notes } = await weigh([join(folder.path, 'context')], { env })
    expect(outline(images[0]?.stages ?? [])).toEqual(expected)
    expect(notes).toEqual([
      "BuildKit's own list of stages was not available: the stages were read by Stage Footprint's parser.",
    ])
    const { stdout } = await footprint(['build', join(folder.path, 'context')], { env })
    expect(stdout).toMatch(/read by Stage Footprint's\s+parser/)
  })

  test('leaves a Git context built but not weighed, and says why', async () => {
    await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
    await using repository = await serveRepository(join(folder.path, 'context'))
    const { status, stderr } = await footprint(['build', repository.url], { env: await without(folder.path) })
    expect(stderr).toMatch(
      /the image was built, but could not be weighed: the stages cannot be listed: .* \[DOCKERFILE\]$/m,
    )
    expect(status).toBe(5)
  })
})

test('refuses in one sentence what cannot be a context', async () => {
  await using folder = await folderWith({ file: 'x' })
  await succeed('ln', ['-s', 'nowhere', join(folder.path, 'dangling')])
  await mkdir(join(folder.path, 'folder/Dockerfile'), { recursive: true })
  for (const [context, sentence] of [
    ['file', /the build context \S+\/file is not a folder .*\[UNREADABLE_INPUT\]/],
    [
      'dangling',
      /the build context \S+\/dangling cannot be read: there is no such file or folder .*\[UNREADABLE_INPUT\]/,
    ],
    ['folder', /the Dockerfile \S+\/folder\/Dockerfile cannot be read: it is a folder.*\[UNREADABLE_INPUT\]/],
  ] as const) {
    const { status, stdout, stderr } = await footprint(['build', join(folder.path, context)])
    expect(stderr).toMatch(sentence)
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1])
  }
  expect((await readdir(folder.path)).toSorted()).toEqual(['dangling', 'file', 'folder'])
})
