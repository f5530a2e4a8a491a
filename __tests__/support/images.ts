/** Images made by script as other tools make them, with several layers, any config, annotations and indexes. */
import { gzipSync } from 'node:zlib'
import type { Descriptor } from '../../src/oci/manifest.ts'
import { sha256, types, type Blobs } from './layouts.ts'

export interface ImageOptions {
  /** Its layers, lowest first, in gzip unless the media type says otherwise. */
  readonly layers: readonly { readonly tar: Buffer; readonly mediaType?: string }[]
  /** Fields of the config besides `rootfs`, or in its place. `os` and `architecture` are absent unless given. */
  readonly config?: object
  readonly annotations?: unknown
  /** The platform of the descriptor in its index. */
  readonly platform?: unknown
}

export const linux = { os: 'linux', architecture: 'amd64' }

export function imageOf(made: Blobs, { layers, config = linux, annotations, platform }: ImageOptions): Descriptor {
  const descriptors = layers.map(({ tar, mediaType = types.gzip }) =>
    made.add(mediaType, mediaType.endsWith('gzip') ? gzipSync(tar) : tar),
  )
  const rootfs = { type: 'layers', diff_ids: layers.map(({ tar }) => sha256(tar)) }
  const manifest = made.add(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: made.add(types.config, {
      rootfs,
      history: layers.map((_, at) => ({ created_by: `RUN step ${at}` })),
      ...config,
    }),
    layers: descriptors,
    ...(annotations === undefined ? {} : { annotations }),
  })
  return { ...manifest, ...(platform === undefined ? {} : { platform }) } as Descriptor
}

export function indexOf(made: Blobs, manifests: readonly object[], annotations?: object): Descriptor {
  return made.add(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests,
    ...(annotations ? { annotations } : {}),
  })
}

export const windows = (
  version: string,
  some: object = {},
): { readonly os: 'windows'; readonly architecture: 'amd64'; readonly 'os.version': string } => ({
  os: 'windows',
  architecture: 'amd64',
  'os.version': version,
  ...some,
})
