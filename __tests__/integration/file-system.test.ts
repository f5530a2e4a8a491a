/**
 * Compares our merged file system of an image with `docker export` of its container, listed by GNU tar: every file with
 * its bytes, on both image stores.
 */
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { FileSystem } from '../../src/filesystem/file-system.ts'
import { readEntryList } from '../../src/layer/entry-list.ts'
import { readLayer } from '../../src/layer/read-layer.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Stage } from '../../src/record/footprint.ts'
import { header, linkHeader, payload, trailer } from '../support/tar-bytes.ts'
import { inspect, sha256, temporary, types } from '../support/layouts.ts'
import { folderWith, requireEngine, run, succeed } from '../support/program.ts'
import { rig } from '../support/rig.ts'

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install /bin"]
RUN mkdir -p /a/b/deep /opt/app /keep && seq 1 2000 > /a/one && seq 1 3000 > /a/b/deep/two && ln /a/one /a/hard && ln -s b /a/link && ln -s /keep /short
RUN for nth in 1 2 3 4 5; do seq 1 "$nth"00 > /opt/app/f$nth; done
COPY hello /etc/resolv.conf
RUN rm /a/one
RUN rm -r /a/b && mkdir /a/b && seq 1 10 > /a/b/new
RUN chmod -R 700 /opt/app
RUN seq 1 50 > /opt/app/f1; chown 1:1 /bin/busybox
RUN rm -r /opt/app && seq 1 77 > /opt/app
RUN rm /opt/app && mkdir /opt/app && seq 1 5 > /opt/app/x
RUN ln /a/hard /a/again
RUN seq 1 30 > /a/link/through; seq 1 31 > /short/through
COPY hello /a/link/linked
COPY --link hello /short/linked
RUN rm /a/hard; truncate -s 1000000 /holes; mkdir "/sp ace"; seq 1 9 > "/sp ace/new\\\\line é"
RUN rm /a/again; mv /keep /kept; mkfifo /pipe
RUN rm /pipe; mkdir /pipe; seq 1 3 > /pipe/x; rm -r "/sp ace"; mkdir "/sp ace"; seq 1 8 > "/sp ace/x"
RUN rm -r /kept && ln -s /opt /kept && seq 1 4 > /kept/through
`

/** Empty files that an engine puts over the files of every container, whatever the image has there. */
const stubs = ['.dockerenv', 'dev/console', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf']

type Files = Readonly<Record<string, number>>

let folder: Awaited<ReturnType<typeof temporary>>
beforeAll(async () => {
  requireEngine()
  folder = await temporary()
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

/**
 * Returns the files of a tar by name, as GNU tar lists them. A hard link has the bytes of its target, which count once.
 */
async function listed(tar: string): Promise<{ readonly files: Files; readonly fileBytes: number }> {
  const lines = (await succeed('tar', ['--list', '--verbose', '--numeric-owner', '--quoting-style=c', '--file', tar]))
    .trim()
    .split('\n')
  const files: Record<string, number> = {}
  let fileBytes = 0
  for (const text of lines) {
    const found = /^(\S)\S* +\S+ +(\d+) +\S+ +\S+ +"((?:[^"\\]|\\.)*)"(?: link to "((?:[^"\\]|\\.)*)")?/.exec(text)
    const [, kind, size, name, target] = found ?? []
    if (name === undefined) throw new Error(`not understood: ${text}`)
    if (kind === '-') {
      files[unquoted(name)] = Number(size)
      fileBytes += Number(size)
    }
    // This is about regular files; other entries can have several names too.
    if (kind === 'h' && files[unquoted(target!)] !== undefined) files[unquoted(name)] = files[unquoted(target!)]!
  }
  return { files, fileBytes }
}

function unquoted(text: string): string {
  const bytes = text.replace(/\\([0-7]{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : escaped === 'n' ? '\n' : escaped,
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

const without = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !stubs.includes(path)))

/** Returns the contents of a container of the image, after checking and removing the stubs. */
async function exported(image: string, host: string): Promise<{ readonly files: Files; readonly fileBytes: number }> {
  const container = (await succeed('docker', ['--host', host, 'create', image, '/none'])).trim()
  const tar = join(folder.path, `${container}.tar`)
  await succeed('docker', ['--host', host, 'export', '--output', tar, container])
  await succeed('docker', ['--host', host, 'rm', container])
  const { files, fileBytes } = await listed(tar)
  await rm(tar)
  expect(Object.fromEntries(stubs.map((path) => [path, files[path]]))).toEqual(
    Object.fromEntries(stubs.map((path) => [path, 0])),
  )
  return { files: without(files), fileBytes }
}

/** Merges the layers with our code. */
async function merged(layers: readonly string[]): Promise<Files | null> {
  const fileSystem = new FileSystem()
  for (const path of layers) {
    const bytes = await readFile(path)
    const { entries, index } = await readLayer(createReadStream(path), { digest: sha256(bytes), size: bytes.length })
    fileSystem.beginLayer()
    expect(readEntryList(entries!, index.digest, (entry) => fileSystem.add(entry))).toBe(true)
    fileSystem.endLayer()
  }
  if (!fileSystem.isValid) return null
  const files: Record<string, number> = {}
  for (let node = 0; node < fileSystem.tree.count; node += 1) {
    const file = fileSystem.fileAt(node)
    if (file !== -1) files[fileSystem.tree.path(node)] = fileSystem.files.sizeOf(file)
  }
  return files
}

interface Saved {
  readonly files: Files
  readonly stage: Stage
}

async function saved(image: string, host: string): Promise<Saved> {
  const archive = join(folder.path, 'saved.tar')
  const layout = join(folder.path, 'saved')
  await succeed('docker', ['--host', host, 'save', '--output', archive, image])
  await mkdir(layout)
  await succeed('tar', ['--extract', '--file', archive, '--directory', layout])
  const [manifest] = JSON.parse(await readFile(join(layout, 'manifest.json'), 'utf8')) as [
    { readonly Layers: readonly string[] },
  ]
  const files = await merged(manifest.Layers.map((path) => join(layout, path)))
  const footprint = await inspect(`docker-archive:${archive}`)
  await Promise.all([rm(archive), rm(layout, { recursive: true })])
  return { files: files!, stage: footprint.images[0]!.stages[0]! }
}

const hosts = [
  ['the containerd store', process.env['DOCKER_HOST'] ?? ''],
  ['overlay2', rig.overlay2],
] as const

describe.each(hosts.filter(([, host]) => host !== ''))('the final file system on %s', (_name, host) => {
  test('has every file of an image with many changes, and their sums', async () => {
    await using context = await folderWith({
      Dockerfile: dockerfile,
      busybox: await readFile('/bin/busybox'),
      hello: 'hello\n',
    })
    const image = `file-system-test:${process.pid}`
    const env = { DOCKER_HOST: host, BUILDX_BUILDER: 'default' }
    await succeed(
      'docker',
      ['buildx', 'build', '--quiet', '--provenance=false', '--load', '--tag', image, context.path],
      { env },
    )
    const { files, stage } = await saved(image, host)
    const engine = await exported(image, host)
    await succeed('docker', ['--host', host, 'rmi', image])
    expect(without(files)).toEqual(engine.files)
    // The image has one of the stubs as a file with contents.
    const stub = files['etc/resolv.conf']!
    expect(stub).toBe('hello\n'.length)
    expect(stage.fileSystem).toEqual({ files: Object.keys(files).length, fileBytes: engine.fileBytes + stub })
    expect(Object.keys(files)).toHaveLength(Object.keys(engine.files).length + 1)
    expect(stage.waste!.fileBytes).toBe(stage.totals.fileBytes! - engine.fileBytes - stub)
    expect(stage.waste!.fileBytes).toBeGreaterThan(10_000)
    expect(stage.waste!.items.reduce((sum, { fileBytes }) => sum + fileBytes, 0)).toBe(stage.waste!.fileBytes)
  })
})

const names = ['a', 'b', 'c']
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const hiding = (at: string): string => at.replace(/[^/]*$/, '.wh.$&')
/** Generates the entries of a tar. */
const entry: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(path, fc.integer({ min: 0, max: 900 }))
      .map(([at, bytes]) => Buffer.concat([header(at, bytes), payload(Buffer.alloc(bytes, 1))])),
  },
  { weight: 3, arbitrary: path.map((at) => header(at, 0, '5')) },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, to]) => linkHeader(at, `/${to}`, '2')) },
  { weight: 1, arbitrary: fc.tuple(path, path).map(([at, to]) => linkHeader(at, to, '1')) },
  { weight: 2, arbitrary: path.map((at) => header(hiding(at), 0)) },
  { weight: 1, arbitrary: path.map((at) => header(`${at}/.wh..wh..opq`, 0)) },
)

/** Writes an archive that `docker load` accepts. */
async function archiveOf(tars: readonly Buffer[], image: string): Promise<string> {
  const layout = join(folder.path, 'layout')
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  const add = async (
    content: Buffer | object,
    mediaType: string,
  ): Promise<{ mediaType: string; digest: Digest; size: number }> => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
    await writeFile(join(layout, 'blobs/sha256', sha256(bytes).slice(7)), bytes)
    return { mediaType, digest: sha256(bytes), size: bytes.length }
  }
  const layers = await Promise.all(tars.map((tar) => add(tar, types.layer)))
  const config = await add(
    {
      os: 'linux',
      architecture: 'amd64',
      config: { Cmd: ['/x'] },
      rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
      history: tars.map(() => ({ created_by: 'x' })),
    },
    types.config,
  )
  const manifest = await add({ schemaVersion: 2, mediaType: types.manifest, config, layers }, types.manifest)
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...manifest, annotations: { 'io.containerd.image.name': `docker.io/library/${image}` } }],
    }),
  )
  const archive = join(folder.path, 'layout.tar')
  await succeed('tar', ['--create', '--file', archive, '--directory', layout, '.'])
  await rm(layout, { recursive: true })
  return archive
}

test('has the files of random layers, as far as the containerd store accepts them', async () => {
  const host = requireEngine()
  const image = `file-system-test:random-${process.pid}`
  const container = `file-system-test-${process.pid}`
  // Engines accept one or two of ten.
  const wanted = 8
  let compared = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(entry, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      async (layers) => {
        if (compared === wanted) return
        const tars = layers.map((entries) => Buffer.concat([...entries, trailer]))
        const paths = tars.map((_, nth) => join(folder.path, `random-${nth}.tar`))
        await Promise.all(paths.map((at, nth) => writeFile(at, tars[nth]!)))
        const files = await merged(paths)
        // Engines refuse these. If they did not, "not known" would still not be a wrong number.
        if (files === null) return
        await succeed('docker', ['--host', host, 'load', '--quiet', '--input', await archiveOf(tars, image)])
        const taken = await run('docker', ['--host', host, 'create', '--name', container, image])
        const engine = taken.status === 0 ? await exported(image, host) : null
        await run('docker', ['--host', host, 'rm', '--force', container])
        await run('docker', ['--host', host, 'rmi', '--force', image])
        // Engines also refuse some that could be unpacked, such as a link to itself.
        if (engine === null) return
        expect(files).toEqual(engine.files)
        compared += 1
      },
    ),
    { numRuns: 2_000 },
  )
  expect(compared).toBe(wanted)
})
