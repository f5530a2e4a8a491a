/** What skopeo, the decompressors, wc and GNU tar say of the layers of a layout. */
import { join } from 'node:path'
import type { Footprint, Layer } from '../../src/inspect/footprint.ts'
import { temporary } from './layouts.ts'
import { succeed } from './program.ts'

const decompressors: Readonly<Record<string, string>> = { gzip: 'gzip', zstd: 'zstd' }

/** The same as `told`, without a line of ours. */
export async function asToolsSay(layout: string): Promise<unknown> {
  await using folder = await temporary()
  const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await succeed('skopeo', ['inspect', ...args, `oci:${layout}`]))
  const manifest = (await json('--raw')) as { layers: { mediaType: string; digest: string; size: number }[] }
  const config = (await json('--config')) as { rootfs: { diff_ids: string[] } }
  return await Promise.all(
    manifest.layers.map(async ({ mediaType, digest, size }, position) => {
      const blob = join(layout, 'blobs/sha256', digest.slice(7))
      const tar = join(folder.path, `${digest.slice(7)}.tar`)
      const program = decompressors[mediaType.split('+')[1] ?? ''] ?? 'cat'
      await succeed('bash', ['-c', '"$1" $2 <"$3" >"$4"', '-', program, program === 'cat' ? '-' : '-dc', blob, tar])
      const bytes = Number(await succeed('bash', ['-c', 'wc -c <"$1"', '-', tar]))
      const listing = (await succeed('tar', ['--list', '--verbose', '--numeric-owner', '--file', tar])).trim().split('\n').map((line) => line.trim().split(/\s+/))
      const fileBytes = listing.filter(([mode]) => mode?.startsWith('-')).reduce((sum, [, , size]) => sum + Number(size), 0)
      return { digest, mediaType, diffId: config.rootfs.diff_ids[position], compressedSize: program === 'cat' ? null : size, uncompressedSize: bytes, fileBytes, entries: listing.length }
    }),
  )
}

export const layersOf = ({ images }: Footprint, position = 0): readonly Layer[] => images[position]?.stages[0]?.layers ?? []

export const told = (footprint: Footprint): unknown =>
  layersOf(footprint).map(({ digest, mediaType, diffId, compressedSize, uncompressedSize, fileBytes, entries }) => ({ digest, mediaType, diffId, compressedSize, uncompressedSize, fileBytes, entries }))
