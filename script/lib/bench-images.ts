/** Writes the images for benchmarks of reading. They need neither an engine nor the network. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'

export interface BenchLayer {
  readonly file: string
  readonly gzip: boolean
  readonly diffId: string
}

const blockBytes = 512

/** Returns a ustar header. Sizes of 8 GiB and more do not fit. */
export function tarHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.write(name)
  block.write('0000644\0', 100)
  block.write('0000000\0'.repeat(2), 108)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        0', 148)
  block.write('ustar\x0000', 257, 'latin1')
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return block
}

const roots = ['/usr/share', '/usr/lib', '/usr/bin', '/usr/local', '/opt']

/** Writes files of this machine as gzip layers of these sizes in bytes, as `docker save` does. */
export async function layersOfThisMachine(folder: string, bytes: readonly number[]): Promise<readonly BenchLayer[]> {
  const files = filesBelow(roots)
  return Promise.all(
    (await chosen(files, bytes)).map(async (names, position) => {
      const list = join(folder, `list-${position}`)
      await writeFile(list, names.map((name) => `${name.slice(1)}\0`).join(''))
      const file = join(folder, `layer-${position}.tar.gz`)
      const argv = [
        '--create',
        '--file=-',
        '--directory=/',
        '--null',
        `--files-from=${list}`,
        '--no-recursion',
        '--owner=0',
        '--group=0',
        '--mtime=@0',
        '--ignore-failed-read',
      ]
      const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
      const hash = createHash('sha256')
      tar.stdout.on('data', (chunk: Buffer) => hash.update(chunk))
      await pipeline(tar.stdout, createGzip({ chunkSize: 1 << 18 }), createWriteStream(file))
      return { file, gzip: true, diffId: hash.digest('hex') }
    }),
  )
}

async function* filesBelow(folders: readonly string[]): AsyncGenerator<string> {
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isFile()) yield path
      else if (entry.isDirectory()) yield* filesBelow([path])
    }
  }
}

async function chosen(
  files: AsyncGenerator<string>,
  bytes: readonly number[],
): Promise<readonly (readonly string[])[]> {
  const layers: string[][] = []
  for (const wanted of bytes) {
    const layer: string[] = []
    for (let sum = 0; sum < wanted;) {
      const next = await files.next()
      if (next.done === true) throw new Error('this machine has too few files for the benchmark')
      const { size } = await stat(next.value)
      // A few huge files would leave no space for many entries.
      if (size > 24_000_000) continue
      layer.push(next.value)
      sum += size + 2 * blockBytes
    }
    layers.push(layer)
  }
  return layers
}

/** Writes an uncompressed layer with this number of entries of `size` bytes each, in folders of 500. */
export async function layerOfEntries(file: string, entries: number, size: number): Promise<BenchLayer> {
  const payload = Buffer.alloc(Math.ceil(size / blockBytes) * blockBytes, 'text of a file\n')
  return writeLayer(file, false, function* () {
    for (let from = 0; from < entries; from += 500) {
      const some = Math.min(500, entries - from)
      yield Buffer.concat(
        Array.from({ length: some }, (_, n) => [tarHeader(`opt/${from / 500}/file-${n}`, size), payload]).flat(),
      )
    }
    yield Buffer.alloc(2 * blockBytes)
  })
}

/** Writes a gzip layer of files that repeat a block of one mebibyte 64 times. Each block is its own gzip member. */
export async function layerOfBlocks(file: string, block: Buffer, blocks: number): Promise<BenchLayer> {
  const member = gzipSync(block)
  const hash = createHash('sha256')
  const trailer = Buffer.alloc(2 * blockBytes)
  const layer = await writeLayer(file, true, function* () {
    for (let from = 0; from < blocks; from += 64) {
      const some = Math.min(64, blocks - from)
      const header = tarHeader(`srv/blocks-${from / 64}`, some * block.length)
      hash.update(header)
      for (let n = 0; n < some; n += 1) hash.update(block)
      yield Buffer.concat([gzipSync(header), ...Array.from({ length: some }, () => member)])
    }
    hash.update(trailer)
    yield gzipSync(trailer)
  })
  return { ...layer, diffId: hash.digest('hex') }
}

/** Writes the parts to the file. Its digest is the diffID only for a plain tar. */
async function writeLayer(file: string, gzip: boolean, parts: () => Generator<Buffer>): Promise<BenchLayer> {
  const out = createWriteStream(file)
  const hash = createHash('sha256')
  for (const part of parts()) {
    if (!gzip) hash.update(part)
    if (!out.write(part)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
  return { file, gzip, diffId: hash.digest('hex') }
}

/**
 * Writes an uncompressed layer of `files` files of `size` bytes that consist of holes, to measure seeking without using
 * disk space. Its digest is invented, because hashing it would take as long as reading it.
 */
export async function sparseLayer(file: string, files: number, size: number): Promise<BenchLayer> {
  const handle = await open(file, 'w')
  const whole = blockBytes + Math.ceil(size / blockBytes) * blockBytes
  for (let n = 0; n < files; n += 1) await handle.write(tarHeader(`srv/large-${n}`, size), 0, blockBytes, n * whole)
  await handle.truncate(files * whole + 2 * blockBytes)
  await handle.close()
  return { file, gzip: false, diffId: createHash('sha256').update(`${files} of ${size}`).digest('hex') }
}

export interface Layout {
  readonly folder: string
  /** Paths of the layers' blobs. */
  readonly blobs: readonly string[]
}

/** Moves the layers into an image layout. Its `manifest.json` makes an archive of it equal to one of `docker save`. */
export async function writeLayout(folder: string, layers: readonly BenchLayer[]): Promise<Layout> {
  const blobsFolder = join(folder, 'blobs/sha256')
  await mkdir(blobsFolder, { recursive: true })
  const put = async (
    mediaType: string,
    value: object,
  ): Promise<{ mediaType: string; digest: string; size: number }> => {
    const bytes = Buffer.from(JSON.stringify(value))
    const hex = createHash('sha256').update(bytes).digest('hex')
    await writeFile(join(blobsFolder, hex), bytes)
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
  }
  const blobs: string[] = []
  const descriptors: object[] = []
  for (const { file, gzip, diffId } of layers) {
    const hex = gzip ? await fileDigest(file) : diffId
    const path = join(blobsFolder, hex)
    await succeed('mv', [file, path])
    blobs.push(path)
    descriptors.push({
      mediaType: `application/vnd.oci.image.layer.v1.tar${gzip ? '+gzip' : ''}`,
      digest: `sha256:${hex}`,
      size: (await stat(path)).size,
    })
  }
  const config = await put('application/vnd.oci.image.config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
    history: layers.map((_, position) => ({ created_by: `COPY layer-${position} / # buildkit` })),
  })
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = await put(manifestType, { schemaVersion: 2, mediaType: manifestType, config, layers: descriptors })
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...manifest, annotations: { 'io.containerd.image.name': 'docker.io/library/bench:1' } }],
    }),
  )
  const inArchive = (path: string): string => path.slice(folder.length + 1)
  await writeFile(
    join(folder, 'manifest.json'),
    JSON.stringify([
      { Config: `blobs/sha256/${config.digest.slice(7)}`, RepoTags: ['bench:1'], Layers: blobs.map(inArchive) },
    ]),
  )
  return { folder, blobs }
}

/** Writes the layout as one tar. */
export async function writeArchive({ folder }: Layout, file: string): Promise<string> {
  await rm(file, { force: true })
  await succeed('tar', [
    '--create',
    '--file',
    file,
    '--directory',
    folder,
    'blobs',
    'index.json',
    'manifest.json',
    'oci-layout',
  ])
  return file
}

async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

async function succeed(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: 'inherit' })
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
}
