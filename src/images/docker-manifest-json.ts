/** Reads manifest.json, the list of images in a Docker archive, and the configs that it names. */
import * as v from 'valibot'
import type { Digest } from '../oci/digest.ts'
import { ImageConfigSchema, type ImageConfig } from '../oci/manifest.ts'
import type { Archive } from './archive.ts'
import { damaged, digestOf, parseDocument } from './document.ts'

const ListSchema = v.array(
  v.object({
    Config: v.string(),
    RepoTags: v.nullish(v.array(v.string()), []),
    Layers: v.nullish(v.array(v.string()), []),
  }),
)

/** An image in manifest.json. */
export type ListedImage = Readonly<v.InferOutput<typeof ListSchema>[number]> & { readonly names: readonly string[] }

/**
 * Returns the images that manifest.json lists.
 *
 * @throws FootprintError UNREADABLE_INPUT if the archive has no manifest.json or it is not valid
 */
export async function listedImages(archive: Archive): Promise<readonly ListedImage[]> {
  const bytes = await archive.document('manifest.json')
  if (bytes === null) throw damaged(`${archive.name} is not a Docker archive: it has no manifest.json`)
  const items = parseDocument(ListSchema, bytes, `manifest.json of ${archive.name}`)
  return items.map((item) => ({ ...item, names: item.RepoTags }))
}

/** Limit for the number of images, the same as for an index (`find-images.ts`). */
const maxImages = 2_000

/**
 * Merges items that describe the same image, which keeps all of its names. A hostile archive may name one image
 * thousands of times.
 */
export function distinctImages(archive: Archive, items: readonly ListedImage[]): readonly ListedImage[] {
  const groups = Map.groupBy(items, ({ Config, Layers }) => JSON.stringify([Config, Layers]))
  if (groups.size > maxImages) throw damaged(`${archive.name}: its manifest.json lists more than ${maxImages} images`)
  return [...groups.values()].flatMap((same) =>
    same.slice(0, 1).map((item) => ({ ...item, names: same.flatMap(({ names }) => names) })),
  )
}

/** A config and the digest of its bytes. */
export interface ReadConfig {
  readonly config: ImageConfig
  readonly configDigest: Digest
}

/** Reads the config of an item. It throws FootprintError UNREADABLE_INPUT if it is missing or damaged. */
export type ConfigReader = (item: Pick<ListedImage, 'Config'>) => Promise<ReadConfig>

/** Size limit for all configs of an archive together, in bytes. */
const maxConfigBytes = 128_000_000

/** Returns a function that reads each config only once. */
export function configReader(archive: Archive): ConfigReader {
  const known = new Map<string, Promise<ReadConfig>>()
  let bytes = 0
  return (item) => {
    const found = known.get(item.Config)
    if (found !== undefined) return found
    bytes += archive.size(item.Config) ?? 0
    if (bytes > maxConfigBytes)
      throw damaged(`${archive.name}: its configs have more than ${maxConfigBytes} bytes together`)
    const read = readConfig(archive, item)
    known.set(item.Config, read)
    return read
  }
}

async function readConfig(archive: Archive, { Config }: Pick<ListedImage, 'Config'>): Promise<ReadConfig> {
  const bytes = await archive.document(Config)
  if (bytes === null) throw damaged(`${archive.name}: the config ${Config} that its manifest.json names is missing`)
  return {
    config: parseDocument(ImageConfigSchema, bytes, `${archive.name}: config ${Config}`),
    configDigest: digestOf(bytes),
  }
}
