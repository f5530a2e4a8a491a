/** What skopeo, the decompressors, wc and GNU tar report about the layers of a layout. */
import { join } from 'node:path'
import type { Footprint, Layer } from '../../src/record/footprint.ts'
import { temporary } from './layouts.ts'
import { succeed } from './program.ts'

const decompressors: Readonly<Record<string, string>> = { gzip: 'gzip', zstd: 'zstd' }

interface Unpacked {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly isPlain: boolean
  /** The path of its tar. */
  readonly tar: string
}

const json = async (layout: string, flag: string): Promise<unknown> =>
  JSON.parse(await succeed('skopeo', ['inspect', flag, `oci:${layout}`]))

/** Writes the tars of a layout's layers to this folder, and returns them, lowest first. */
export async function unpackLayers(layout: string, folder: string): Promise<readonly Unpacked[]> {
  const { layers } = (await json(layout, '--raw')) as { layers: Pick<Unpacked, 'mediaType' | 'digest' | 'size'>[] }
  return await Promise.all(
    layers.map(async ({ mediaType, digest, size }, position) => {
      const tar = join(folder, `${position}.tar`)
      const program = decompressors[mediaType.split('+')[1] ?? ''] ?? 'cat'
      const isPlain = program === 'cat'
      await succeed('bash', [
        '-c',
        '"$1" $2 <"$3" >"$4"',
        '-',
        program,
        isPlain ? '-' : '-dc',
        join(layout, 'blobs/sha256', digest.slice(7)),
        tar,
      ])
      return { mediaType, digest, size, isPlain, tar }
    }),
  )
}

/** Returns the same values as `told`, but found by these tools. */
export async function asToolsSay(layout: string): Promise<unknown> {
  await using folder = await temporary()
  const config = (await json(layout, '--config')) as { rootfs: { diff_ids: string[] } }
  return await Promise.all(
    (await unpackLayers(layout, folder.path)).map(async ({ mediaType, digest, size, tar }, position) => {
      const bytes = Number(await succeed('bash', ['-c', 'wc -c <"$1"', '-', tar]))
      const listing = (await succeed('tar', ['--list', '--verbose', '--numeric-owner', '--file', tar]))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.trim().split(/\s+/))
      const fileBytes = listing
        .filter(([mode]) => mode?.startsWith('-'))
        .reduce((sum, [, , size]) => sum + Number(size), 0)
      return {
        digest,
        mediaType,
        diffId: config.rootfs.diff_ids[position],
        compressedSize: size,
        uncompressedSize: bytes,
        fileBytes,
        entries: listing.length,
      }
    }),
  )
}

export const layersOf = ({ images }: Footprint, position = 0): readonly Layer[] =>
  images[position]?.stages[0]?.layers ?? []

export const told = (footprint: Footprint): unknown =>
  layersOf(footprint).map(({ digest, mediaType, diffId, compressedSize, uncompressedSize, fileBytes, entries }) => ({
    digest,
    mediaType,
    diffId,
    compressedSize,
    uncompressedSize,
    fileBytes,
    entries,
  }))
